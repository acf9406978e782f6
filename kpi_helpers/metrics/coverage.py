"""Which days each table covers, and what that makes available, settled or provisional (sections 2 and 3)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import duckdb

from kpi_helpers.engine.schema import schema
from kpi_helpers.metrics.registry import Fact, Metric, facts
from kpi_helpers.settings import Settings

Span = tuple[int, int]  # first and last day number, both covered

# Columns an export may lack altogether, and facts that are then not available. Where the exports' columns are not
# known (tables given directly), one that no row ever filled is taken to be lacking.
OPTIONAL = [
    ("refunds", "completed_at"), ("refunds", "platform_intervened"), ("refunds", "closed_by"),
    ("traffic", "cart_buyers"),
]  # fmt: skip
# Rare events: where their table exists, days without one are quiet days, as far as the table they hang on reaches.
HANGS_ON = {"refunds": "orders", "ratings": "messages"}


@dataclass(frozen=True)
class Coverage:
    """Per table the first and last business day it speaks of; per day range, what is known."""

    spans: dict[str, Span]
    buyerless: dict[str, frozenset[int]]  # per unit table, the days an order without a buyer touches
    itemless: frozenset[int]  # days an order without an item count was sold
    missing_columns: frozenset[str]  # "table.column" that no export had

    def as_json(self) -> dict:
        """The same in lists and dicts."""
        days = {table: sorted(found) for table, found in self.buyerless.items()}
        lists = {"itemless": sorted(self.itemless), "missing_columns": sorted(self.missing_columns)}
        return {"spans": self.spans, "buyerless": days, **lists}

    @classmethod
    def from_json(cls, found: dict) -> "Coverage":
        """A Coverage from what `as_json` gave."""
        spans = {table: tuple(span) for table, span in found["spans"].items()}
        days = {table: frozenset(listed) for table, listed in found["buyerless"].items()}
        return cls(spans, days, frozenset(found["itemless"]), frozenset(found["missing_columns"]))

    def span(self, table: str) -> Span | None:
        """Days within which an empty count of this table is 0."""
        own, host = self.spans.get(table), self.spans.get(HANGS_ON.get(table, ""))
        if own and host:
            return min(own[0], host[0]), max(own[1], host[1])
        return own

    def overlap(self, fact: Fact) -> Span | None:
        """Days on which every table the fact needs is there."""
        spans = [self.span(table) for table in fact.needs]
        if not spans or None in spans:
            return None
        first, last = max(s[0] for s in spans), min(s[1] for s in spans)
        return (first, last) if first <= last else None

    def begins(self, metric: Metric) -> int | None:
        """The first day a metric can be counted on, from raw tables or a vendor's; None where there is none."""
        raw = [self.overlap(facts()[part]) for part in metric.facts]
        starts = [] if None in raw else [max(span[0] for span in raw)]
        if "agent_daily" in self.spans:
            starts.append(self.spans["agent_daily"][0])
        return min(starts, default=None)

    def raw_days(self, facts: list[Fact], start: int, end: int, by_agent: bool = False) -> Span | None:
        """Days on which facts are counted on raw tables, asked over [start, end); None where one of them cannot be."""
        spans = [self.span(fact.needs[0]) if fact.needs else None for fact in facts]
        if None in spans:
            return None
        first, last = min(span[0] for span in spans), max(span[1] for span in spans)
        for fact in facts:
            named = by_agent and fact.over != "shop"
            if self.why_not(fact, first, last + 1, named) or self.gap_in(fact, start, end):
                return None
        return first, last

    def why_not(self, fact: Fact, start: int, end: int, by_agent: bool = False) -> str:
        """Why a fact is not available over [start, end); empty when it is."""
        absent = [table for table in fact.tables(by_agent) if table not in self.spans]
        if not fact.rows or absent:
            return f"no {' and '.join(absent) or 'daily report with it'}"
        if lacking := fact.columns & self.missing_columns:
            return f"{min(lacking)} is not in the export"
        first, last = self.span(fact.needs[0])
        if end <= first or start - max(fact.window_days - 1, 0) > last:
            return f"{fact.needs[0]} do not cover these days"
        return ""

    def gap_in(self, fact: Fact, start: int, end: int) -> str:
        """What keeps a fact from being counted in a whole range: orders without a buyer or item count (section 7)."""
        if fact.buyers and any(start <= day < end for day in self.buyerless[fact.rows]):
            return "orders without a buyer"
        if fact.name == "items" and any(start <= day < end for day in self.itemless):
            return "orders without an item count"
        return ""

    def data_until(self, fact: Fact, by_agent: bool = False) -> int | None:
        """The last day every needed table covers by rows of its own."""
        spans = [self.spans.get(table) for table in fact.tables(by_agent)]
        return None if not spans or None in spans else min(span[1] for span in spans)

    def mature_until(self, fact: Fact, settings: Settings, by_agent: bool = False) -> int | None:
        """The first day whose window is still open; None where no raw table says."""
        until = self.data_until(fact, by_agent)
        return None if until is None else until - fact.settle_days(settings) + 1

    def settled(self, fact: Fact, last_day: int, settings: Settings, by_agent: bool = False) -> bool:
        """Whether the window of a fact booked on `last_day` is closed at data-until."""
        until = self.data_until(fact, by_agent)
        return until is not None and last_day + fact.settle_days(settings) <= until


def read(con: duckdb.DuckDBPyConnection, given: Mapping[str, Collection[str]] | None = None) -> Coverage:
    """Coverage of the shop whose tables are open. `given`: the columns any export of a table ever had."""
    spans = {name: span for name in schema() if (span := _span(con, name))}
    if "orders" in spans and "refunds" not in spans and _rows(con, "refunds"):
        spans["refunds"] = spans["orders"]  # an export that tells what went back, not when
    known = given or {}
    empty = {f"{table}.{column}" for table, column in OPTIONAL if table not in known and _never(con, table, column)}
    return Coverage(spans, _buyerless(con), _itemless(con), frozenset(empty | _not_given(known)))


def _not_given(given: Mapping[str, Collection[str]]) -> set[str]:
    """Columns some fact rests on that no export had; one that was there and empty is known to be empty."""
    wanted = [column.split(".") for fact in facts().values() for column in fact.columns]
    return {f"{table}.{column}" for table, column in wanted if column not in given.get(table, [column])}


def _span(con: duckdb.DuckDBPyConnection, name: str) -> Span | None:
    columns = schema()[name]["time"]
    kinds = schema()[name]["columns"]
    lows = [_day(f"MIN({column})", kinds[column]) for column in columns]
    highs = [_day(f"MAX({column})", kinds[column]) for column in columns]
    if not columns:
        return None
    low, high = con.execute(f"SELECT LEAST({', '.join(lows)}), GREATEST({', '.join(highs)}) FROM raw_{name}").fetchone()
    return None if low is None else (low, high)


def _day(end: str, kind: str) -> str:
    return f"CAST({end} - DATE '1970-01-01' AS INT)" if kind.startswith("day") else f"day_of({end})"


def _rows(con: duckdb.DuckDBPyConnection, name: str) -> int:
    return con.execute(f"SELECT COUNT(*) FROM raw_{name}").fetchone()[0]


def _never(con: duckdb.DuckDBPyConnection, table: str, column: str) -> bool:
    return con.execute(f"SELECT COUNT({column}) = 0 FROM raw_{table}").fetchone()[0]


def _buyerless(con: duckdb.DuckDBPyConnection) -> dict[str, frozenset[int]]:
    """Days on which buyers cannot be counted: an order without one was sold, placed, or either of the two."""
    rows = con.execute("SELECT created_day, paid_day, booked_day FROM orders WHERE buyer_id IS NULL").fetchall()
    created, paid, sold = (frozenset(row[i] for row in rows if row[i] is not None) for i in range(3))
    return {"chats": created | paid, "placed": created, "sold": sold, "assists": sold}


def _itemless(con: duckdb.DuckDBPyConnection) -> frozenset[int]:
    rows = con.execute(
        "SELECT DISTINCT booked_day FROM orders WHERE booked_at IS NOT NULL AND items IS NULL"
    ).fetchall()
    return frozenset(row[0] for row in rows)
