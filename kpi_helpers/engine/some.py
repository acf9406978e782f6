"""The tables of some buyers, to build them anew under other settings: every rule of the engine looks at one buyer."""

import duckdb
import pyarrow as pa

from kpi_helpers.engine.schema import schema

OF_BUYERS = ("messages", "orders", "ratings")


def tables(con: duckdb.DuckDBPyConnection, buyers: str) -> dict[str, pa.Table]:
    """Canonical tables of `buyers` (SQL of one column) from the raw views of `con`, with orders that have no buyer.

    Tables that speak of no buyer (agents, shifts, traffic, reminders, agent_daily) come whole.
    """
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE chosen_buyers AS SELECT DISTINCT buyer_id FROM ({buyers}) AS b(buyer_id)"
    )
    return {
        name: con.sql(f"SELECT {_columns(name)} FROM raw_{name} AS r {_where(name)}").to_arrow_table()
        for name in schema()
    }


def _columns(name: str) -> str:
    """Times as moments again, as stored tables have them."""
    times = [column for column, kind in schema()[name]["columns"].items() if kind.startswith("time")]
    listed = ", ".join(f"TO_TIMESTAMP({column}) AS {column}" for column in times)
    return f"* REPLACE ({listed})" if listed else "*"


def _where(name: str) -> str:
    mine = "buyer_id IN (FROM chosen_buyers)"
    if name in OF_BUYERS:
        return f"WHERE {mine} OR buyer_id IS NULL"
    if name in ("order_lines", "refunds"):
        return f"WHERE order_id IN (SELECT order_id FROM raw_orders WHERE {mine} OR buyer_id IS NULL)"
    return ""
