"""What the steps of a conversion share: the raw columns, the plan, one DuckDB connection, and the notes
taken."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from kpi_helpers.store import kinds
from kpi_helpers.store.kinds import quoted
from kpi_helpers.store.plan import Field, Plan

FILE = "row >> 32"  # SQL: which of the files converted together a row is from


@dataclass
class Work:
    """Files of one layout on their way, as relations in `con`: raw, typed (values), derived, aside, fit.

    `raw` holds the rows of `files` files; a row's number carries its file's in the upper half.
    """

    raw: pa.Table | None
    files: int
    plan: Plan
    shop: str | None
    timezone_for: Callable[[str], str]
    con: duckdb.DuckDBPyConnection | None = None
    notes: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.con = self.con.cursor() if self.con else kinds.connect()
        self.con.register("raw", self.raw)
        for text in self.plan.notes:
            self.note(text)

    def drop_raw(self) -> None:
        """Let go of the cells once they are values."""
        self.con.unregister("raw")
        self.raw = None
        pa.default_memory_pool().release_unused()

    def note(self, text: str, file: int | None = None) -> None:
        """Remember a sentence about one file, or about all of them."""
        for at in range(self.files) if file is None else [file]:
            self.notes[at].append(text)

    def per_file(self, columns: list[str], source: str) -> list[tuple]:
        """(file, *aggregates) for every file with rows in `source`, files in order."""
        return self.con.sql(
            f"SELECT {FILE} AS file, {', '.join(columns)} FROM {source} GROUP BY 1 ORDER BY 1"
        ).fetchall()

    def one(self, sql: str) -> tuple:
        """The first row of a query."""
        return self.con.sql(sql).fetchall()[0]

    def text(self, at: int) -> str:
        """SQL of column c<at> as text, as found."""
        return kinds.as_text(f"c{at}", self.raw.schema.field(f"c{at}").type)

    def readings(self, f: Field, zone: str, scales: dict[int, float]) -> list[kinds.Reading]:
        """How the columns behind a field are read, best first."""
        forms = self.raw.schema
        return [
            kinds.reading(f.kind, f"c{at}", forms.field(f"c{at}").type, zone, scales.get(at, scale), f.format)
            for at, scale in f.sources
        ]

    def shop_sql(self) -> str:
        """SQL (over raw) for a row's shop: what the file says, else the shop given."""
        own = next((f for f in self.plan.fields if f.name == "shop_id"), None)
        given = quoted(self.shop) if self.shop else "NULL"
        if not own or not own.sources:
            return f"{given}::VARCHAR"
        return f"coalesce(k_id(k_trim({self.text(own.sources[0][0])})), {given})"

    def zone_sql(self) -> str:
        """SQL for the time zone of a row's shop: a literal, or the column `zone` where shops differ."""
        if self.plan.zone:
            return quoted(self.plan.zone)
        zones = self._zones()
        if len(set(zones.values())) > 1:
            return "zone"
        return quoted(next(iter(zones.values()), None) or self.timezone_for(self.shop or ""))

    def _zones(self) -> dict[str, str]:
        if not any(f.name == "shop_id" for f in self.plan.fields):
            return {}
        shops = self.con.sql(f"SELECT DISTINCT {self.shop_sql()} FROM raw").fetchall()
        return {shop: self.timezone_for(shop) for (shop,) in shops if shop}

    def zone_column(self) -> str:
        """SQL (over raw) for the column `zone`."""
        cases = " ".join(f"WHEN {quoted(s)} THEN {quoted(z)}" for s, z in self._zones().items())
        return f"CASE {self.shop_sql()} {cases} END" if cases else "NULL"
