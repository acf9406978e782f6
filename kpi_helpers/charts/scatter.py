"""Two metrics of every agent against each other: workload across, speed up."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from kpi_helpers.charts import labels, theme
from kpi_helpers.charts.agents import marker, one_metric
from kpi_helpers.charts.drawing import Drawing, draw, trace
from kpi_helpers.charts.finish import Chart, finish, unavailable
from kpi_helpers.charts.html import Html
from kpi_helpers.charts.tables import metric_table
from kpi_helpers.charts.trend import known
from kpi_helpers.charts.words import sentences, word
from kpi_helpers.metrics.records import records

NAMED = 6  # dots with a name beside them, besides those in focus


def scatter(
    across: pd.DataFrame,
    up: pd.DataFrame,
    lang: str,
    *,
    title: str,
    source: str,
    subtitle: str | None = None,
    focus: Collection[str] = (),
    names: Mapping[str, str] | None = None,
    least: int = 30,
    table: bool = True,
) -> Chart | Html:
    """One dot per agent. `across` and `up` are results of `compute` by agent, one metric each.

    Agents missing in either are left out. Dots are hollow below a denominator of `least` or while
    provisional. The dashed lines are the medians of the agents shown. Names stand at the dots in `focus`
    and the outermost ones. `table` False: the numbers stand in a table of the same section.
    """
    pairs = _pairs(labels.named(labels.people(across), names, lang), up, least)
    if pairs.empty:
        return unavailable(title, pd.concat([across, up]), lang)
    x, y = (labels.metric_name(rows["metric"].iloc[0], lang) for rows in (across, up))
    hollow = word("plotted.hollow", lang, n=least) if not pairs["ranked"].all() else ""
    return finish(
        _draw(pairs, focus, lang),
        title=title,
        subtitle=subtitle or sentences([word("plotted.scatter", lang, x=x, y=y), hollow], lang),
        source=source,
        data=_table(across, up, lang, title, names) if table else None,
        lang=lang,
        narrow={"data.0.text": _names(pairs, focus, NAMED // 2)},
    )


def _table(across: pd.DataFrame, up: pd.DataFrame, lang: str, title: str, names: Mapping[str, str] | None) -> Html:
    return metric_table(pd.concat([across, up]), lang, caption=title, by=labels.by_of(across), names=names)


def _pairs(across: pd.DataFrame, up: pd.DataFrame, least: int) -> pd.DataFrame:
    """One row per agent with both values: columns x, y, x_metric, y_metric, who, shown, ranked."""
    by = labels.by_of(across)
    others = {row[by]: row for row in records(one_metric(up))}
    both = [(row, others[row[by]]) for row in records(one_metric(across)) if row[by] in others]
    rows = [
        {"x": a.value, "y": b.value, "x_metric": a.metric, "y_metric": b.metric, "who": a.who, "shown": a.shown}
        | {"ranked": not any(side.provisional or side.denominator < least for side in (a, b))}
        for a, b in both
        if a.value == a.value and b.value == b.value
    ]
    return pd.DataFrame(rows)


def _draw(pairs: pd.DataFrame, focus: Collection[str], lang: str) -> Drawing:
    x, y = pairs["x_metric"].iloc[0], pairs["y_metric"].iloc[0]
    dots = trace(
        "scatter",
        x=known(pairs["x"]),
        y=known(pairs["y"]),
        mode="markers+text",
        text=_names(pairs, focus, NAMED),
        textposition="top center",
        textfont={"size": 12, "color": theme.CONTEXT_TEXT},
        marker=marker(pairs, focus),
        customdata=[_touched(row, lang) for row in records(pairs)],
        hovertemplate=_hover(x, y, lang),
    )
    bottom = {"showgrid": True, "gridcolor": theme.GRID, "title": {"text": labels.metric_name(x, lang)}}
    left = {"title": {"text": ""}}
    drawn = draw(
        dots,
        height=380,
        margin={"t": 34},
        xaxis=_wider(labels.value_axis(known(pairs["x"]), x, lang, most=4)) | bottom,
        yaxis=_wider(labels.value_axis(known(pairs["y"]), y, lang)) | left,
    )
    drawn.add_annotation(x=0, xref="paper", y=1, yref="paper", xanchor="left", yanchor="bottom", yshift=10,
                         text=labels.metric_name(y, lang))  # fmt: skip
    _medians(drawn, pairs)
    return drawn


def _wider(axis: dict[str, object]) -> dict[str, object]:
    """A little air around the outermost dots, which carry names."""
    low, high = axis["range"]
    return axis | {"range": [low - (high - low) * 0.04, high + (high - low) * 0.06]}


def _medians(drawn: Drawing, pairs: pd.DataFrame) -> None:
    line = {"color": theme.RULE, "width": 1, "dash": "dash"}
    x, y = pairs["x"].median(), pairs["y"].median()
    drawn.add_shape(type="line", x0=x, x1=x, y0=0, y1=1, yref="paper", line=line, layer="below")
    drawn.add_shape(type="line", x0=0, x1=1, xref="paper", y0=y, y1=y, line=line, layer="below")


def _names(pairs: pd.DataFrame, focus: Collection[str], most: int) -> list[str]:
    """Names for the dots in focus, then the outermost, as far as no two would touch; others answer to a touch."""
    values = pairs[["x", "y"]].to_numpy(float)
    place = values / np.where(np.ptp(values, axis=0) == 0, 1, np.ptp(values, axis=0))
    away = ((place - np.median(place, axis=0)) ** 2).sum(axis=1) + 9 * pairs["who"].isin(list(focus)).to_numpy()
    chosen: list[int] = []
    for at in np.argsort(-away).tolist():
        gaps = np.abs(place[chosen] - place[at])
        if len(chosen) < most + len(focus) and not (gaps < (0.16, 0.12)).all(axis=1).any():
            chosen.append(at)
    return [labels.short(name, 12) if at in chosen else "" for at, name in pairs["shown"].items()]


def _touched(row: object, lang: str) -> list[str]:
    """Name and both values of a dot, for its hover text."""
    values = [labels.show(row.x, row.x_metric, lang), labels.show(row.y, row.y_metric, lang)]
    return [labels.short(row.shown, 30), *values]


def _hover(x: str, y: str, lang: str) -> str:
    """What a touch shows, written once for all dots."""
    sides = enumerate((x, y), start=1)
    said = [f"{labels.metric_name(name, lang)} <b>%{{customdata[{at}]}}</b>" for at, name in sides]
    return "<br>".join(["%{customdata[0]}", *said]) + "<extra></extra>"
