"""Lines small enough to stand in a card, an index or a grid of agents: plain SVG, no script, no hover."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

import pandas as pd

from kpi_helpers import metrics
from kpi_helpers.charts import labels, theme
from kpi_helpers.charts.finish import Chart, finish, unavailable
from kpi_helpers.charts.html import Html, tag
from kpi_helpers.charts.tables import Column, html_table
from kpi_helpers.charts.trend import known, timeline
from kpi_helpers.charts.words import sentences, word

WIDTH, HEIGHT = 120, 36  # the drawing's own units; the page stretches it
MOST, COLUMNS = 12, 6  # panels in a grid; periods in the table behind it
Line = Sequence[float | None]
Run = list[tuple[float, float]]


def sparkline(
    values: Line, *, behind: Line = (), low: float | None = None, high: float | None = None, label: str = ""
) -> Html:
    """`values` in time order as a small line, the last one marked; `behind` the same length, in grey.

    Unknown values are gaps. `low` and `high` fix the scale, so that several lines can be compared; without
    them it is the values' own. `label` is what a screen reader says; without it the line is decoration.
    """
    numbers = [v for v in (*values, *behind) if v is not None]
    bottom = min(numbers, default=0) if low is None else low
    top = max(numbers, default=1) if high is None else high
    place = _placed(len(values), bottom, top) if top > bottom else _placed(len(values), bottom - 1, top + 1)
    grey = [_path(place(behind), theme.CONTEXT, 1)] if behind else []
    said = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    box = {"viewBox": f"0 0 {WIDTH} {HEIGHT}", "preserveAspectRatio": "none", "class_": "kpi-spark"}
    box |= {"fill": "none", "stroke_linecap": "round", "stroke_linejoin": "round"}
    return tag("svg", *grey, _path(place(values), theme.NAVY, 2), _end(place(values)), **box, **said)


def small_multiples(
    rows: pd.DataFrame,
    shop: pd.DataFrame | None,
    lang: str,
    *,
    title: str,
    source: str,
    subtitle: str | None = None,
    names: Mapping[str, str] | None = None,
    least: int = 30,
) -> Chart | Html:
    """One metric over periods, a panel for each of the twelve agents with the most behind their numbers.

    `rows` are results of `compute` by agent for several periods, `shop` the same periods at shop grain. All
    panels share one scale, which the subtitle states. Values below a denominator of `least` are gaps: they
    would stretch the scale with noise.
    """
    people = labels.people(rows)
    enough = people["value"].notna() & ~(people["denominator"] < least)
    shown = _largest(labels.named(people[enough], names, lang))
    if shown.empty:
        return unavailable(title, rows, lang)
    behind = [] if shop is None else known(timeline(shop)["value"])
    scale = shown["value"].min(), shown["value"].max()
    dates = sorted(rows["period_start"].unique())
    panels = [_panel(part, dates, behind, scale, lang) for _, part in shown.groupby("who", sort=False)]
    return finish(
        tag("ul", *panels, class_="kpi-panels"),
        title=title,
        subtitle=subtitle or _plotted(shown, scale, shop is not None, lang),
        source=source,
        data=_table(shown, lang, title),
        lang=lang,
    )


def _largest(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the agents with the largest denominators (values, for counts), largest first."""
    weight = rows["denominator"].fillna(rows["value"])
    order = weight.groupby(rows["who"]).sum().sort_values(ascending=False, kind="stable").index[:MOST]
    ranked = rows.assign(place=rows["who"].map({agent: place for place, agent in enumerate(order)}))
    return ranked.dropna(subset=["place"]).sort_values(["place", "period_start"])


def _panel(part: pd.DataFrame, dates: list, behind: Line, scale: tuple[float, float], lang: str) -> Html:
    line = timeline(part).set_index("period_start")["value"].reindex(dates)
    last = labels.show(part["value"].iloc[-1], part["metric"].iloc[0], lang)
    drawn = sparkline(known(line), behind=behind if len(behind) == len(dates) else (), low=scale[0], high=scale[1])
    head = tag("span", part["shown"].iloc[0], class_="kpi-panel-name"), tag("b", last)
    return tag("li", tag("div", *head, class_="kpi-panel-head"), drawn)


def _table(shown: pd.DataFrame, lang: str, title: str) -> Html:
    """The last six periods of every panel, one row per agent."""
    last = shown[shown["period_start"].isin(sorted(shown["period_start"].unique())[-COLUMNS:])]
    wide = last.assign(period=labels.periods(last)).pivot(index=["place", "shown"], columns="period", values="value")
    order = last.drop_duplicates("period_start").sort_values("period_start")
    unit = metrics.get(shown["metric"].iloc[0]).unit
    columns = {"shown": Column(word("head.agent", lang))}
    columns |= {period: Column(period, unit) for period in labels.periods(order)}
    return html_table(wide.reset_index(), columns, lang=lang, caption=title)


def _placed(count: int, bottom: float, top: float) -> Callable[[Line], list[Run]]:
    """A function from values to runs of neighbouring points in the drawing's units."""
    step = (WIDTH - 8) / max(count - 1, 1)

    def place(values: Line) -> list[Run]:
        points = [
            None if v is None else (4 + i * step, HEIGHT - 5 - (v - bottom) / (top - bottom) * (HEIGHT - 10))
            for i, v in enumerate(values)
        ]
        return [list(run) for gap, run in groupby(points, key=lambda point: point is None) if not gap]

    return place


def _path(runs: list[Run], colour: str, width: float) -> Html:
    """Lines through the runs; a point alone becomes a dot of a line."""
    drawn = " ".join("M" + " L".join(f"{x:.4g},{y:.3g}" for x, y in (run if len(run) > 1 else run * 2)) for run in runs)
    return tag("path", d=drawn, vector_effect="non-scaling-stroke", stroke=colour, stroke_width=width)


def _end(runs: list[Run]) -> Html:
    """The last point in accent: a round cap, because circles would be stretched with the drawing."""
    return _path([[runs[-1][-1]]], theme.ACCENT, 7) if runs else Html()


def _plotted(shown: pd.DataFrame, scale: tuple[float, float], shop: bool, lang: str) -> str:
    name = shown["metric"].iloc[0]
    low, high = (labels.show(value, name, lang) for value in scale)
    said = word("plotted.multiples", lang, metric=labels.metric_name(name, lang), low=low, high=high)
    return sentences([said, word("plotted.grey_shop", lang) if shop else ""], lang)
