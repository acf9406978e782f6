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
        """alias_id -> agent_id for [from_day, to_day): chains followed, earlier rows cut where a later one holds.

        Raises KpiError when aliases point at each other in a circle.
        """
        named = [row for row in self.rows if row.get("alias_of")]
        spans = [(row["agent_id"], self._target(row), *_span(row)) for row in named]
        return _table(_without_overlap(spans), "alias_id", "agent_id")

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

    def _target(self, row: dict) -> str:
        onward = {r["agent_id"]: r["alias_of"] for r in self.rows if r.get("alias_of")}
        seen, agent = {row["agent_id"]}, row["alias_of"]
        while agent in onward:
            if agent in seen:
                raise KpiError(f"agents: the aliases of {agent!r} go round in a circle; correct alias_of")
            seen.add(agent)
            agent = onward[agent]
        return agent


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


def _table(spans: list[tuple], key: str, value: str) -> pa.Table:
    columns = list(zip(*spans, strict=True)) or [(), (), (), ()]
    types = [pa.string(), pa.string(), pa.int32(), pa.int32()]
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    return pa.table(dict(zip([key, value, "from_day", "to_day"], arrays, strict=True)))
