"""What the steps of a conversion share: the raw columns, the plan, one DuckDB connection, and the notes
taken."""

from collections.abc import Callable
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from kpi_helpers.store import kinds
from kpi_helpers.store.kinds import Reading, quoted
from kpi_helpers.store.plan import Field, Plan


@dataclass
class Work:
    """One file on its way. Tables in `con`: raw -> typed (values) -> judged (with `why` a row is set
    aside)."""

    raw: pa.Table
    plan: Plan
    shop: str | None
    timezone_for: Callable[[str], str]
    notes: list[str] = field(default_factory=list)
    con: duckdb.DuckDBPyConnection = field(default_factory=kinds.connect)

    def __post_init__(self) -> None:
        self.con.register("raw", self.raw)

    def one(self, sql: str) -> tuple:
        """The first row of a query."""
        return self.con.sql(sql).fetchall()[0]

    def cell(self, kind: str, at: int, zone: str = "'UTC'", scale: float = 1) -> Reading:
        """The SQL that reads column c<at> as `kind`."""
        return kinds.reading(kind, f"c{at}", self.raw.schema.field(f"c{at}").type, zone, scale)

    def value(self, f: Field, zone: str = "'UTC'", scales: dict[int, float] | None = None) -> Reading:
        """The SQL of a field: the first of its columns that has a value."""
        cells = [self.cell(f.kind, at, zone, (scales or {}).get(at, scale)) for at, scale in f.sources]
        if len(cells) == 1:
            return cells[0]
        value = f"coalesce({', '.join(c.value for c in cells)})" if cells else f"NULL::{kinds.TO_SQL[f.kind]}"
        bad, late = (
            " OR ".join(f"({getattr(c, part)})" for c in cells) or "false" for part in ("bad", "late")
        )
        return Reading(value, f"({value}) IS NULL AND ({bad})", f"({value}) IS NULL AND ({late})", "NULL")

    def shop_sql(self) -> str:
        """SQL for a row's shop: what the file says, else the shop given."""
        own = next((f for f in self.plan.fields if f.name == "shop_id"), None)
        given = quoted(self.shop) if self.shop else "NULL"
        return f"coalesce({self.value(own).value}, {given})" if own and own.sources else f"{given}::VARCHAR"

    def zone_sql(self) -> str:
        """SQL for the time zone of a row's shop."""
        if not any(f.name == "shop_id" for f in self.plan.fields):
            return quoted(self.timezone_for(self.shop or ""))
        shops = self.con.sql(f"SELECT DISTINCT {self.shop_sql()} FROM raw").fetchall()
        zones = {shop: self.timezone_for(shop) for (shop,) in shops if shop}
        if len(set(zones.values())) <= 1:
            return quoted(next(iter(zones.values()), self.timezone_for(self.shop or "")))
        cases = " ".join(f"WHEN {quoted(shop)} THEN {quoted(zone)}" for shop, zone in zones.items())
        return f"(CASE {self.shop_sql()} {cases} END)"
