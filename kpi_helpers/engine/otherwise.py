"""Unit tables of some days under other settings, in memory: by arrays, and only those that the settings can change."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

import duckdb
import pyarrow as pa

from kpi_helpers import facts
from kpi_helpers.engine import duck, stages, within
from kpi_helpers.engine.clock import DAY
from kpi_helpers.engine.keep import SHOWN
from kpi_helpers.engine.manifest import Manifest, code_of
from kpi_helpers.engine.people import People
from kpi_helpers.engine.picks import Picks
from kpi_helpers.engine.stages import Shop
from kpi_helpers.engine.units import Units
from kpi_helpers.settings import Settings
from kpi_helpers.store.names import slug
from kpi_helpers.store.store import Store

# Settings that leave the tables of a stage as they are; every other one may change them.
READ_LATER = {"unanswered_in_mean", "min_denominator", "targets"}
SLOW = {"slow_seconds", "slow_count", "long_reception_minutes"}
WINDOWS = {"inquiry_window_days", "final_delay_days", "after_sales_days"}
SAME_CHATS = READ_LATER | WINDOWS | {"attribution_rule", "attribution_window_hours", "payment_life_days"}
SAME_ORDERS = READ_LATER | WINDOWS | SLOW
SAME_OUTCOMES = READ_LATER | SLOW
EVENTS = ("created_at", "paid_at")


@dataclass
class Held:
    """Unit tables made anew, and the stored ones where there is no such table."""

    stored: Units
    made: dict[str, pa.Table] = field(default_factory=dict)

    def rows(self, name: str) -> str:
        """SQL: the rows of a unit table, in a connection that was `given` them."""
        return name if name in self.made else self.stored.rows(name)

    def give(self, con: duckdb.DuckDBPyConnection) -> None:
        """Let a connection know those made anew."""
        for name, rows in self.made.items():
            con.register(name, rows)


def opened(
    con: duckdb.DuckDBPyConnection, store: Store, name: str, now: Settings, then: Settings, days: tuple[int, int]
) -> Shop | None:
    """The shop under settings `then`, with the tables stored under `now`; None where arrays cannot, or none are stored.

    `con`: any connection with its raw views; `days`: the first and the last one with messages.
    """
    shop, folder = within.lines(con, store, name, then, days), store.root / "units" / slug(name)
    found = Manifest.load(folder) if shop else None
    if not found or (found.code, found.source) != (code_of(now), store.fingerprint(name)):
        return None
    return replace(shop, reach=found.reach(), units=Held(Units(folder, found.tables)))


def tables(
    shop: Shop, changed: Collection[str], first: int, end: int, paid: bool
) -> tuple[duckdb.DuckDBPyConnection, People]:
    """A connection with the unit tables as `keep.open_units` gives them, right for business days [first, end)."""
    changed = set(changed)
    if not changed <= SAME_CHATS:
        _chats(shop, *((first, end) if changed <= SAME_ORDERS else _sessions_of(shop, first, end, paid)))
    if not changed <= SAME_ORDERS:
        _orders(shop, first, end)
    if not changed <= SAME_OUTCOMES:
        _outcomes(shop, first, end)
    con = duck.connect()
    people = duck.open_tables(con, shop.tables, shop.settings, shop.reach, sending=False)
    for name in SHOWN:
        rows = shop.units.made.get(name)
        if rows is not None:
            con.register(f"made_{name}", rows)
        con.execute(f"CREATE VIEW {name} AS FROM {f'made_{name}' if rows is not None else shop.units.rows(name)}")
    for name in facts.VIEWS:
        con.execute(f"CREATE VIEW {name} AS {facts.render(name, shop.settings)}")
    return con, people


def _chats(shop: Shop, first: int, end: int) -> None:
    with shop.room() as con:
        shop.units.made |= stages.chats(shop, con, first, end)


def _sessions_of(shop: Shop, first: int, end: int, paid: bool) -> tuple[int, int]:
    """The days whose sessions can have secured an order that days [first, end) look at."""
    secured, oldest = 2 + shop.settings.attribution_window_hours // 24, first
    if paid:
        with shop.room() as con:
            low, high = stages.start(con, first), stages.start(con, end)
            found = f"SELECT MIN(day_of(created_at)) FROM raw_orders WHERE paid_at >= {low} AND paid_at < {high}"
            oldest = min(first, con.execute(found).fetchall()[0][0] or first)
    back, _ = within.reach(shop.settings)
    return max(oldest - secured, first - back), end + shop.settings.inquiry_window_days


def _orders(shop: Shop, first: int, end: int) -> None:
    """Orders that were created or paid where an outcome of the days can look."""
    s = shop.settings
    with shop.room() as con:
        shop.units.give(con)
        low = stages.start(con, first) - max(s.payment_life_days, s.after_sales_days) * DAY
        high = stages.start(con, end + max(s.inquiry_window_days, 1 + s.final_delay_days))
        shop.units.made |= stages.orders(shop, con, Picks({at: [(low, high)] for at in EVENTS}))


def _outcomes(shop: Shop, first: int, end: int) -> None:
    with shop.room() as con:
        shop.units.give(con)
        shop.units.made["outcomes"] = stages.outcomes(shop, con, range(first, end))
