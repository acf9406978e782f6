"""How unequal it is: deciles of all agents over time, the median solid and the tenths thin."""

import pandas as pd

from kpi_helpers import metrics
from kpi_helpers.charts import labels, marks, theme
from kpi_helpers.charts.drawing import Drawing, draw, trace
from kpi_helpers.charts.finish import Chart, finish, unavailable
from kpi_helpers.charts.html import Html
from kpi_helpers.charts.tables import Column, html_table
from kpi_helpers.charts.trend import known, span
from kpi_helpers.charts.words import word
from kpi_helpers.errors import KpiError
from kpi_helpers.metrics.records import records

TENTHS = tuple(range(10, 100, 10))


def decile_table(rows: pd.DataFrame, least: int = 30) -> pd.DataFrame:
    """Deciles of a metric over agents, one row per period: period_start, period_end, agents, d10 … d90.

    `rows` are results of `compute` by agent for several periods. Agents below a denominator of `least` are
    left out; linear interpolation. Periods with fewer than five agents have no deciles: they would only
    name people.
    """
    if rows["metric"].nunique() > 1:
        raise KpiError("deciles need one metric; choose one")
    people = labels.people(rows)
    enough = people["value"].notna() & ~(people["denominator"] < least)
    grouped = people[enough].groupby(["period_start", "period_end"])["value"]
    shares = [tenth / 100 for tenth in TENTHS]
    spread = grouped.quantile(shares).unstack().reindex(columns=shares)  # none, where nobody has enough
    spread.columns = [f"d{tenth}" for tenth in TENTHS]
    agents = grouped.size().rename("agents")
    return pd.concat([agents, spread.where(agents >= 5)], axis=1).reset_index()


def deciles(
    rows: pd.DataFrame,
    lang: str,
    *,
    title: str,
    source: str,
    subtitle: str | None = None,
    least: int = 30,
) -> Chart | Html:
    """Deciles over time as lines; `rows` are results of `compute` by agent for several periods."""
    spread = decile_table(rows, least)
    if spread["d50"].notna().sum() < 2:
        return unavailable(title, rows, lang)
    name = rows["metric"].iloc[0]
    return finish(
        _draw(spread, name, lang),
        title=title,
        subtitle=subtitle or word("plotted.deciles", lang, metric=labels.metric_name(name, lang), n=least),
        source=source,
        data=_table(spread, name, lang, title),
        lang=lang,
        narrow=labels.changed("xaxis", labels.time_axis(spread, 4)),
    )


def _draw(spread: pd.DataFrame, name: str, lang: str) -> Drawing:
    at = [day.isoformat() for day in spread["period_start"]]
    lines = [_line(at, spread[f"d{tenth}"], tenth == 50) for tenth in TENTHS if tenth != 50]
    values = [value for tenth in TENTHS for value in known(spread[f"d{tenth}"])]
    drawn = draw(
        *lines,
        _line(at, spread["d50"], True, _hover(spread, name, lang)),
        height=320,
        hoverdistance=40,
        margin={"r": 104},
        xaxis={"type": "date", "range": span(spread), **labels.time_axis(spread, 8)},
        yaxis=labels.value_axis(values, name, lang),
    )
    _label_ends(drawn, spread, at[-1], name, lang)
    return drawn


def _line(at: list[str], values: pd.Series, median: bool, hover: list[str] | None = None) -> dict[str, object]:
    style = {"color": theme.NAVY, "width": 2.5} if median else {"color": theme.CONTEXT, "width": 1}
    return trace(
        "scatter", x=at, y=known(values), mode="lines", line=style, hovertext=hover, hoverinfo=None if hover else "skip"
    )


def _hover(spread: pd.DataFrame, name: str, lang: str) -> list[str]:
    said = []
    for period, row in zip(labels.periods(spread), records(spread), strict=True):
        median, low, high = (labels.show(value, name, lang) for value in (row.d50, row.d10, row.d90))
        said.append(f"{period}<br>{word('chart.median', lang, x=f'<b>{median}</b>')}<br>{low} – {high}")
    return said


def _label_ends(drawn: Drawing, spread: pd.DataFrame, at: str, name: str, lang: str) -> None:
    last = spread.iloc[-1]
    if pd.isna(last["d50"]):
        return
    median = word("chart.median", lang, x=labels.show(last["d50"], name, lang))
    outer = [(last[f"d{n}"], word("chart.tenth", lang, n=n), theme.CONTEXT_TEXT) for n in (10, 90)]
    marks.ends(drawn, at, [(last["d50"], f"<b>{median}</b>", theme.NAVY), *outer])


def _table(spread: pd.DataFrame, name: str, lang: str, title: str) -> Html:
    unit = metrics.get(name).unit
    frame = spread.assign(period=labels.periods(spread))
    columns = {
        "period": Column(word("head.period", lang)),
        "agents": Column(word("head.agents", lang), "count"),
    }
    shown = (10, 30, 50, 70, 90)
    columns |= {f"d{tenth}": Column(word("chart.tenth", lang, n=tenth), unit) for tenth in shown}
    return html_table(frame, columns, lang=lang, caption=title)
