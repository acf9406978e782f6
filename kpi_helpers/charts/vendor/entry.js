'use strict';
// Everything a report draws, and nothing else. core.js itself always brings scatter.
var Plotly = require('plotly.js/lib/core');
Plotly.register([
    require('plotly.js/lib/bar'),
    require('plotly.js/lib/funnel'),
    require('plotly.js/lib/waterfall'),
    require('plotly.js/lib/locales/zh-cn')
]);
module.exports = Plotly;
