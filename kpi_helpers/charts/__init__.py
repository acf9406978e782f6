"""Charts, tables and cards from results of `compute`, shown by a cell's last line."""

from kpi_helpers.charts.agents import dot_interval
from kpi_helpers.charts.bars import bars, columns
from kpi_helpers.charts.cards import definition_cards, kpi_cards
from kpi_helpers.charts.finish import Chart, finish
from kpi_helpers.charts.funnel import funnel
from kpi_helpers.charts.heat import heat_table, week_cells
from kpi_helpers.charts.html import Html
from kpi_helpers.charts.page import PLOTLY_VERSION, css, plotly_js, scripts, setup, without_setup
from kpi_helpers.charts.scatter import scatter
from kpi_helpers.charts.spark import small_multiples, sparkline
from kpi_helpers.charts.spread import decile_table, deciles
from kpi_helpers.charts.tables import Column, folded, html_table, metric_table, rows_table
from kpi_helpers.charts.trend import trend
from kpi_helpers.charts.waterfall import waterfall

__all__ = [
    "PLOTLY_VERSION",
    "Chart",
    "Column",
    "Html",
    "bars",
    "columns",
    "css",
    "decile_table",
    "deciles",
    "definition_cards",
    "dot_interval",
    "finish",
    "folded",
    "funnel",
    "heat_table",
    "html_table",
    "kpi_cards",
    "metric_table",
    "plotly_js",
    "rows_table",
    "scatter",
    "scripts",
    "setup",
    "small_multiples",
    "sparkline",
    "trend",
    "waterfall",
    "week_cells",
    "without_setup",
]
