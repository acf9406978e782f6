// Draws every chart of the page: finds the JSON that finish.py put beside each canvas, adds the house template, and
// follows the width. It watches the document, so it works wherever it stands: before the charts (a notebook) or after
// them (a published page). It expects KpiPlotly, and template and config in the two names below.
(function (plotly, template, config) {
    'use strict';
    if (!plotly || window.kpiCharts) return;
    window.kpiCharts = { drawn: 0, waiting: 0 };
    plotly.setPlotConfig({ showSendToCloud: false, plotlyServerURL: '' });
    const NARROW = 520, queue = [];
    let running = false;
    document.documentElement.classList.add('kpi-drawing');  // charts that still wait do not say they failed

    // {"xaxis.tickvals": [...]} into {xaxis: {tickvals: [...]}}, in place.
    function assign(target, changes) {
        for (const [path, value] of Object.entries(changes || {})) {
            const keys = path.split('.'), last = keys.pop();
            keys.reduce((at, key) => (at[key] = at[key] || {}), target)[last] = value;
        }
    }

    function draw(plot, width) {
        const canvas = plot.firstElementChild;
        const chart = JSON.parse(plot.querySelector('script[type="application/json"]').textContent);
        if (width < NARROW) assign(chart, chart.narrow);
        const layout = Object.assign({ template: template, width: width }, chart.layout);
        canvas.style.height = layout.height + 'px';
        const first = !plot.dataset.width;
        if (first) { canvas.textContent = ''; window.kpiCharts.drawn += 1; }
        plot.dataset.width = width;
        const settings = Object.assign({}, config, { locale: chart.locale });
        return plotly[first ? 'newPlot' : 'react'](canvas, chart.data, layout, settings);
    }

    function fit(plot) {
        const width = Math.floor(plot.clientWidth);
        if (width > 0 && String(width) !== plot.dataset.width && plot.isConnected) draw(plot, width);
    }

    function distance(plot) {
        const box = plot.getBoundingClientRect();
        return Math.max(0, box.top - window.innerHeight, -box.bottom);
    }

    // One chart per turn of the event loop, whichever is nearest to what is being read: the page stays alive however
    // many there are, and one that cannot be drawn leaves its sentence and does not stop the others.
    function next() {
        const plot = queue.reduce((best, other) => (distance(other) < distance(best) ? other : best), queue[0]);
        if (!plot) { running = false; return; }
        queue.splice(queue.indexOf(plot), 1);
        window.kpiCharts.waiting = queue.length;
        try { fit(plot); } catch (wrong) { plot.dataset.failed = ''; console.error(wrong); }
        setTimeout(next, 0);
    }

    const sizes = new ResizeObserver((entries) => {
        for (const { target } of entries) if (!queue.includes(target)) queue.push(target);
        if (!running) { running = true; setTimeout(next, 0); }
    });

    function find() {
        for (const plot of document.querySelectorAll('.kpi-plot:not([data-found])')) {
            plot.dataset.found = '';
            sizes.observe(plot);
        }
    }

    const everything = () => document.querySelectorAll('.kpi-plot').forEach(fit);
    window.addEventListener('beforeprint', () => { find(); everything(); });
    window.matchMedia('print').addEventListener('change', everything);
    new MutationObserver(find).observe(document.documentElement, { childList: true, subtree: true });
    find();
})(window.KpiPlotly, __TEMPLATE__, __CONFIG__);
