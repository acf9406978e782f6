"""DuckDB runs the models: typed tables of one shop in, unit tables out (facts/*.sql)."""

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from kpi_helpers import facts
from kpi_helpers.engine.clock import Clock
from kpi_helpers.engine.people import People
from kpi_helpers.engine.schema import TYPES, schema
from kpi_helpers.settings import Settings

Source = list[str] | pa.Table
ROOM = 60 * 86_400  # windows around the data, in seconds
MACROS = {"day_of": Clock.day_of, "hour_of": Clock.hour_of, "day_start": Clock.day_start}


def connect(**more: str) -> duckdb.DuckDBPyConnection:
    """A private in-memory DuckDB that never asks the network for anything; `more` are settings of DuckDB's."""
    config = {"autoinstall_known_extensions": "false", "TimeZone": "UTC"}
    con = duckdb.connect(":memory:", config=config | more)
    con.execute("SET enable_progress_bar = false")  # in notebooks it is on, and would print into the page
    return con


def open_tables(
    con: duckdb.DuckDBPyConnection,
    tables: Mapping[str, Source],
    settings: Settings,
    reach: tuple[int, int] | None = None,
    sending: bool = True,
) -> People:
    """Views `raw_<table>` over one shop's stored tables (missing ones empty), with times as whole seconds (UTC).

    `reach`: first and last second any table speaks of, where they are known; all tables are asked otherwise.
    `sending`: whether messages may be read, to learn who sends; only stored unit tables are used otherwise.
    """
    for name in schema():
        con.execute(f"CREATE OR REPLACE VIEW raw_{name} AS {raw(con, name, tables.get(name))}")
    found = people(con)
    for name, rows in (("aliases", found.aliases()), ("teams", found.teams())):
        con.register("given_people", rows)
        con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM given_people")
        con.unregister("given_people")
    con.execute(f"CREATE OR REPLACE TABLE own_agents AS {_own_agents(found, settings, sending)}")
    low, high = reach or _reach(con)
    clock = Clock(settings.zone, settings.cut_seconds, low - ROOM, high + ROOM)
    for name, expression in MACROS.items():
        con.execute(f"CREATE OR REPLACE MACRO {name}(x) AS {expression(clock, 'x')}")
    return found


def people(con: duckdb.DuckDBPyConnection) -> People:
    """The agents table of an open shop."""
    found = con.execute("SELECT * FROM raw_agents ORDER BY row_order")
    names = [column[0] for column in found.description]
    return People([dict(zip(names, row, strict=True)) for row in found.fetchall()])


def build(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """All unit tables, from the raw views."""
    for model in facts.MODELS:
        con.execute(facts.create(model, settings))


def raw(con: duckdb.DuckDBPyConnection, name: str, source: Source | None, where: str = "TRUE") -> str:
    """The SELECT behind `raw_<name>`: every column of the table, times as whole seconds; `where` is about `stored`."""
    columns = {**schema()[name]["columns"], "row_order": "integer"}
    if source is None or (isinstance(source, list) and not source):
        return f"SELECT {', '.join(_empty(c, t) for c, t in columns.items())} WHERE FALSE"
    if isinstance(source, list):
        scan = read(source)
    else:
        con.register(f"given_{name}", source)
        scan = f"given_{name}"
    return f"SELECT {', '.join(_column(c, t) for c, t in columns.items())} FROM {scan} AS stored WHERE {where}"


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    """What a SELECT gives. As a view, since `con.sql` takes the text apart in Python, and it may name many files."""
    con.execute(f"CREATE OR REPLACE VIEW rows_asked AS {sql}")
    return con.sql("FROM rows_asked").to_arrow_table()


def read(paths: list[str]) -> str:
    """SQL: the rows of stored files, which all have the same columns."""
    return f"read_parquet([{', '.join(map(facts.quote, paths))}], hive_partitioning = false)"


def _column(name: str, kind: str) -> str:
    return f"CAST(EPOCH({name}) AS BIGINT) AS {name}" if kind.startswith("time") else name


def _empty(name: str, kind: str) -> str:
    kind = kind.rstrip("?")
    return f"CAST(NULL AS {'BIGINT' if kind == 'time' else TYPES[kind]}) AS {name}"


def _own_agents(people: People, settings: Settings, sending: bool) -> str:
    """Every account that is one of the shop's agents: listed, or seen sending. Nobody where no filter asks for them."""
    if not (sending and settings.reception_filters["own_accounts"]):
        return "SELECT CAST(NULL AS VARCHAR) AS agent_id WHERE FALSE"
    listed = ", ".join("(" + facts.quote(agent) + ")" for agent in people.ids()) or "(NULL)"
    return (
        "SELECT DISTINCT agent_id FROM (SELECT agent_id FROM raw_messages UNION ALL "
        f"SELECT * FROM (VALUES {listed}) AS v(agent_id)) WHERE agent_id IS NOT NULL"
    )


def _reach(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """First and last second any table speaks of, with room for the windows around them."""
    spans = [
        f"SELECT MIN({column}) AS low, MAX({column}) AS high FROM raw_{name}"
        for name, table in schema().items()
        for column, kind in table["columns"].items()
        if kind.startswith("time")
    ]
    low, high = con.execute(f"SELECT MIN(low), MAX(high) FROM ({' UNION ALL '.join(spans)})").fetchone()
    return low or 0, high or 0
