"""Which unit rows to make, stage by stage: all of them, or those a change in the store can have touched."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from kpi_helpers import facts
from kpi_helpers.engine import duck, spark, stages
from kpi_helpers.engine.history import Changes
from kpi_helpers.engine.picks import Picks
from kpi_helpers.engine.redo_chats import CHAT_UNITS, MESSAGES, changed_chats
from kpi_helpers.engine.redo_orders import ORDER_UNITS, changed_orders
from kpi_helpers.engine.stages import Shop
from kpi_helpers.engine.units import DAY, among

# Rows of a part, so that it stays within its memory.
ORDERS, CHATS = 100_000, 200_000
AT_ONCE = 2


def all_units(shop: Shop, tell: Callable[[], dict]) -> dict:
    """Every unit table from every stored row; returns what is to be told of them as soon as all orders are stored."""
    if shop.settings.engine == "spark":
        _as_models(shop, DAY)
        spark.all_units(shop)
        return tell()
    with shop.room() as con:
        days = stages.message_days(shop, con, shop.messages[0], shop.messages[1] + 1)
    with _pool() as pool:
        chats = Parts(pool, _all_chats, shop, stages.parts(days, MESSAGES, by_month=True), CHAT_UNITS)
        shop.heard = chats.until
        orders = Parts(pool, _all_orders, shop, stages.parts(_placed(shop), ORDERS), ORDER_UNITS)
        chats.wait()
        days = _served(shop)
        orders.wait()
        told = pool.submit(tell)
        Parts(pool, _all_outcomes, shop, stages.parts(days, CHATS), ["outcomes"]).wait()
    return told.result()


class Parts:
    """Parts of a stage on their way, in order of time; a stage without any leaves tables without rows."""

    def __init__(
        self,
        pool: ThreadPoolExecutor,
        make: Callable[[Shop, int, int], None],
        shop: Shop,
        parts: list[tuple[int, int]],
        names: Iterable[str],
    ) -> None:
        if not parts:
            _as_models(shop, names)
        self.running = {first: pool.submit(make, shop, first, end) for first, end in parts}

    def until(self, day: int) -> None:
        """Wait for those that begin by a day, and for the first, which leaves the tables' columns.

        Parts submitted later than these may do so: these are under way by then.
        """
        earliest = min(self.running, default=day)
        for first, part in self.running.items():
            if first <= max(day, earliest):
                part.result()

    def wait(self) -> None:
        """Wait for all."""
        self.until(max(self.running, default=0))


@contextmanager
def _pool() -> Iterator[ThreadPoolExecutor]:
    """Arrays and windows each keep one processor busy. Where a part goes wrong, those that wait are not begun."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _placed(shop: Shop) -> list[tuple[int, int]]:
    """(business day, orders) of every day."""
    with shop.room() as con:
        return stages.counts(con, "orders", "created_at")


def _served(shop: Shop) -> list[tuple[int, int]]:
    """(business day, chats) of every day."""
    with shop.room() as con:
        rows = shop.units.rows("served")
        return con.execute(f"SELECT day, COUNT(*) FROM {rows} GROUP BY 1 ORDER BY 1").fetchall()


def _as_models(shop: Shop, names: Iterable[str]) -> None:
    """Tables without rows, with the columns that the models have."""
    with shop.room() as con:
        for name in ("messages", "orders"):
            con.execute(f"CREATE OR REPLACE VIEW raw_{name} AS {duck.raw(con, name, None)}")
        for model in facts.CHATS + facts.ORDERS + facts.OUTCOMES:
            con.execute(facts.create(model, shop.settings))
        for name in names:
            shop.units.put_columns(name, con.sql(f"FROM {name}").to_arrow_table)


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
