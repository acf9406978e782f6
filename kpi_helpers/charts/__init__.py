"""Charts, tables and cards: from results of `compute`, shown by a cell's last line."""

from kpi_helpers.charts.agents import bars, dot_interval
from kpi_helpers.charts.finish import Chart, finish
from kpi_helpers.charts.funnel import funnel
from kpi_helpers.charts.html import Html
from kpi_helpers.charts.page import PLOTLY_VERSION, css, plotly_js, scripts, setup, without_setup
from kpi_helpers.charts.tables import Column, html_table, metric_table, rows_table
from kpi_helpers.charts.trend import trend

__all__ = [
    "PLOTLY_VERSION",
    "Chart",
    "Column",
    "Html",
    "bars",
    "css",
    "dot_interval",
    "finish",
    "funnel",
    "html_table",
    "metric_table",
    "plotly_js",
    "rows_table",
    "scripts",
    "setup",
    "trend",
    "without_setup",
]
