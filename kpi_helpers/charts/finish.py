"""The frame around every chart: the finding as title, what is plotted, the source, and the numbers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING

import pandas as pd

from kpi_helpers.charts.drawing import Drawing
from kpi_helpers.charts.html import Html, tag, words
from kpi_helpers.charts.tables import html_table
from kpi_helpers.charts.words import LOCALE, word
from kpi_helpers.errors import KpiError

if TYPE_CHECKING:
    import plotly.graph_objects as go

DRAWN = ("scatter", "bar", "funnel", "waterfall")  # what the plotly.js of the page can draw
HEIGHT = 320  # pixels, unless the figure says otherwise


@dataclass(frozen=True)
class Chart:
    """A finished chart, shown by a cell's last line; `drawn` is the kit's drawing, plotly's figure, or HTML."""

    drawn: Drawing | go.Figure | Html = field(repr=False)
    title: str
    subtitle: str
    source: str
    alt: str = field(repr=False)
    table: Html | None = field(default=None, repr=False)
    lang: str = "zh"
    narrow: dict[str, object] = field(default_factory=dict, repr=False)

    @property
    def figure(self) -> go.Figure | Html:
        """The plotly figure, to be changed at will."""
        return self.drawn.figure if isinstance(self.drawn, Drawing) else self.drawn

    def but(self, **changes: object) -> Chart:
        """The same chart with other words, or something else `drawn`."""
        return replace(self, **changes)

    def _repr_html_(self) -> str:
        """Called by Jupyter; drawn where the page has what `setup()` brings."""
        title, subtitle = (
            tag("p", self.title, class_="kpi-title"),
            tag("p", self.subtitle, class_="kpi-subtitle"),
        )
        drawn = self.drawn if isinstance(self.drawn, Html) else self._plot()
        parts = [tag("figcaption", title, subtitle), drawn, tag("p", self.source, class_="kpi-source")]
        if self.table is not None:
            parts.append(tag("details", tag("summary", word("chart.data", self.lang)), self.table, class_="kpi-data"))
        return tag("figure", *parts, class_="kpi kpi-figure", lang=LOCALE[self.lang])

    def _plot(self) -> Html:
        drawing = chart_json(self.drawn, self.narrow, self.lang)
        height = int(json.loads(drawing)["layout"]["height"])
        wait = tag("p", word("chart.not_drawn", self.lang), class_="kpi-wait")
        canvas = tag("div", wait, class_="kpi-canvas", style=f"height:{height}px")
        mark = sha256((self.alt + drawing).encode()).hexdigest()[:12]  # equal runs are equal, to the byte
        script = tag("script", Html(drawing), type="application/json")
        return tag("div", canvas, script, class_="kpi-plot", role="img", aria_label=self.alt, data_chart=mark)


def finish(
    drawn: Drawing | go.Figure | Html,
    *,
    title: str,
    subtitle: str,
    source: str,
    alt: str | None = None,
    data: pd.DataFrame | Html | None = None,
    lang: str = "zh",
    narrow: dict[str, object] | None = None,
) -> Chart:
    """`drawn` (a drawing, a figure of plotly's, or finished HTML) as a Chart that shows itself.

    `title` is the finding, one sentence that survives the data. `subtitle` says what is plotted: metric,
    unit, population, n. `source` says where the rows come from and until when. `alt` is what a screen
    reader says (the finding, unless given). `data` is the table behind the chart, as `html_table` made it
    or as a frame. `narrow` holds changes for phones by their path, {"layout.xaxis.tickvals": [...],
    "data.0.text": [...]}.

    Raises KpiError when words are missing or the page cannot draw a trace of the figure.
    """
    given = {"title": title, "subtitle": subtitle, "source": source}
    if missing := [name for name, value in given.items() if not words(value)]:
        raise KpiError(f"this chart has no {missing[0]}; write the takeaway as its title, what is plotted, the source")
    traces = () if isinstance(drawn, Html) else drawn.data
    if other := sorted({trace["type"] for trace in traces} - set(DRAWN)):
        raise KpiError(f"reports cannot draw {other[0]!r} traces; they draw {', '.join(DRAWN)}, and tables")
    table = html_table(data, lang=lang, caption=words(title)) if isinstance(data, pd.DataFrame) else data
    said = alt or f"{words(title)} {words(subtitle)}"
    return Chart(drawn, title, subtitle, source, said, table, lang, narrow or {})


def unavailable(title: str, rows: pd.DataFrame, lang: str) -> Html:
    """What stands in a chart's place when nothing of it is known: its title and the reason `compute` gave."""
    bases = map(str, rows.get("basis", ()))
    said = [basis.partition(":")[2].strip() for basis in bases if basis.startswith("not available")]
    reason = word("chart.not_here", lang, why=said[0]) if said and said[0] else word("chart.nothing", lang)
    inside = tag("p", title, class_="kpi-title"), tag("p", reason, class_="kpi-subtitle")
    return tag("div", *inside, class_="kpi kpi-figure kpi-none", lang=LOCALE[lang])


def chart_json(drawn: Drawing | go.Figure, narrow: dict[str, object], lang: str) -> str:
    """What the page needs to draw it: JSON without the template, unknown as null, safe inside a script element."""
    drawing = json.loads(drawn.to_json(), parse_float=_short, parse_constant=lambda _: None)
    drawing["layout"].pop("template", None)  # 7 kB that page.js holds once
    drawing["layout"].setdefault("height", HEIGHT)
    drawing |= {"narrow": narrow, "locale": LOCALE[lang]}
    text = json.dumps(drawing, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _short(number: str) -> float:
    """Six digits are more than a screen can show."""
    return float(f"{float(number):.6g}")
