"""How many rows every table has, by business day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi_helpers.engine.clock import day_number
from kpi_helpers.engine.schema import schema
from kpi_helpers.study.shared import once, remembered

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study

COUNTED = ("messages", "agent_daily", "orders", "refunds", "ratings", "traffic")
UNITS = {"agent_daily": "DISTINCT (day, agent_id)"}  # a vendor's table has a row for every number of an agent-day


@remembered
def volume(study: Study) -> dict[str, dict[int, int]]:
    """Table -> business day -> rows (agent-days of daily reports), all days."""
    return once(study.desk, "rows of every table by day", lambda: _volume(study))


def in_period(study: Study, name: str) -> list[int]:
    """Rows of a table on every day of the period that has any."""
    start, end = day_number(study.period.start), day_number(study.period.end)
    return [rows for day, rows in volume(study)[name].items() if start <= day < end]


def _volume(study: Study) -> dict[str, dict[int, int]]:
    known = [name for name in COUNTED if name in study.desk.coverage.spans]
    return {
        name: dict(
            study.desk.con.execute(
                f"SELECT {_day_of_row(name)} AS day, COUNT({UNITS.get(name, '*')}) FROM raw_{name} "
                f"WHERE {_day_of_row(name)} IS NOT NULL GROUP BY 1 ORDER BY 1"
            ).fetchall()
        )
        for name in known
    }


def _day_of_row(name: str) -> str:
    """SQL of a row's business day."""
    column = schema()[name]["time"][0]
    is_day = schema()[name]["columns"][column].startswith("day")
    return f"CAST({column} - DATE '1970-01-01' AS INT)" if is_day else f"day_of({column})"
