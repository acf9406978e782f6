"""Another attribution rule over stored orders: who secured each event is stored, only the choice changes."""

import duckdb

from kpi_helpers import facts
from kpi_helpers.settings import Settings

CHOSEN = ("booked_at", "booked_day", "paid_in_time", "owner", "owner_step")  # columns the rule decides
CHOICE = "booked AS ("  # where facts/orders.sql begins to choose
# Everybody who could have had the order: its owner under the stored rule, and those who were not.
CANDIDATES = """
    SELECT order_id, agent_id FROM stored_assists
    UNION
    SELECT order_id, owner FROM stored_orders WHERE owner <> '(silent)'
"""


def under_rule(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Let the views `orders`, `assists` and what rests on them follow `settings.attribution_rule`."""
    for name in ("orders", "assists"):
        con.execute(f"ALTER VIEW {name} RENAME TO stored_{name}")
    text = facts.render("orders", settings)
    kept = f"SELECT * EXCLUDE ({', '.join(CHOSEN)}) FROM stored_orders"
    con.execute(f"CREATE VIEW orders AS WITH joined AS ({kept}), {text[text.index(CHOICE) :]}")
    con.execute(f"CREATE VIEW candidates AS {CANDIDATES}")
    for name in ("assists", *facts.VIEWS):
        con.execute(f"CREATE OR REPLACE VIEW {name} AS {facts.render(name, settings)}")
