"""The canonical tables (specification, section 1) as Python objects, read from tables.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyarrow as pa

from kpi_helpers.errors import unknown

ARROW = {
    "text": pa.string(),
    "time": pa.timestamp("us", tz="UTC"),
    "day": pa.date32(),
    "money": pa.decimal128(18, 4),
    "integer": pa.int64(),
    "number": pa.float64(),
    "flag": pa.bool_(),
}
SQL = {
    "text": "VARCHAR",
    "time": "TIMESTAMPTZ",
    "day": "DATE",
    "money": "DECIMAL(18,4)",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "flag": "BOOLEAN",
}
# Split by month on disk, so that a day's ingest rewrites one month and not years.
MONTHLY = {"messages": "sent_at", "orders": "created_at", "refunds": "applied_at"}


@dataclass(frozen=True)
class Table:
    """One canonical table: its columns with their types, its natural key and its time columns."""

    name: str
    label: dict[str, str]
    key: tuple[str, ...]
    time: tuple[str, ...]
    columns: dict[str, str]
    optional: frozenset[str]

    @property
    def common(self) -> bool:
        """True for tables without a shop (agents, shifts): every shop reads the same one."""
        return "shop_id" not in self.columns

    @property
    def month(self) -> str | None:
        """The column whose month splits the table on disk, or None."""
        return MONTHLY.get(self.name)

    @property
    def key_sql(self) -> list[str]:
        """The natural key as SQL expressions; messages without an id are keyed by all their columns."""
        if self.name != "messages":
            return list(self.key)
        rest = ", ".join(f"coalesce({c}::VARCHAR, chr(30))" for c in self.columns)
        return [*self.key, f"CASE WHEN message_id IS NULL THEN md5(concat_ws(chr(31), {rest})) END"]

    @property
    def arrow(self) -> pa.Schema:
        """The Arrow schema on disk: the canonical columns and `row_order`."""
        fields = [pa.field(name, ARROW[kind]) for name, kind in self.columns.items()]
        return pa.schema([*fields, pa.field("row_order", pa.int64())])


def _table(name: str, entry: dict) -> Table:
    kinds = {column: kind.rstrip("?") for column, kind in entry["columns"].items()}
    optional = frozenset(column for column, kind in entry["columns"].items() if kind.endswith("?"))
    return Table(name, entry["label"], tuple(entry["key"]), tuple(entry["time"]), kinds, optional)


@cache
def tables() -> dict[str, Table]:
    """Every canonical table by name, in the order of the specification."""
    text = Path(__file__).with_name("tables.toml").read_text(encoding="utf-8")
    return {name: _table(name, entry) for name, entry in tomllib.loads(text).items()}


def table(name: str) -> Table:
    """The canonical table called `name`; raises KpiError for a name that is none."""
    if name not in tables():
        raise unknown("table", name, list(tables()))
    return tables()[name]
