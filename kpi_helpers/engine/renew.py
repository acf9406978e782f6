"""Which unit rows to make, stage by stage: all of them, or those a change in the store can have touched."""

from collections.abc import Iterable

from kpi_helpers import facts
from kpi_helpers.engine import duck, spark, stages
from kpi_helpers.engine.history import Changes
from kpi_helpers.engine.redo_chats import CHAT_UNITS, MESSAGES, changed_chats, keep_days
from kpi_helpers.engine.redo_orders import ORDER_UNITS, changed_orders
from kpi_helpers.engine.stages import Shop, among
from kpi_helpers.engine.units import DAY

# Rows of a part, so that it stays within its memory.
ORDERS, CHATS = 400_000, 1_500_000


def all_units(shop: Shop) -> dict:
    """Every unit table from every stored row."""
    _empty(shop)
    if shop.settings.engine == "spark":
        spark.all_units(shop)
        return {"all": True}
    con = shop.connect()
    for first, end in stages.parts(stages.counts(con, "messages", "sent_at"), MESSAGES):
        _all_chats(shop, first, end)
    for first, end in stages.parts(stages.counts(con, "orders", "created_at"), ORDERS):
        _all_orders(shop, first, end)
    sizes = con.execute(f"SELECT day, COUNT(*) FROM {shop.units.rows('served')} GROUP BY 1 ORDER BY 1").fetchall()
    for first, end in stages.parts(sizes, CHATS):
        _outcomes(shop, range(first, end))
    return {"all": True}


def _empty(shop: Shop) -> None:
    """Files without rows, so that a table nothing is in still has its columns."""
    con = shop.connect()
    for name in ("messages", "orders"):
        con.execute(f"CREATE OR REPLACE VIEW raw_{name} AS {duck.raw(con, name, None)}")
    for model in facts.CHATS + facts.ORDERS + facts.OUTCOMES:
        con.execute(facts.create(model, shop.settings))
    for name in DAY:
        shop.units.put_empty(con, name)


def _all_chats(shop: Shop, first: int, end: int) -> None:
    con = shop.connect()
    stages.chats(shop, con, first, end)
    keep_days(con, range(first, end))
    for name in CHAT_UNITS:
        shop.units.put(con, name, range(first, end))


def _all_orders(shop: Shop, first: int, end: int) -> None:
    con = shop.connect()
    stages.orders(shop, con, f"created_at >= day_start({first}) AND created_at < day_start({end})")
    for name in ORDER_UNITS:
        shop.units.put(con, name, range(first, end))


def _outcomes(shop: Shop, days: Iterable[int], gone: str = "") -> None:
    con = shop.connect()
    stages.outcomes(shop, con, days)
    shop.units.put(con, "chats", days, gone)


def changed_units(shop: Shop, known: Changes, next_row: int) -> dict:
    """Unit tables brought up to date; returns the days whose chats and outcomes were made anew, and how many orders."""
    chat_days, reached = changed_chats(shop, known)
    order_days, count = changed_orders(shop, known, reached, next_row)
    days = sorted(chat_days | order_days)
    if days:
        _outcomes(shop, days, among("day", days))
    return {"all": False, "chats": sorted(chat_days), "orders": count, "outcomes": days}
