"""Counts and amounts as bars from zero: by agent, largest first, or over time."""

from collections.abc import Collection, Mapping

import pandas as pd

from kpi_helpers.charts import labels, theme
from kpi_helpers.charts.agents import colour, cut_words, names_axis, one_metric, without_middle
from kpi_helpers.charts.drawing import Drawing, draw, trace
from kpi_helpers.charts.finish import Chart, finish, unavailable
from kpi_helpers.charts.html import Html
from kpi_helpers.charts.tables import rows_table
from kpi_helpers.charts.trend import known, timeline
from kpi_helpers.charts.words import sentences, word
from kpi_helpers.metrics.records import records
from kpi_helpers.wording.names import columns as columns_of

PHONE = 35  # letters that stand side by side over the columns of a phone's chart
MONTH = 31  # columns that on a phone are still wide enough for a number above one of them


def bars(
    rows: pd.DataFrame,
    lang: str,
    *,
    title: str,
    source: str,
    subtitle: str | None = None,
    focus: Collection[str] = (),
    names: Mapping[str, str] | None = None,
) -> Chart | Html:
    """A count or an amount of every agent as a bar with its number, largest first; `focus` in accent."""
    sized = labels.named(one_metric(rows), names, lang)
    sized = sized[sized["value"].notna()].sort_values("value", ascending=False, kind="stable")
    if sized.empty:
        return unavailable(title, rows, lang)
    shown, name = (
        without_middle(sized.assign(ranked=sized["who"].isin(labels.people(sized)["who"]))),
        sized["metric"].iloc[0],
    )
    said = [word("plotted.bars", lang, metric=labels.metric_name(name, lang)), cut_words(shown, sized, lang)]
    return finish(
        _lying(shown, focus, lang),
        title=title,
        subtitle=subtitle or sentences(said, lang),
        source=source,
        data=rows_table(sized, lang, caption=title),
        lang=lang,
    )


def columns(rows: pd.DataFrame, lang: str, *, title: str, source: str, subtitle: str | None = None) -> Chart | Html:
    """A count or an amount over time as columns; the last period in accent, provisional ones hollow."""
    line = timeline(rows)
    if line["value"].notna().sum() == 0:
        return unavailable(title, rows, lang)
    return finish(
        _standing(line, lang),
        title=title,
        subtitle=subtitle or word("plotted.columns", lang, metric=labels.metric_name(line["metric"].iloc[0], lang)),
        source=source,
        data=rows_table(line, lang, caption=title),
        lang=lang,
        narrow=labels.changed("xaxis", _at(line, labels.time_axis(line, 5))) | _last_text(line, lang),
    )


def _lying(shown: pd.DataFrame, focus: Collection[str], lang: str) -> Drawing:
    names = [labels.short(name) for name in shown["shown"]]
    marks = trace(
        "bar",
        x=known(shown["value"]),
        y=list(range(len(shown))),
        orientation="h",
        text=_texts(shown, lang),
        textposition="outside",
        marker={"color": [colour(row, focus) for row in records(shown, "who", "ranked")]},
        hovertext=labels.hover(shown, lang, names),
    )
    across = labels.value_axis(known(shown["value"]), shown["metric"].iloc[0], lang, zero=True)
    layout = {"height": 27 * len(shown) + 24, "margin": {"r": 72, "t": 4}, "bargap": 0.35}
    return draw(marks, xaxis={**across, "visible": False}, yaxis=names_axis(shown), **layout)


def _standing(line: pd.DataFrame, lang: str) -> Drawing:
    full = [theme.NAVY] * (len(line) - 1) + [theme.NAVY if "day" in line else theme.ACCENT]
    pale = [theme.PAPER if still_open else colour for still_open, colour in zip(line["provisional"], full, strict=True)]
    marks = trace(
        "bar",
        x=list(range(len(line))),
        y=known(line["value"]),
        text=_texts(line, lang) if len(line) <= 14 else None,
        textposition="outside",
        marker={"color": pale, "line": {"color": full, "width": 1.5}},
        hovertext=labels.hover(line, lang, labels.periods(line)),
    )
    up = labels.value_axis(known(line["value"]), line["metric"].iloc[0], lang, zero=True)
    across = _at(line, labels.time_axis(line, 10))
    return draw(marks, xaxis=across, yaxis=up, bargap=0.3, height=300, margin={"t": 22})


def _texts(rows: pd.DataFrame, lang: str) -> list[str]:
    """Every value in short."""
    return [labels.compact(v, m, lang) for v, m in zip(rows["value"], rows["metric"], strict=True)]


def _last_text(line: pd.DataFrame, lang: str) -> dict[str, object]:
    """On a phone many columns have no room for numbers: the last one keeps its own, while it is wide enough."""
    texts = _texts(line, lang)
    if len(texts) * max(map(columns_of, texts)) <= PHONE or len(texts) > MONTH:
        return {}
    return {"data.0.text": [""] * (len(texts) - 1) + texts[-1:]}


def _at(line: pd.DataFrame, axis: dict[str, object]) -> dict[str, object]:
    """The same ticks by position: a week and a month are one step, and a missing period leaves no hole."""
    place = {day: index for index, day in enumerate(line["at"])}
    return axis | {"tickvals": [place[day] for day in axis["tickvals"]]}
