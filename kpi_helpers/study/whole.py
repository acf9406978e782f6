"""Pictures of the whole shop: the funnel, the trend, days, and hours by weekday."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from kpi_helpers import charts, metrics, wording
from kpi_helpers.charts import Chart, Html, labels
from kpi_helpers.charts.words import word as chart_word
from kpi_helpers.engine.clock import day_number
from kpi_helpers.errors import KpiError
from kpi_helpers.metrics.records import records
from kpi_helpers.study.answer import moved
from kpi_helpers.study.texts import listed, word
from kpi_helpers.wording.formats import period_words

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study

BEFORE_SUCCESS = ("consulted_buyers", "received_buyers")  # who stops here was not lost: no inquiry had begun


def source(study: Study, *names: str) -> str:
    """The tables behind the metrics and until when they reach."""
    spans = study.desk.coverage.spans
    tables = [table for name in names for part in metrics.get(name).facts for table in metrics.fact(part).needs]
    given = [table for table in dict.fromkeys(tables) if table in spans] or ["agent_daily"]
    named = [word(f"rows.{table}_table", study.lang) for table in given]
    return word("source.line", study.lang, tables=listed(named, study.lang), until=study.desk.data_until)


def funnel(study: Study, *stages: str) -> Chart | Html | None:
    """The stages in order, each with its share of the one before; the step that loses most inquiries in accent."""
    found = study.available(*stages)
    if len(found) < 2:
        return None
    rows = study.rows(found)
    title, accent = _largest_loss(rows, study)
    try:
        return charts.funnel(rows, study.lang, title=title, source=source(study, *found), accent=accent)
    except KpiError:
        return charts.html_table(
            labelled(rows, study), _stage_columns(study), lang=study.lang, caption=word("funnel.unlike", study.lang)
        )


def trend(study: Study, *names: str) -> Chart | Html | None:
    """The first metric that is available over the periods before, last year in grey where the data reach back."""
    name = next(iter(study.available(*names)), "")
    if not name or (line := study.history(name))["value"].notna().sum() < 2:
        return None
    metric = metrics.get(name)
    title = wording.title(moved(study, name), study.row(name), metric, study.lang, by="period", against=study.against)
    return charts.trend(
        line,
        study.lang,
        title=title,
        source=source(study, name),
        last_year=study.last_year(name),
        target=study.desk.settings.targets.get(name),
    )


def days(study: Study, *names: str) -> Chart | Html | None:
    """The first metric that is available on every day of the period; None for a single day."""
    name = next(iter(study.available(*names)), "")
    if study.period.days < 2 or not name:
        return None
    rows = study.rows([name], by="day")
    title, drawn = _best_day(rows, study), charts.trend
    if metrics.get(name).kind == "count":
        drawn = charts.columns
    return drawn(rows, study.lang, title=title, source=source(study, name))


def heat(study: Study, name: str) -> Chart | None:
    """Hours by weekday, the mean of the days; None for less than a week or where hours are not known."""
    if study.period.days < 7 or not study.available(name):
        return None
    cells = study.rows([name], by="day,hour")
    cells = cells[cells["value"].notna()]
    if not cells["value"].sum():
        return None
    mean = _every_hour(charts.week_cells(cells))
    busiest = mean.loc[mean["value"].idxmax()]
    weekday = chart_word(f"week.d{int(busiest['weekday'])}", study.lang)
    title = word("heat.busiest", study.lang, weekday=weekday, hour=int(busiest["hour"]), next=int(busiest["hour"]) + 1)
    return charts.heat_table(_staffed(study, mean), name, study.lang, title=title, source=source(study, name))


STAFF = """
SELECT hour_of(h.began) AS hour, (day_of(h.began) + 3) % 7 AS weekday,
  COUNT(DISTINCT (s.agent_id, day_of(h.began))) AS shifts
FROM raw_shifts AS s, UNNEST(RANGE(s.start_at - s.start_at % 3600, s.end_at, 3600)) AS h(began)
WHERE s.end_at > day_start({start}) AND s.start_at < day_start({end})
  AND day_of(h.began) >= {start} AND day_of(h.began) < {end} GROUP BY 1, 2"""


def _staffed(study: Study, cells: pd.DataFrame) -> pd.DataFrame:
    """The cells with the agents on shift, mean of the days; as they are where no shift of these days is known."""
    days = {"start": day_number(study.period.start), "end": day_number(study.period.end)}
    shifts = study.desk.con.execute(STAFF.format(**days)).df()
    if shifts.empty:
        return cells
    days = pd.Series(pd.date_range(study.period.start, study.period.last_day).day_of_week).value_counts()
    shifts = shifts.assign(staff=shifts["shifts"] / shifts["weekday"].map(days))
    return cells.merge(shifts[["hour", "weekday", "staff"]], on=["hour", "weekday"], how="left").fillna({"staff": 0})


def _every_hour(cells: pd.DataFrame) -> pd.DataFrame:
    """An hour in which nobody came on a covered day is 0, not unknown."""
    every = pd.MultiIndex.from_product([range(24), range(7)], names=["hour", "weekday"])
    return cells.set_index(["hour", "weekday"])["value"].reindex(every, fill_value=0.0).reset_index()


def labelled(rows: pd.DataFrame, study: Study) -> pd.DataFrame:
    """`rows` with the metrics' names in a column `name`."""
    return rows.assign(name=[labels.metric_name(metric, study.lang) for metric in rows["metric"]])


def neutral(study: Study, name: str, by: str) -> str:
    """A title that claims nothing."""
    return wording.title(None, study.row(name), metrics.get(name), study.lang, by=by)


def _largest_loss(rows: pd.DataFrame, study: Study) -> tuple[str, str | None]:
    """The title of a funnel, and the stage it speaks of."""
    steps = [(b.value / a.value, a, b) for a, b in pairwise(records(rows)) if a.value > 0]
    steps = [step for step in steps if step[1].metric not in BEFORE_SUCCESS]
    if not steps:
        first = rows.iloc[0]
        last = labels.metric_name(rows["metric"].iloc[-1], study.lang)
        said = {"first": labels.metric_name(first["metric"], study.lang), "last": last}
        return word("funnel.neutral", study.lang, period=_period(first, study), **said), None
    share, a, b = min(steps)
    names = [labels.metric_name(row.metric, study.lang) for row in (a, b)]
    said = {"before": names[0], "after": names[1], "share": labels.percent(share, study.lang)}
    return word("funnel.loss", study.lang, **said), b.metric


def _period(row: pd.Series, study: Study) -> str:
    return period_words(row["period_start"], row["period_end"], study.lang)


def _stage_columns(study: Study) -> dict[str, charts.Column]:
    head = {"name": "table.metric", "value": "table.now"}
    units = {"name": "", "value": "count"}
    return {key: charts.Column(word(text, study.lang), units[key]) for key, text in head.items()}


def _best_day(rows: pd.DataFrame, study: Study) -> str:
    """Which day had most, for counts and amounts; neutral for the rest."""
    name = rows["metric"].iloc[0]
    if metrics.get(name).kind != "count" or rows["value"].isna().all():
        return neutral(study, name, "day")
    top = rows.loc[rows["value"].idxmax()]
    weekday = chart_word(f"week.d{top['day'].weekday()}", study.lang)
    said = {"day": f"{top['day']:%m-%d} {weekday}", "amount": labels.show(top["value"], name, study.lang)}
    return word("days.most", study.lang, metric=labels.metric_name(name, study.lang), **said)
