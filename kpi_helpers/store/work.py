"""What the steps of a conversion share: the raw columns, the plan, one DuckDB connection, and the notes
taken."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from kpi_helpers.store import kinds
from kpi_helpers.store.kinds import quoted
from kpi_helpers.store.plan import Field, Plan

BLANKS = " \t\n\v\f\r\xa0\u3000\ufeff\u200b"  # of every width; line ends, BOM and zero-width characters
FILE = "row >> 32"  # SQL: which of the files converted together a row is from


def together(raws: list[pa.Table], plan: Plan) -> pa.Table:
    """All rows in one table, as `Work` needs them. Empties `raws`, so that no column is there twice for long."""
    if len(raws) > 1:
        numbers = [pc.add(raw["row"], at << 32) for at, raw in enumerate(raws)]
        numbered = [raw.drop_columns(["row"]).append_column("row", n) for raw, n in zip(raws, numbers, strict=True)]
        raws[:] = [pa.concat_tables(numbered).combine_chunks()]  # in one piece: many small ones are slow to read
    columns = dict(zip(raws[0].column_names, raws[0].columns, strict=True))
    raws.clear()
    for at in {at for f in plan.fields if f.kind == "text" for at, _ in f.sources}:
        columns[f"x{at}"] = columns[f"c{at}"]
    for name in [name for name, column in columns.items() if name[0] == "c" and kinds.is_text(column.type)]:
        columns[name] = pc.utf8_trim(columns[name].cast(pa.string()), BLANKS)
    return pa.table(columns)


@dataclass
class Work:
    """Files of one layout on their way, as relations in `con`: raw, typed (values), derived, aside, fit.

    `raw` holds the rows of `files` files, its texts trimmed (x<at>: those of c<at> as they stand, where they are texts
    of people); a row's number carries its file's in the upper half.
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
        """SQL of column c<at> as text, trimmed."""
        return kinds.as_text(f"c{at}", self.raw.schema.field(f"c{at}").type)

    def readings(self, f: Field, zone: str, scales: dict[int, float]) -> list[kinds.Reading]:
        """How the columns behind a field are read, best first."""
        forms = self.raw.schema
        letter = "x" if f.kind == "text" else "c"
        return [
            kinds.reading(f.kind, f"{letter}{at}", forms.field(f"c{at}").type, zone, scales.get(at, scale), f.format)
            for at, scale in f.sources
        ]

    def shop_sql(self) -> str:
        """SQL for the shop of rows that do not name theirs."""
        return f"{quoted(self.shop) if self.shop else 'NULL'}::VARCHAR"

    def zone_sql(self) -> str:
        """SQL for the time zone of a row's shop: a literal, or the column `zone` where shops differ."""
        if self.plan.zone:
            return quoted(self.plan.zone)
        if len(set(self.zones.values())) > 1:
            return "zone"
        return quoted(next(iter(self.zones.values()), None) or self.timezone_for(self.shop or ""))

    def _named(self) -> str:
        """SQL (over raw) for the shop a row names, else the shop given: for many zones, and where there are few."""
        own = next(f for f in self.plan.fields if f.name == "shop_id")
        texts = ", ".join(f"nullif(k_trim(k_bare({self.text(at)})), '')" for at, _ in own.sources)
        return f"coalesce({texts}, {self.shop_sql()})" if texts else self.shop_sql()

    @cached_property
    def zones(self) -> dict[str, str]:
        """The time zone of every shop that the rows name."""
        own = next((f for f in self.plan.fields if f.name == "shop_id"), None)
        if not own:
            return {}
        columns = ", ".join(f"c{at}" for at, _ in own.sources)
        source = f"(SELECT DISTINCT {columns} FROM raw)" if columns else "(SELECT 1)"
        shops = self.con.sql(f"SELECT DISTINCT {self._named()} FROM {source}").fetchall()
        return {shop: self.timezone_for(shop) for (shop,) in shops if shop}

    def zone_column(self) -> str:
        """SQL (over raw) for the column `zone`."""
        cases = " ".join(f"WHEN {quoted(s)} THEN {quoted(z)}" for s, z in self.zones.items())
        return f"CASE {self._named()} {cases} END" if cases else "NULL"
