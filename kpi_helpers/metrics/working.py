"""Rounds measured in working time: the wait less whatever of it fell outside working hours.

Working hours are the setting `working_hours`; where it is empty, the time at least one agent was on shift.
"""

import pyarrow as pa

from kpi_helpers.desk import Desk
from kpi_helpers.engine import hours
from kpi_helpers.engine.clock import to_date
from kpi_helpers.engine.hours import WorkingTime

TABLE = "working_rounds"
ROUNDS = """
    SELECT r.*,
        CASE WHEN r.closed_at IS NULL THEN r.counted_wait_seconds
            ELSE LEAST({closed} - {opened}, r.counted_wait_seconds) END AS working_wait_seconds
    FROM rounds AS r
    ASOF LEFT JOIN working_spans AS a ON r.opened_at >= a.starts
    ASOF LEFT JOIN working_spans AS b ON r.closed_at >= b.starts
    WHERE r.day >= {first} AND r.day <= {last}
"""


def prepare(desk: Desk) -> None:
    """The view `working_rounds`, of the days that can be measured."""
    if desk.con.execute(f"SELECT view_name FROM duckdb_views() WHERE view_name = '{TABLE}'").fetchall():
        return
    span = _span(desk) or (0, -1)
    time = _working_time(desk, *span)
    spans = pa.table({"starts": time.starts, "ends": time.ends, "before": time.before})
    desk.con.register("given_spans", spans)
    desk.con.execute("CREATE OR REPLACE TEMP TABLE working_spans AS FROM given_spans")
    sides = {"opened": _until("a", "r.opened_at"), "closed": _until("b", "r.closed_at")}
    desk.con.execute(f"CREATE TEMP VIEW {TABLE} AS {ROUNDS.format(**sides, first=span[0], last=span[1])}")


def why_not(desk: Desk, start: int, end: int) -> str:
    """Why waits of [start, end) cannot be measured in working time; empty when they can."""
    if hours.is_set(desk.settings):
        return ""
    span = _shift_days(desk)
    if not span:
        return "working hours are not known: set working_hours in kpi.toml, or read in a shifts table"
    return "shifts do not cover these days" if end <= span[0] or start > span[1] else ""


def _span(desk: Desk) -> tuple[int, int] | None:
    """First and last day that can be measured."""
    covered = desk.coverage.spans.get("messages")
    return covered if hours.is_set(desk.settings) or not covered else _shift_days(desk)


def _working_time(desk: Desk, first: int, last: int) -> WorkingTime:
    if hours.is_set(desk.settings):
        return hours.from_settings(desk.settings, to_date(first - 1), to_date(last + 3))
    return WorkingTime.of(
        desk.con.execute("SELECT start_at, end_at FROM raw_shifts WHERE end_at > start_at").fetchall()
    )


def _shift_days(desk: Desk) -> tuple[int, int] | None:
    found = desk.con.execute(
        "SELECT MIN(day_of(start_at)), MAX(day_of(end_at - 1)) FROM raw_shifts WHERE end_at > start_at"
    ).fetchall()[0]
    return None if found[0] is None else found


def _until(span: str, moment: str) -> str:
    """SQL: working seconds before a moment, given the span that began last (see engine/hours.py)."""
    return f"COALESCE({span}.before + LEAST({moment}, {span}.ends) - {span}.starts, 0)"
