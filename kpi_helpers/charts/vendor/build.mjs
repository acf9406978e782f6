// Builds ../plotly-kpi.min.js (see README.md): plotly.js with four kinds of trace, for pages that open without a network.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// node_modules lives in the folder the script is run from, not beside it: nothing of npm's enters the repository.
const { build } = createRequire(join(process.cwd(), 'package.json'))('esbuild');
const here = dirname(fileURLToPath(import.meta.url));
const plotly = join(process.cwd(), 'node_modules', 'plotly.js');
const { version } = JSON.parse(readFileSync(join(plotly, 'package.json')));

// Parts a report never shows: each becomes a component that does nothing (about 60 kB).
const unused = /components\/(annotations3d|images|rangeselector|sliders|updatemenus)$/;
const leaveOut = {
    name: 'leave-out',
    setup(b) {
        b.onResolve({ filter: unused }, (args) =>
            args.importer.endsWith('core.js')
                ? { path: unused.exec(args.path)[1], namespace: 'unused' } : undefined);
        b.onLoad({ filter: /.*/, namespace: 'unused' }, (args) => ({
            contents: `module.exports = { moduleType: 'component', name: ${JSON.stringify(args.path)}, layoutAttributes: {} };`
        }));
    }
};

const result = await build({
    entryPoints: [join(here, 'entry.js')],
    nodePaths: [join(process.cwd(), 'node_modules')],
    plugins: [leaveOut],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'iife',
    globalName: 'KpiPlotly',
    charset: 'ascii',
    target: 'es2016',
    legalComments: 'none',
    loader: { '.css': 'empty' }, // only maps need one, and no map is on board
    define: { global: 'window', 'define.amd': 'false' }
});
const banner = `/*! plotly.js ${version}, custom bundle: scatter, bar, funnel, waterfall, zh-CN.\n` +
    '    MIT licence, (c) Plotly Technologies Inc.; parts of other packages: vendor/LICENSES.txt */\n';
// Addresses that a page without a network must not even know: the share button's, the maps', the logo's.
const away = [['https://cdn.plot.ly/un/', ''], ['https://cloud.plotly.com/newchart', ''], ['"https://plotly.com/"', '"#"']];
const text = away.reduce((code, [address, instead]) => code.replaceAll(address, instead), result.outputFiles[0].text);
writeFileSync(join(here, '..', 'plotly-kpi.min.js'), banner + text);
writeFileSync(join(here, 'LICENSES.txt'), licences(Object.keys(result.metafile.inputs)));
console.log(version, result.outputFiles[0].contents.length, 'bytes');

// The licence text of every package that has a line in the bundle.
function licences(inputs) {
    const folders = new Set(inputs.flatMap((path) => path.match(/.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? []));
    return [...folders].sort().map((folder) => {
        const about = JSON.parse(readFileSync(join(folder, 'package.json')));
        const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
        const text = file ? readFileSync(join(folder, file), 'utf8').trim() : `${about.license} licence`;
        return `== ${about.name} ${about.version} (${about.license})\n\n${text}\n`;
    }).join('\n').replaceAll('\r', '');
}
