"""From a cell to a value: SQL for each kind of column, for text cells and for cells that have a type
already."""

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

HERE = Path(__file__).parent
READS_AS = {
    "text": "text",
    "id": "an id",
    "label": "text",
    "word": "text",
    "account": "an account",
    "time": "a time",
    "day": "a day",
    "money": "a sum of money",
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
    "word": "VARCHAR",
    "account": "VARCHAR",
}
PLAIN = {"label": "{h}", "word": "k_word({h})"}  # any text will do


@dataclass(frozen=True)
class Reading:
    """SQL of one cell in steps, each over the columns of those before, so that nothing is worked out twice.

    text: of the raw column; half: of {t}, the text; value: of {h}, its half-width form; final: of {v}, the value;
    bad and late (is the cell unreadable, does it say 'not settled yet'): of {h} and {v}.
    """

    text: str
    value: str
    half: str = "{t}"
    final: str = "{v}"
    bad: str = "false"
    late: str = "false"


@cache
def words() -> dict[str, list[str]]:
    """The word lists of words.toml."""
    return tomllib.loads((HERE / "words.toml").read_text(encoding="utf-8"))


def quoted(text: str) -> str:
    """`text` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def among(sql: str, kind: str) -> str:
    """SQL: is the text one of the words called `kind`?"""
    # a pattern, because IN with many words is a join, made for every cell
    pattern = "|".join(map(re.escape, words()[kind]))
    return f"coalesce(regexp_full_match({sql}, {quoted(pattern)}, 'i'), false)"


def connect() -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that knows the kinds' macros and thinks in UTC."""
    con = duckdb.connect()
    con.execute("SET GLOBAL TimeZone = 'UTC'")  # of every cursor too
    con.execute((HERE / "kinds.sql").read_text(encoding="utf-8"))
    return con


def _typed(kind: str, column: str, form: pa.DataType, zone: str) -> str | None:
    """SQL for cells that already have a type (Parquet, data frames); None: go by their text."""
    if pa.types.is_timestamp(form) and kind in ("time", "day"):
        return _moment(kind, column, form.tz, zone)
    if pa.types.is_date(form) and kind in ("time", "day"):
        return f"timezone({zone}, {column}::TIMESTAMP)" if kind == "time" else f"{column}::DATE"
    if pa.types.is_boolean(form) and kind == "flag":
        return column
    return None


def _moment(kind: str, column: str, zoned: str | None, zone: str) -> str:
    moment = f"{column}::TIMESTAMPTZ" if zoned else f"k_local({column}::TIMESTAMP, {zone})"
    if kind == "time":
        return f"date_trunc('second', {moment})"
    return f"timezone({zone}, {moment})::DATE"


def is_text(form: pa.DataType) -> bool:
    """Is it a type of texts?"""
    return pa.types.is_string(form) or pa.types.is_large_string(form) or pa.types.is_string_view(form)


def as_text(column: str, form: pa.DataType) -> str:
    """SQL of a cell as the text a person would see: whole numbers without '.0'."""
    if pa.types.is_floating(form):
        whole = f"WHEN {column} = floor({column}) AND abs({column}) < 1e15 THEN {column}::BIGINT::VARCHAR"
        return f"CASE {whole} WHEN NOT isnan({column}) THEN {column}::VARCHAR END"
    return column if is_text(form) else f"{column}::VARCHAR"


def reading(kind: str, column: str, form: pa.DataType, zone: str, scale: float = 1, written: str = "") -> Reading:
    """How `column` (of Arrow type `form`, its texts trimmed) is read as `kind`; `zone` is SQL for the shop's time zone.

    `scale` turns the column's unit into the kit's: 60 for minutes, 0.001 for milliseconds since 1970, 100 for
    rates printed as 99.7. `written`: the format of times where the year does not come first, or `epoch`.
    """
    typed = _typed(kind, column, form, zone)
    if typed and kind == "flag":
        return Reading("NULL", typed)
    if typed:
        return Reading("NULL", typed, final=FINAL[kind], bad=f"coalesce({UNFIT[kind]}, false)")
    text = as_text(column, form)
    if kind == "text":
        return Reading(text, "nullif({h}, '')")
    if kind in PLAIN:
        return Reading(f"nullif({text}, '')", PLAIN[kind])
    if kind in ("id", "account"):
        value = "CASE WHEN {h} = {t} THEN {t} ELSE k_trim({h}) END"
        final = "{v}" if kind == "id" else "k_account({v})"
        return Reading(f"nullif({text}, '')", value, "k_bare({t})", final, "coalesce(k_lost({v}), false)")
    there = f"nullif({text}, '')" if written != "epoch" else f"nullif(nullif({text}, ''), '0')"  # 0 stands for never
    return _parsed(kind, there, zone, scale, written)


# What may still be wrong with a value that was read: then the cell is unreadable, or means "never".
UNFIT = {"number": "NOT isfinite({v})", "rate": "NOT isfinite({v})", "duration": "NOT isfinite({v})"}
UNFIT |= {"integer": "{v} <> floor({v})", "time": "k_far({v})", "day": "k_far({v})"}
FINAL = {kind: f"CASE WHEN NOT ({unfit}) THEN {{v}}::{TO_SQL[kind]} END" for kind, unfit in UNFIT.items()}
FINAL |= {"time": "k_ever({v})", "day": "k_ever({v})"}


def _parsed(kind: str, text: str, zone: str, scale: float, written: str) -> Reading:
    """Numbers, times and flags: cells that can be missing, unreadable or not settled."""
    late = among("{h}", "unsettled") if kind in NUMERIC else "false"
    unfit = UNFIT.get(kind, "false")
    lost = f"{{h}} IS NOT NULL AND ({{v}} IS NULL OR {unfit})"
    return Reading(
        text=text,
        half="k_half({t})",
        value=_value(kind, zone, scale, written),
        final=FINAL.get(kind, "{v}"),
        bad=f"CASE WHEN {lost} THEN NOT ({among('{h}', 'missing')} OR {late}) ELSE false END",
        late=f"CASE WHEN {{h}} IS NOT NULL AND {{v}} IS NULL THEN {late} ELSE false END",
    )


@cache
def _ahead(zone: str) -> int | None:
    """Microseconds that clocks in a zone (SQL) are ahead of UTC, always since 1992; None where that is not one number.

    China's last summer time was in 1991. Looking a zone's rules up for every cell takes longer than reading the cell.
    """
    if not zone.startswith("'"):
        return None
    days = (datetime(1992, 1, 1, tzinfo=ZoneInfo(zone.strip("'"))) + timedelta(days=n) for n in range(0, 50_000, 25))
    ahead = {day.utcoffset().total_seconds() for day in days}
    return int(ahead.pop() * 1e6) if len(ahead) == 1 else None


def _value(kind: str, zone: str, scale: float, written: str) -> str:
    if kind in ("time", "day") and written == "epoch":
        return f"coalesce(k_{kind}_since({{h}}, {zone}, {scale}::DOUBLE), k_{kind}({{h}}, {zone}))"
    if kind in ("time", "day") and written:
        return f"coalesce(k_{kind}_as({{h}}, {zone}, {quoted(written)}), k_{kind}({{h}}, {zone}))"
    if kind == "time" and (ahead := _ahead(zone)) is not None:
        return f"k_time_ahead({{h}}, {zone}, {ahead})"
    if kind in ("time", "day"):
        return f"k_{kind}({{h}}, {zone})"
    if kind in ("rate", "duration"):
        return f"k_{kind}({{h}}, {scale}::DOUBLE)"
    if kind == "flag":
        return f"CASE WHEN {among('{h}', 'yes')} THEN true WHEN {among('{h}', 'no')} THEN false END"
    number = "k_money" if kind in ("money", "integer") else "k_number"
    return f"{number}({{h}})" + ("" if scale == 1 else f" * {scale}")
