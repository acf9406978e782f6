"""Which unit rows to make, stage by stage: all of them, or those a change in the store can have touched."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from kpi_helpers import facts
from kpi_helpers.engine import duck, spark, stages
from kpi_helpers.engine.history import Changes
from kpi_helpers.engine.picks import Picks
from kpi_helpers.engine.redo_chats import CHAT_UNITS, MESSAGES, changed_chats
from kpi_helpers.engine.redo_orders import changed_orders
from kpi_helpers.engine.stages import Shop
from kpi_helpers.engine.units import DAY, among

# Rows of a part, so that it stays within its memory.
ORDERS, CHATS = 150_000, 300_000
AT_ONCE = 2


def all_units(shop: Shop) -> dict:
    """Every unit table from every stored row."""
    _empty(shop)
    if shop.settings.engine == "spark":
        spark.all_units(shop)
        return {"all": True}
    with shop.room() as con:
        days = stages.message_days(shop, con, shop.messages[0], shop.messages[1] + 1)
        placed = stages.counts(con, "orders", "created_at")
    _each(_all_chats, shop, stages.parts(days, MESSAGES, by_month=True))
    _each(_all_orders, shop, stages.parts(placed, ORDERS))
    sizes = shop.base.execute(f"SELECT day, COUNT(*) FROM {shop.units.rows('served')} GROUP BY 1 ORDER BY 1").fetchall()
    _each(_all_outcomes, shop, stages.parts(sizes, CHATS))
    return {"all": True}


def _each(make: Callable[[Shop, int, int], None], shop: Shop, parts: list[tuple[int, int]]) -> None:
    """Every part, two at a time: arrays and windows each keep one processor busy."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in pool.map(lambda part: make(shop, *part), parts):
            pass


def _empty(shop: Shop) -> None:
    """Files without rows, so that a table nothing is in still has its columns."""
    with shop.room() as con:
        for name in ("messages", "orders"):
            con.execute(f"CREATE OR REPLACE VIEW raw_{name} AS {duck.raw(con, name, None)}")
        for model in facts.CHATS + facts.ORDERS + facts.OUTCOMES:
            con.execute(facts.create(model, shop.settings))
        for name in DAY:
            shop.units.put_empty(con, name)


def _all_chats(shop: Shop, first: int, end: int) -> None:
    with shop.room() as con:
        made = stages.chats(shop, con, first, end, CHAT_UNITS)
        for name in CHAT_UNITS:
            if made:
                shop.units.put_table(name, made[name])
            else:
                shop.units.put(con, name, range(first, end))


def _all_orders(shop: Shop, first: int, end: int) -> None:
    with shop.room() as con:
        span = stages.start(con, first), stages.start(con, end)
        for name, rows in stages.orders(shop, con, Picks({"created_at": [span]})).items():
            shop.units.put_table(name, rows)


def _all_outcomes(shop: Shop, first: int, end: int) -> None:
    with shop.room() as con:
        shop.units.put_table("outcomes", stages.outcomes(shop, con, range(first, end)))


def _outcomes(shop: Shop, days: Iterable[int]) -> None:
    with shop.room() as con:
        con.register("outcomes", stages.outcomes(shop, con, days))
        shop.units.put(con, "outcomes", days, among("day", days))


def changed_units(shop: Shop, known: Changes, next_row: int) -> dict:
    """Unit tables brought up to date; returns the days whose chats and outcomes were made anew, and how many orders."""
    chat_days, reached = changed_chats(shop, known)
    order_days, count = changed_orders(shop, known, reached, next_row)
    days = sorted(chat_days | order_days)
    if days:
        _outcomes(shop, days)
    return {"all": False, "chats": sorted(chat_days), "orders": count, "outcomes": days}
