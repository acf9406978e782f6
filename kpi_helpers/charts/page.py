"""What a page needs once to draw charts and lay out tables: style, plotly.js and the drawing script.

A notebook shows `setup()` in its first code cell; a published page puts `css()` into its head and
`scripts()` at the end of its body, and takes the notebook's copy out with `without_setup`. Nothing is ever
loaded from a network.
"""

import json
from functools import cache
from pathlib import Path

from kpi_helpers.charts.html import Html
from kpi_helpers.charts.theme import CONFIG, TEMPLATE

PLOTLY_VERSION = "4.1.1"
_HERE = Path(__file__).parent
_BEGIN, _END = "<!--kpi-setup-->", "<!--/kpi-setup-->"


@cache
def plotly_js() -> str:
    """plotly.js with scatter, bar, funnel, waterfall and zh-CN, 1.12 MB; its global name is KpiPlotly."""
    return (_HERE / "plotly-kpi.min.js").read_text(encoding="utf-8")


@cache
def css() -> str:
    """The style sheet of charts, tables and cards; every class starts with kpi-."""
    return (_HERE / "page.css").read_text(encoding="utf-8")


@cache
def drawing_js() -> str:
    """The script that draws the charts of a page; it must run after `plotly_js()`."""
    source = (_HERE / "page.js").read_text(encoding="utf-8")
    return source.replace("__TEMPLATE__", _js(TEMPLATE)).replace("__CONFIG__", _js(CONFIG))


def scripts() -> list[str]:
    """The two scripts of a page, in order. A strict page allows them by their hashes and no other."""
    return [plotly_js(), drawing_js()]


def setup() -> Html:
    """Makes charts and tables work in this notebook; to be the last line of its first code cell."""
    code = "".join(f"<script>{script}</script>" for script in scripts())
    return Html(f"{_BEGIN}<style>{css()}</style>{code}{_END}")


def without_setup(html: str) -> str:
    """The same HTML without what `setup()` showed, for a page that brings its own."""
    before, _, rest = html.partition(_BEGIN)
    return before + without_setup(rest.partition(_END)[2]) if rest else before


def _js(value: object) -> str:
    """`value` as compact JSON that may stand inside a script element."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
