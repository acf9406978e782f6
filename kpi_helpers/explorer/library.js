// Brings the chart library and the drawing script into the page, once. It is not waited for: anywidget takes a widget that
// needs more than two seconds to begin for a broken one, and this is a megabyte of script.
export default {
    render({ model, el }) {
        el.style.display = 'none';
        if (window.kpiCharts || window.kpiLibrary) return;
        const script = new Blob([model.get('code')], { type: 'text/javascript' });
        window.kpiLibrary = import(URL.createObjectURL(script));
    },
};
