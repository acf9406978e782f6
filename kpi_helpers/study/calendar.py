"""Which days are there: a calendar of every table, and the days that ask a question."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from kpi_helpers.charts import Html
from kpi_helpers.charts.html import tag
from kpi_helpers.charts.tables import boxed
from kpi_helpers.engine.clock import day_number, to_date
from kpi_helpers.study.texts import word
from kpi_helpers.study.volume import COUNTED, in_period, volume
from kpi_helpers.wording.formats import show, show_span

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study

SHOWN_DAYS, MOST_DAYS = 28, 62  # of the calendar: at least four weeks, and weeks where it would be longer
DAILY = ("messages", "orders", "agent_daily", "traffic")  # tables in which a day without rows is a question
MOST_GAPS = 8


def span_of(study: Study) -> tuple[int, int]:
    return day_number(study.period.start), day_number(study.period.end)


def rows_in(study: Study) -> int:
    """Rows of the period in all tables."""
    return sum(sum(in_period(study, name)) for name in volume(study))


def calendar(study: Study) -> Html | None:
    """Rows of every table by day, the darker the more; hatched: none. By week where there are more than two months."""
    if not rows_in(study):
        return None
    tables, days = volume(study), _calendar_days(study)
    weekly = len(days) > MOST_DAYS
    groups = [list(g) for _, g in groupby(days, lambda day: (day + 3) // 7 if weekly else day)]
    head = [word("calendar.week" if weekly else "calendar.day", study.lang)]
    head += [word(f"rows.{name}_table", study.lang) for name in tables]
    most = {name: max((sum(found.get(d, 0) for d in g) for g in groups), default=0) for name, found in tables.items()}
    body = [_calendar_row(study, group, tables, most) for group in groups]
    caption = word("calendar.caption", study.lang)
    parts = [tag("caption", caption), tag("thead", tag("tr", *(tag("th", text, scope="col") for text in head)))]
    return boxed(tag("table", *parts, tag("tbody", *body), class_="kpi-heat"), caption)


def _calendar_days(study: Study) -> range:
    start, end = span_of(study)
    first = min(span[0] for name, span in study.desk.coverage.spans.items() if name in COUNTED)
    return range(max(first, min(start, end - SHOWN_DAYS)), min(end, day_number(study.desk.data_until) + 1))


def _calendar_row(study: Study, days: list[int], tables: dict, most: dict[str, int]) -> Html:
    ends = [f"{to_date(day):%m-%d}" for day in sorted({days[0], days[-1]})]
    shown = "–".join(ends)
    cells = [_calendar_cell(study, sum(found.get(d, 0) for d in days), most[name]) for name, found in tables.items()]
    return tag("tr", tag("th", shown, scope="row"), *cells)


def _calendar_cell(study: Study, rows: int, most: int) -> Html:
    if not rows:
        return tag("td", tag("span", word("calendar.none", study.lang), class_="kpi-unseen"), class_="kpi-empty")
    return tag("td", show(rows, "count", study.lang), class_=f"kpi-h{min(4, int(5 * rows / most)) if most > 1 else 1}")


def missing_days(study: Study) -> dict[str, list[int]]:
    """Daily tables -> days of the period inside their span without a row."""
    start, end = span_of(study)
    found = {}
    for name in [name for name in DAILY if name in volume(study)]:
        have, (first, last) = volume(study)[name], study.desk.coverage.spans[name]
        found[name] = [day for day in range(max(start, first), min(end, last + 1)) if day not in have]
    return {name: days for name, days in found.items() if days}


def gaps(study: Study) -> Html | None:
    """A question for every run of days without rows: closed, or missing?"""
    if not rows_in(study):
        return None
    asked = []
    for name, days in missing_days(study).items():
        for _, run in groupby(enumerate(days), lambda pair: pair[1] - pair[0]):
            span = [day for _, day in run]
            shown = show_span(to_date(span[0]), to_date(span[-1] + 1), study.lang)
            asked.append(word("gaps.ask", study.lang, span=shown, table=word(f"rows.{name}_table", study.lang)))
    if not asked:
        return tag("p", word("gaps.none", study.lang))
    more = [word("gaps.more", study.lang, n=len(asked) - MOST_GAPS)] if len(asked) > MOST_GAPS else []
    return tag("ul", *(tag("li", text) for text in asked[:MOST_GAPS] + more))
