"""`kpi.sql`: own questions over the shop's tables and what was counted from them, read-only.

Times are the shop's wall clock, days are dates. A question may read the documented tables and the frames it is given,
and nothing else: no view below them (there buyers have their names), no file, no network, no change.
"""

import json
import re
import tomllib
from collections.abc import Collection, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

import duckdb
import pandas as pd

from kpi_helpers.desk import Desk, open_desk
from kpi_helpers.engine.nearby import where
from kpi_helpers.errors import KpiError, unknown
from kpi_helpers.facts import quote

NO_FILES = "kpi.sql reads no files; read the file with pandas and give it: kpi.sql(query, mine=frame)"
MASK = "LEFT(buyer_id, 1) || '** ' || UPPER(LEFT(MD5(buyer_id), 8))"
NO_TABLE = re.compile(r"Table with name (\S+) does not exist")
NO_COLUMN = re.compile(r'Referenced column "([^"]+)" not found|does not have a column named "([^"]+)"')
ROWS_FROM = ("range", "generate_series", "unnest")  # functions that may stand where a table does
NO_FUNCTION = re.compile(r"Function with name (\S+) does not exist")


@cache
def documented() -> dict[str, dict[str, dict]]:
    """Table -> {zh, en, from, columns: {name: {zh, en}}}: everything a question may name."""
    found = tomllib.loads(files(__package__).joinpath("tables.toml").read_text("utf-8"))
    means = found["columns"]
    told = {
        name: {c: means.get(f"{name}.{c}") or means[c] for c in t["columns"]} for name, t in found["tables"].items()
    }
    return {name: {**entry, "columns": told[name]} for name, entry in found["tables"].items()}


def tables(name: str = "", lang: str = "zh") -> pd.DataFrame:
    """The tables `kpi.sql` knows, or the columns of one, with what they mean. Raises KpiError for another name."""
    known = documented()
    if name and name not in known:
        raise unknown("table", name, list(known))
    listed = known[name]["columns"] if name else known
    means = "含义" if lang == "zh" else "means"
    return pd.DataFrame([(key, entry[lang]) for key, entry in listed.items()], columns=["name", means])


def sql(
    query: str, desk: Desk | str = "", data_dir: str | Path = "", *, unmask: bool = False, **frames: pd.DataFrame
) -> pd.DataFrame:
    """The answer to one SELECT (DuckDB's SQL) as a frame; `kpi.tables()` lists what there is to ask.

    `desk`: a desk, or a shop's name (empty: the only shop). Buyers are masked, alike in every table, unless `unmask`
    or the setting mask_buyers is off. `frames` are tables of your own, by name. Raises KpiError for anything
    but one SELECT, for names nobody knows, and for files.
    """
    con = _opened(desk, data_dir, unmask)
    for name, frame in frames.items():
        con.register(name, frame)
    _lock(con)
    try:
        _check_sources(con, query, {*documented(), *frames})
        return con.execute(_one_select(con, query)).df()
    except duckdb.Error as error:
        raise _sentence(str(error), list(frames)) from None
    finally:
        con.close()


def _opened(desk: Desk | str, data_dir: str | Path, unmask: bool) -> duckdb.DuckDBPyConnection:
    """A connection of its own with the documented views, that reads the store and nothing else."""
    if isinstance(desk, Desk):
        if not desk.home:
            raise KpiError("kpi.sql asks a store; open the shop with open_desk first")
        fresh = open_desk(desk.shop, desk.home, desk.settings.attribution_rule)
    else:
        fresh = open_desk(desk, data_dir)
    con = fresh.con
    con.execute("CREATE SCHEMA asked")
    for name, entry in documented().items():
        types = dict(con.execute(f"SELECT column_name, column_type FROM (DESCRIBE {entry['from']})").fetchall())
        masked = fresh.settings.mask_buyers and not unmask
        columns = ", ".join(_column(c, types[c], fresh, masked) for c in entry["columns"])
        con.execute(f"CREATE VIEW asked.{name} AS SELECT {columns} FROM {where(con)}.{entry['from']}")
    con.execute("SET search_path = 'asked'")
    con.execute(f"SET allowed_directories = [{quote(str(Path(fresh.home).absolute() / 'store'))}]")
    return con


def _column(name: str, kind: str, desk: Desk, masked: bool) -> str:
    """A column as people read it: the shop's clock, dates, masked buyers."""
    if name.endswith("_at") and kind == "BIGINT":
        return f"TIMEZONE({quote(desk.settings.timezone)}, TO_TIMESTAMP({name})) AS {name}"
    if name == "day" and kind == "INTEGER":
        return "DATE '1970-01-01' + day AS day"
    if name == "buyer_id" and masked:
        return f"{MASK} AS buyer_id"
    return f'"{name}"'


def _lock(con: duckdb.DuckDBPyConnection) -> None:
    for setting in (
        "enable_external_access = false",
        "python_enable_replacements = false",
        "lock_configuration = true",
    ):
        con.execute(f"SET {setting}")


def _one_select(con: duckdb.DuckDBPyConnection, query: str) -> duckdb.Statement:
    found = con.extract_statements(query)
    if len(found) != 1 or found[0].type != duckdb.StatementType.SELECT:
        raise KpiError("kpi.sql answers one SELECT; it changes nothing and runs no other statement")
    return found[0]


def _check_sources(con: duckdb.DuckDBPyConnection, query: str, known: Collection[str]) -> None:
    """Raises KpiError for rows from anywhere but the tables known, in any part of the question."""
    (text,) = con.execute("SELECT JSON_SERIALIZE_SQL(?::VARCHAR)", [query]).fetchone()
    parts = list(_parts(json.loads(text)))
    own = {entry["key"].lower() for part in parts for entry in (part.get("cte_map") or {}).get("map", [])}
    for part in parts:
        if part.get("type") == "TABLE_FUNCTION" and part["function"]["function_name"] not in ROWS_FROM:
            raise KpiError(NO_FILES)
        if part.get("type") == "BASE_TABLE":
            _check_table(part, own, known)


def _check_table(part: dict, own: set[str], known: Collection[str]) -> None:
    name = part["table_name"]
    if part["schema_name"] or part["catalog_name"]:
        written = ".".join(filter(None, (part["catalog_name"], part["schema_name"], name)))
        raise KpiError(f"kpi.sql knows its tables by their names alone; write {name}, not {written}")
    if "/" in name or "." in name:
        raise KpiError(NO_FILES)
    if name.lower() not in own | {table.lower() for table in known}:
        raise unknown("table", name, sorted(known))


def _parts(tree: object) -> Iterator[dict]:
    """Every object of a parsed question."""
    if isinstance(tree, dict):
        yield tree
    for inner in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _parts(inner)


def _sentence(said: str, frames: list[str]) -> KpiError:
    """DuckDB's words as a sentence, with the nearest names that exist."""
    first = said.strip().splitlines()[0]
    if missing := NO_TABLE.search(said):
        return unknown("table", missing[1], [*documented(), *frames])
    if missing := NO_COLUMN.search(said):
        return unknown(
            "column", missing[1] or missing[2], sorted({c for t in documented().values() for c in t["columns"]})
        )
    if missing := NO_FUNCTION.search(said):
        return KpiError(f"DuckDB has no function {missing[1]!r}; correct the SQL")
    if "disabled by configuration" in said:
        return KpiError(NO_FILES)
    return KpiError(f"the question cannot be answered ({first}); correct the SQL")
