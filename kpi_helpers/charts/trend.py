"""How a metric moved: a line with its interval, last year in grey, the end labelled, the open part dotted."""

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd

from kpi_helpers.charts import labels, marks, theme
from kpi_helpers.charts.drawing import Drawing, draw, trace
from kpi_helpers.charts.finish import Chart, finish, unavailable
from kpi_helpers.charts.html import Html
from kpi_helpers.charts.tables import rows_table
from kpi_helpers.charts.words import sentences, word
from kpi_helpers.errors import KpiError
from kpi_helpers.metrics.records import records


def trend(
    rows: pd.DataFrame,
    lang: str,
    *,
    title: str,
    source: str,
    subtitle: str | None = None,
    last_year: pd.DataFrame | None = None,
    events: Sequence[tuple[date, str]] = (),
    target: float | None = None,
) -> Chart | Html:
    """One metric over periods, from results of `compute` at shop grain: one row per period, or per day.

    `last_year` holds the same periods a year before, drawn thin and grey under this year's dates. `events`
    are days with a word, drawn as thin upright lines. `target` is a value in the metric's unit.
    """
    line = timeline(rows)
    if line["value"].notna().sum() == 0:
        return unavailable(title, rows, lang)
    before = _under(line, last_year)
    drawn = _draw(line, before, lang, target)
    for day, name in events:
        marks.upright(drawn, day.isoformat(), name)
    if target is not None:
        marks.level(drawn, target, word("chart.target", lang, x=labels.show(target, line["metric"].iloc[0], lang)))
    return finish(
        drawn,
        title=title,
        subtitle=subtitle or _plotted(line, before, lang),
        source=source,
        data=rows_table(line, lang, caption=title),
        lang=lang,
        narrow=labels.changed("xaxis", labels.time_axis(line, 4)),
    )


def timeline(rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` in time order with a text column `at`; KpiError unless one metric with a row per period."""
    if "day" in rows:
        rows = rows.assign(period_start=rows["day"], period_end=[day + timedelta(days=1) for day in rows["day"]])
    if len(set(rows["metric"])) != 1 or len(set(rows["period_start"])) < len(rows):
        raise KpiError("a trend needs one metric with one row per period; choose one metric, and no agents or teams")
    line = rows.sort_values("period_start", ignore_index=True)
    return line.assign(at=[day.isoformat() for day in line["period_start"]])


def known(values: pd.Series) -> list[float | None]:
    """Unknown values as gaps of a line, never as zero."""
    return [None if value is None or value != value else float(value) for value in values.tolist()]


def _under(line: pd.DataFrame, last_year: pd.DataFrame | None) -> pd.DataFrame | None:
    """Last year's values under this year's dates, period by period in order."""
    if last_year is None or last_year["value"].notna().sum() == 0:
        return None
    before = timeline(last_year)
    if len(before) != len(line):
        raise KpiError(f"last year has {len(before)} periods, this year {len(line)}; give the same periods of both")
    return before.assign(at=line["at"])


def _draw(line: pd.DataFrame, before: pd.DataFrame | None, lang: str, target: float | None) -> Drawing:
    grey = [] if before is None else [_path(before, theme.CONTEXT, 1)]
    values = [*known(line["value"]), *known(line["low"]), *known(line["high"]), target]
    values += [] if before is None else known(before["value"])
    drawn = draw(
        *_band(line),
        *grey,
        *_paths(line),
        _points(line, lang),
        height=320,
        hoverdistance=40,
        margin={"r": 96, "t": 26},
        xaxis={"type": "date", "range": span(line), **labels.time_axis(line, 8)},
        yaxis=labels.value_axis(values, line["metric"].iloc[0], lang),
    )
    _label_ends(drawn, line, before, lang)
    return drawn


def _path(rows: pd.DataFrame, colour: str, width: float, dash: str = "solid") -> dict[str, object]:
    style = {"color": colour, "width": width, "dash": dash}
    return trace("scatter", x=list(rows["at"]), y=known(rows["value"]), mode="lines", line=style, hoverinfo="skip")


def _paths(line: pd.DataFrame) -> list[dict[str, object]]:
    """The settled part solid; from the last settled point on, the provisional part dotted."""
    still_open = line.index[line["provisional"].astype(bool)]
    if not len(still_open):
        return [_path(line, theme.NAVY, 2.5)]
    solid, dotted = line[: still_open[0]], line[max(still_open[0] - 1, 0) :]
    return [_path(solid, theme.NAVY, 2.5), _path(dotted, theme.NAVY, 2.5, "dot")]


def _points(line: pd.DataFrame, lang: str) -> dict[str, object]:
    """A point per period: this one large and in accent, provisional ones hollow."""
    edge = [theme.NAVY] * (len(line) - 1) + [theme.ACCENT]
    fill = [theme.PAPER if hollow else colour for hollow, colour in zip(line["provisional"], edge, strict=True)]
    size = [5] * (len(line) - 1) + [11]
    marker = {"size": size, "color": fill, "opacity": 1, "line": {"color": edge, "width": 1.5}}
    text = labels.hover(line, lang, labels.periods(line))
    return trace("scatter", x=list(line["at"]), y=known(line["value"]), mode="markers", marker=marker, hovertext=text)


def _band(line: pd.DataFrame) -> list[dict[str, object]]:
    """The intervals as one pale band."""
    both = line[line["low"].notna() & line["high"].notna()]
    if len(both) < 2:
        return []
    x, y = [*both["at"], *both["at"][::-1]], [*both["high"], *both["low"][::-1]]
    style = {"mode": "lines", "line": {"width": 0}, "fill": "toself", "fillcolor": theme.BAND}
    return [trace("scatter", x=x, y=y, hoverinfo="skip", **style)]


def span(rows: pd.DataFrame) -> list[str]:
    """Range of a time axis: from a little before the first period to just after the last one."""
    first, last = (pd.Timestamp(rows["period_start"].iloc[i]) for i in (0, -1))
    step = (last - first) / (len(rows) - 1) if len(rows) > 1 else pd.Timedelta(days=1)
    return [(first - step * 0.3).isoformat(), (last + step * 0.1).isoformat()]


def _label_ends(drawn: Drawing, line: pd.DataFrame, before: pd.DataFrame | None, lang: str) -> None:
    """The last known value in accent, last year's end in grey."""
    last = records(line[line["value"].notna()])[-1]
    said = f"<b>{labels.show(last['value'], last['metric'], lang)}</b>"
    said += f"<br>{word('chart.provisional', lang)}" if last["provisional"] else ""
    words = [(last["value"], said, theme.ACCENT_TEXT)]
    if before is not None and pd.notna(before["value"].iloc[-1]):
        words.append((before["value"].iloc[-1], word("chart.last_year", lang), theme.CONTEXT_TEXT))
    marks.ends(drawn, last["at"], words)


def _plotted(line: pd.DataFrame, before: pd.DataFrame | None, lang: str) -> str:
    key = "plotted.days" if "day" in line else "plotted.trend"
    said = [word(key, lang, metric=labels.metric_name(line["metric"].iloc[0], lang), n=len(line))]
    said += [word("plotted.band", lang)] if line["low"].notna().sum() > 1 else []
    said += [word("plotted.grey_year", lang)] if before is not None else []
    return sentences(said + ([word("plotted.dashed", lang)] if line["provisional"].any() else []), lang)
