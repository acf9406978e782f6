"""Which orders are asked for, as SQL that passes over the files that have none of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kpi_helpers.engine.history import Spans

Rows = Callable[[str, int, int], str]  # column, from, to -> SQL of at least the rows whose column lies there


@dataclass(frozen=True)
class Picks:
    """Orders with created_at or paid_at in one of its spans; `also`: SQL that names further ones."""

    spans: Mapping[str, Spans]
    also: str = ""

    def __bool__(self) -> bool:
        return bool(self.also or any(self.spans.values()))

    def of(self, rows: Rows) -> str:
        """SQL: those rows, each once. A plain range comes first, since an OR would read every file."""
        parts, before = [], ""
        for column, spans in self.spans.items():
            if spans:
                inside = _inside(column, spans)
                low, high = min(low for low, _ in spans), max(high for _, high in spans)
                parts.append(f"SELECT * FROM ({rows(column, low, high)}) WHERE {inside}{before}")
                before += f" AND {inside} IS NOT TRUE"
        if self.also:
            parts.append(f"SELECT * FROM ({rows('', 0, 0)}) WHERE ({self.also}){before}")
        return " UNION ALL ".join(parts)


def stored(rows: str) -> Rows:
    """Rows of a table that has whole seconds; `rows` is SQL of all of them."""

    def between(column: str, low: int, high: int) -> str:
        limit = f"WHERE {column} >= {low} AND {column} < {high}" if column else ""
        return f"SELECT * FROM {rows} {limit}"

    return between


def _inside(column: str, spans: Spans) -> str:
    """SQL: the column lies in one of the spans [from, to); spans that meet are one."""
    joined: list[list[int]] = []
    for low, high in sorted(spans):
        if joined and low <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], high)
        else:
            joined.append([low, high])
    return "(" + " OR ".join(f"{column} >= {low} AND {column} < {high}" for low, high in joined) + ")"
