"""The tables of some buyers, to build them anew under other settings: every rule of the engine looks at one buyer."""

import duckdb
import pyarrow as pa

from kpi_helpers.engine.schema import schema

OF_BUYERS = ("messages", "orders", "ratings")
MEANT = ("IN (FROM chosen_buyers)", "IS NULL")


def tables(con: duckdb.DuckDBPyConnection, buyers: str, messages: str) -> dict[str, pa.Table]:
    """Canonical tables of `buyers` (SQL of one column) from the raw views of `con`, with orders that have no buyer.

    `messages`: SQL of the messages to take theirs from. Tables that speak of no buyer (agents, shifts, traffic,
    reminders, agent_daily) come whole.
    """
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE chosen_buyers AS SELECT DISTINCT buyer_id FROM ({buyers}) AS b(buyer_id)"
    )
    return {
        name: con.sql(_rows(name, messages if name == "messages" else f"FROM raw_{name}")).to_arrow_table()
        for name in schema()
    }


def _columns(name: str) -> str:
    """Times as moments again, as stored tables have them."""
    times = [column for column, kind in schema()[name]["columns"].items() if kind.startswith("time")]
    listed = ", ".join(f"TO_TIMESTAMP({column}) AS {column}" for column in times)
    return f"* REPLACE ({listed})" if listed else "*"


def _rows(name: str, source: str) -> str:
    """SQL of a table's rows; the two kinds of buyers apart, so that each is looked for without reading the rest."""
    found = f"SELECT {_columns(name)} FROM ({source}) AS r"
    if name in OF_BUYERS:
        return " UNION ALL ".join(f"{found} WHERE buyer_id {which}" for which in MEANT)
    if name in ("order_lines", "refunds"):
        orders = " UNION ALL ".join(f"SELECT order_id FROM raw_orders WHERE buyer_id {which}" for which in MEANT)
        return f"{found} WHERE order_id IN ({orders})"
    return found
