"""The explorer's canvas: finished HTML with the kit's own charts, whose rows, bars and dots can be picked.

One small widget for everything (anywidget), instead of plotly's FigureWidget: it draws the charts exactly as published
pages do, sends a quarter of the bytes, and needs nothing from a network.
"""

from collections.abc import Callable
from functools import cache
from html import escape
from pathlib import Path
from traceback import format_exc

import anywidget
import traitlets

from kpi_helpers.charts.html import Html, tag
from kpi_helpers.charts.page import css, drawing_js, plotly_js
from kpi_helpers.errors import KpiError, speaking
from kpi_helpers.explorer import word

HERE = Path(__file__).parent


@cache
def _style() -> str:
    return css() + (HERE / "panel.css").read_text("utf-8")


class Library(anywidget.AnyWidget):
    """What panels draw their charts with: one for all of them, shows nothing."""

    _esm = (HERE / "library.js").read_text("utf-8")
    code = traitlets.Unicode().tag(sync=True)

    @traitlets.default("code")
    def _code(self) -> str:
        return f"{plotly_js()}\nwindow.KpiPlotly = window.KpiPlotly || KpiPlotly;\n{drawing_js()}"


class Panel(anywidget.AnyWidget):
    """HTML that can be picked from: `show(html)`; `on_pick` is called with the key of what was picked.

    While `busy`, what is shown is about to be replaced and fades.
    """

    _esm = (HERE / "panel.js").read_text("utf-8")
    _css = _style()
    html = traitlets.Unicode().tag(sync=True)
    serial = traitlets.Int().tag(sync=True)
    busy = traitlets.Bool().tag(sync=True)

    def __init__(self, on_pick: Callable[[str], None] | None = None, **options: object) -> None:
        super().__init__(**options)
        self.on_msg(lambda _widget, content, _buffers: on_pick and on_pick(str(content.get("pick", ""))))

    def show(self, *parts: object) -> None:
        """Put these pieces of HTML in place of what is there."""
        inside = "".join(part._repr_html_() for part in parts if part is not None)
        with self.hold_sync():
            self.html, self.serial = f'<div class="kpi">{inside}</div>', self.serial + 1


def sentence(text: str) -> Html:
    """An error as people read it."""
    return tag("p", text, class_="kpi kpi-error", role="alert")


def in_place(place: Panel, lang: str, act: Callable[[], None]) -> bool:
    """Do something; whatever goes wrong is said in `place`, so that no widget falls silent. Whether it went well."""
    try:
        with speaking(lang):
            act()
    except KpiError as error:
        place.show(sentence(str(error)))
    except Exception as error:
        said = word("error.unexpected", lang, kind=type(error).__name__, said=error)
        trace = Html(f"<details><summary>…</summary><pre>{escape(format_exc())}</pre></details>")
        place.show(sentence(said), trace)
    else:
        return True
    return False
