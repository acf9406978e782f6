"""Orders that a changed row, or a changed session near them, can have touched, made again and stored where changed."""

import duckdb

from kpi_helpers.engine import stages
from kpi_helpers.engine.clock import DAY
from kpi_helpers.engine.history import Changes, Spans
from kpi_helpers.engine.picks import Picks, stored
from kpi_helpers.engine.redo_chats import differing
from kpi_helpers.engine.stages import Shop

ORDER_UNITS = ("orders", "assists")
# What the outcome of a chat depends on.
DECIDES = "order_id, buyer_id, created_at, paid_at, closed_at, created_agent"


def changed_orders(shop: Shop, known: Changes, sessions: Spans, next_row: int) -> tuple[set[int], int]:
    """Stores what changed. Returns the days of chats whose outcome it can change, and how many orders were looked at.

    `sessions`: seconds in which sessions changed; `next_row`: rows read since have at least this row_order.
    """
    picks = _picks(shop, known, sessions, next_row)
    if not picks:
        return set(), 0
    with shop.room() as con:
        con.execute(f"CREATE TABLE old_orders AS {picks.of(stored(shop.units.rows('orders')))}")
        for name, rows in stages.orders(shop, con, picks).items():
            con.register(f"fresh_{name}", rows)
            con.execute(f"CREATE TABLE {name} AS FROM fresh_{name}")
        days = _outcome_days(shop, con)
        _store(shop, con)
        return days, con.execute("SELECT COUNT(*) FROM picked").fetchall()[0][0]


def _picks(shop: Shop, known: Changes, sessions: Spans, next_row: int) -> Picks:
    """Which orders may be others now."""
    window = shop.settings.attribution_window_hours * 3600
    near = [(low, high + window + 1) for low, high in sessions]
    spans = {"created_at": known.of("orders", "created_at") + near, "paid_at": near}
    return Picks(spans, _with_lines(known, next_row))


def _with_lines(known: Changes, next_row: int) -> str:
    if "order_lines" not in known.spans:
        return ""
    if known.undone:
        return "TRUE"
    return f"order_id IN (SELECT order_id FROM raw_order_lines WHERE row_order >= {next_row})"


def _outcome_days(shop: Shop, con: duckdb.DuckDBPyConnection) -> set[int]:
    """Days of chats that have one of the changed orders, old or new, in their windows."""
    s = shop.settings
    parts = [f"(SELECT {DECIDES} FROM {name})" for name in ("orders", "old_orders")]
    con.execute(f"CREATE TABLE moved AS SELECT * FROM ({differing(*parts)})")
    first, last = con.execute(
        f"SELECT day_of(MIN(LEAST(created_at, paid_at))) - {max(s.inquiry_window_days, 1 + s.final_delay_days)}, "
        f"day_of(MAX(GREATEST(created_at, paid_at)) + {max(s.payment_life_days, s.after_sales_days) * DAY}) FROM moved"
    ).fetchone()
    rows = con.execute(
        f"""SELECT DISTINCT c.day FROM {shop.units.rows("served")} AS c INNER JOIN moved AS m ON c.buyer_id = m.buyer_id
        WHERE c.received AND c.day >= {first or 0} AND c.day <= {last or 0} AND (
            m.created_at >= c.first_buyer_at - {s.payment_life_days * DAY}
            AND m.created_at < day_start(c.day + {s.inquiry_window_days})
            OR m.paid_at >= c.first_buyer_at - {s.after_sales_days * DAY}
            AND m.paid_at < day_start(c.day + {1 + s.final_delay_days}))"""
    ).fetchall()
    return {row[0] for row in rows}


def _store(shop: Shop, con: duckdb.DuckDBPyConnection) -> None:
    """Of the orders made again, those that differ take the place of the stored ones."""
    ((first, last),) = con.execute("SELECT MIN(created_day), MAX(created_day) FROM old_orders").fetchall()
    con.execute(
        f"CREATE TABLE old_assists AS SELECT * FROM {shop.units.rows('assists')} "
        f"WHERE created_day >= {first or 0} AND created_day <= {last or 0} "
        "AND order_id IN (SELECT order_id FROM old_orders)"
    )
    both = " UNION ALL ".join(
        f"SELECT order_id, created_day FROM ({differing(name, f'old_{name}')})" for name in ORDER_UNITS
    )
    con.execute(f"CREATE TABLE stale AS SELECT DISTINCT order_id, created_day FROM ({both})")
    days = {row[0] for row in con.execute("SELECT DISTINCT created_day FROM stale").fetchall()}
    stale = "order_id IN (SELECT order_id FROM stale)"
    for name in ORDER_UNITS:
        con.execute(f"DELETE FROM {name} WHERE NOT {stale}")
        shop.units.put(con, name, days, stale)
