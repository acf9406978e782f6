// A piece of finished HTML in JupyterLab whose charts are drawn and whose marked parts answer to click and Enter.
// Only what Python made is put in; every name and text in it was escaped there.
export default {
    render({ model, el }) {
        const pick = (key) => model.send({ pick: key });
        const keyOf = (event) => event.target.closest && event.target.closest('[data-pick]');
        el.classList.add('kpi-panel');
        el.addEventListener('click', (event) => { const at = keyOf(event); if (at) pick(at.dataset.pick); });
        el.addEventListener('keydown', (event) => {
            const at = event.key === 'Enter' && keyOf(event);
            if (at) { event.preventDefault(); pick(at.dataset.pick); }
        });
        // page.js draws a chart when it comes into the document; then its marks can be listened to.
        const listen = () => {
            for (const plot of el.querySelectorAll('.kpi-plot[data-width]:not([data-heard])')) {
                plot.dataset.heard = '';
                plot.firstElementChild.on('plotly_click', ({ points }) => {
                    const key = points.map((point) => point.customdata).find((found) => typeof found === 'string');
                    if (key) pick(key);
                });
            }
        };
        const drawn = new MutationObserver(listen);
        drawn.observe(el, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-width'] });
        const show = () => { el.innerHTML = model.get('html'); el.dataset.shown = model.get('serial'); listen(); };
        const fade = () => el.classList.toggle('kpi-busy', model.get('busy'));
        model.on('change:serial', show);
        model.on('change:busy', fade);
        show();
        fade();
        return () => drawn.disconnect();
    },
};
