"""Unit tables that are made when somebody asks: platforms' rounds, and rounds measured in working time."""

from collections.abc import Iterable

from kpi_helpers.desk import Desk
from kpi_helpers.metrics import working
from kpi_helpers.metrics.registry import Fact
from kpi_helpers.platforms import units

PLATFORM = "platform_"


def ensure(desk: Desk, facts: Iterable[Fact], start: int, end: int) -> None:
    """Make what the facts are counted on, for business days [start, end), where it is not stored."""
    for table in {fact.rows for fact in facts}:
        if table == working.TABLE:
            working.prepare(desk)
        elif table.startswith(PLATFORM):
            units.prepare(desk, table, start, end)


def why_not(desk: Desk, fact: Fact, start: int, end: int) -> str:
    """Why such a table cannot be made for [start, end); empty for every other fact."""
    return working.why_not(desk, start, end) if fact.rows == working.TABLE else ""
