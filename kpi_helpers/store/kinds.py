"""From a cell to a value: SQL for each kind of column, for text cells and for cells that have a type
already."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa

HERE = Path(__file__).parent
READS_AS = {
    "text": "text",
    "id": "an id",
    "label": "text",
    "time": "a time",
    "day": "a day",
    "money": "an amount",
    "integer": "a whole number",
    "number": "a number",
    "rate": "a rate",
    "duration": "a duration",
    "flag": "yes or no",
}
NUMERIC = ("money", "integer", "number", "rate", "duration")
TO_SQL = {
    "money": "DECIMAL(18,4)",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "rate": "DOUBLE",
    "duration": "DOUBLE",
    "time": "TIMESTAMPTZ",
    "day": "DATE",
    "flag": "BOOLEAN",
    "text": "VARCHAR",
    "id": "VARCHAR",
    "label": "VARCHAR",
}


@dataclass(frozen=True)
class Reading:
    """SQL of one cell: its value, whether it is unreadable, whether it says 'not settled yet', and its
    text."""

    value: str
    bad: str
    late: str
    text: str


@cache
def words() -> dict[str, list[str]]:
    """The word lists of words.toml."""
    return tomllib.loads((HERE / "words.toml").read_text(encoding="utf-8"))


def quoted(text: str) -> str:
    """`text` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def name(column: str) -> str:
    """`column` as an SQL identifier."""
    return '"' + column.replace('"', '""') + '"'


def among(sql: str, kind: str) -> str:
    """SQL: is the text one of the words called `kind`?"""
    return f"coalesce(lower({sql}) IN ({', '.join(map(quoted, words()[kind]))}), false)"


def connect() -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that knows the kinds' macros and thinks in UTC."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute((HERE / "kinds.sql").read_text(encoding="utf-8"))
    return con


def _typed(kind: str, column: str, form: pa.DataType, zone: str) -> str | None:
    """SQL for cells that already have a type (Parquet, data frames); None: go by their text."""
    if pa.types.is_timestamp(form) and kind in ("time", "day"):
        moment = column if form.tz else f"timezone({zone}, {column}::TIMESTAMP)"
        if kind == "time":
            return f"k_moment({moment}::TIMESTAMPTZ)"
        return f"timezone({zone}, {moment}::TIMESTAMPTZ)::DATE"
    if pa.types.is_date(form) and kind in ("time", "day"):
        return f"timezone({zone}, {column}::TIMESTAMP)" if kind == "time" else f"{column}::DATE"
    if pa.types.is_boolean(form) and kind == "flag":
        return column
    return None


def _as_text(column: str, form: pa.DataType) -> str:
    """A cell as the text a person would see: whole numbers without '.0'."""
    if pa.types.is_floating(form):
        whole = f"WHEN {column} = floor({column}) AND abs({column}) < 1e15 THEN {column}::BIGINT::VARCHAR"
        return f"CASE {whole} WHEN NOT isnan({column}) THEN {column}::VARCHAR END"
    is_text = pa.types.is_string(form) or pa.types.is_large_string(form) or pa.types.is_string_view(form)
    return column if is_text else f"{column}::VARCHAR"


def reading(kind: str, column: str, form: pa.DataType, zone: str, scale: float = 1) -> Reading:
    """The SQL that reads `column` (of Arrow type `form`) as `kind`; `zone` is SQL for the shop's time zone.

    `scale` turns the column's unit into the kit's: 60 for minutes, 100 for rates printed as 99.7.
    """
    cell = name(column)
    typed = _typed(kind, cell, form, zone)
    if typed:
        return Reading(typed, "false", "false", f"{cell}::VARCHAR")
    return _from_text(kind, _as_text(cell, form), zone, scale)


def _from_text(kind: str, text: str, zone: str, scale: float) -> Reading:
    if kind == "text":
        return Reading(f"nullif({text}, '')", "false", "false", text)
    if kind == "id":
        return Reading(f"k_id({text})", f"coalesce(k_lost({text}), false)", "false", text)
    trimmed = f"k_trim({text})"
    if kind == "label":
        return Reading(trimmed, "false", "false", text)
    value = _value(kind, trimmed, zone, scale)
    late = among(trimmed, "unsettled") if kind in NUMERIC else "false"
    known = f"{trimmed} IS NULL OR {among(trimmed, 'missing')} OR {late}"
    if kind == "time":
        known += f" OR k_never(k_zoned({trimmed}, {zone}))"
    return Reading(value, f"({value}) IS NULL AND NOT ({known})", late, text)


def _value(kind: str, trimmed: str, zone: str, scale: float) -> str:
    if kind in ("time", "day"):
        return f"k_{kind}({trimmed}, {zone})"
    if kind in ("rate", "duration"):
        return f"k_{kind}({trimmed}, {scale}::DOUBLE)"
    if kind == "flag":
        return f"CASE WHEN {among(trimmed, 'yes')} THEN true WHEN {among(trimmed, 'no')} THEN false END"
    factor = "" if scale == 1 else f" * {scale}"
    return f"k_{kind}({trimmed}){factor}"
