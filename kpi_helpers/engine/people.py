"""Agents: aliases, names, teams (table `agents`), each for the days it holds."""

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from kpi_helpers.engine.clock import day_number
from kpi_helpers.errors import KpiError

FIRST, LAST = -(2**31) + 1, 2**31 - 1


@dataclass(frozen=True)
class People:
    """What the agents table says, as engine tables: `aliases`, `own_agents`, `teams`."""

    rows: list[dict]

    def aliases(self) -> pa.Table:
        """alias_id -> agent_id for [from_day, to_day): chains followed day by day; a later row cuts an earlier one.

        Raises KpiError when aliases point at each other in a circle.
        """
        named = [(row["agent_id"], row["alias_of"], *_span(row)) for row in self.rows if row.get("alias_of")]
        steps = _without_overlap(named)
        return _table([span for step in steps for span in _followed(step, steps)], "alias_id", "agent_id")

    def teams(self) -> pa.Table:
        """member (agent_id) -> team for [from_day, to_day)."""
        named = [row for row in self.rows if row.get("team") and not row.get("alias_of")]
        return _table(_without_overlap([(r["agent_id"], r["team"], *_span(r)) for r in named]), "member", "team")

    def names(self) -> dict[str, str]:
        """Display names: agent_id -> name, the id itself where there is none."""
        return {row["agent_id"]: row.get("name") or row["agent_id"] for row in self.rows}

    def ids(self) -> list[str]:
        """Every account known to the table."""
        return sorted({row["agent_id"] for row in self.rows})


def _span(row: dict) -> tuple[int, int]:
    return _day(row.get("valid_from"), FIRST), _day(row.get("valid_to"), LAST)


def _day(value: date | None, default: int) -> int:
    return default if value is None else day_number(value)


def _without_overlap(spans: list[tuple]) -> list[tuple]:
    """Spans of one key never overlap: a day belongs to the span that starts last."""
    kept: list[tuple] = []
    for key, value, start, end in sorted(spans, key=lambda span: (span[0], span[2])):
        if kept and kept[-1][0] == key and kept[-1][3] > start:
            kept[-1] = (*kept[-1][:3], start)
        kept.append((key, value, start, end))
    return [span for span in kept if span[2] < span[3]]


def _followed(step: tuple, steps: list[tuple], seen: tuple[str, ...] = ()) -> list[tuple]:
    """A step of an alias chain taken on to its end, in as many spans as the later steps hold for."""
    alias, agent, start, end = step
    if agent in (alias, *seen):
        raise KpiError(f"agents: the aliases of {alias!r} go round in a circle; correct alias_of")
    found, day = [], start
    for _, further, from_day, to_day in (s for s in steps if s[0] == agent and s[2] < end and s[3] > start):
        since, until = max(from_day, start), min(to_day, end)
        found += [(alias, agent, day, since)] if day < since else []
        found += _followed((alias, further, since, until), steps, (*seen, agent))
        day = until
    return found + ([(alias, agent, day, end)] if day < end else [])


def _table(spans: list[tuple], key: str, value: str) -> pa.Table:
    columns = list(zip(*spans, strict=True)) or [(), (), (), ()]
    types = [pa.string(), pa.string(), pa.int32(), pa.int32()]
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    return pa.table(dict(zip([key, value, "from_day", "to_day"], arrays, strict=True)))
