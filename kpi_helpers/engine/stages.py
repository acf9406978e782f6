"""The three stages of unit tables, each over a part of a shop: some days' chats, some orders, some days' outcomes.

Each leaves its tables in a connection of its own. A part comes out as it would from the whole, because everything its
rules look at is loaded with it (specification: sessions over midnight, the attribution window, the inquiry's windows).
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import count
from pathlib import Path
from threading import Lock

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kpi_helpers import facts
from kpi_helpers.engine import asked, chat_tables, duck, lines, quick
from kpi_helpers.engine.clock import DAY, ShopTime, to_date
from kpi_helpers.engine.heard import Heard
from kpi_helpers.engine.lines import Month, Span
from kpi_helpers.engine.picks import Picks, Rows, stored
from kpi_helpers.engine.sales import Sales
from kpi_helpers.engine.units import Units, among
from kpi_helpers.settings import Settings

MEMORY = "1200MB"  # of DuckDB; Python and its libraries come on top
ROOMS, CURSORS = count(), Lock()
ALONE = facts.CHATS.index("all_sessions") + 1  # models before it decide where sessions begin and end


@dataclass
class Shop:
    """One shop's stored tables and the unit tables being made of them."""

    tables: dict[str, list[str]]
    settings: Settings
    reach: tuple[int, int] | None
    messages: tuple[int, int]  # first and last second of any message
    units: Units
    scratch: Path
    lines: Path  # messages prepared for quick reading
    heard: Callable[[int], None] = lambda day: None  # waits until all sessions up to a day are stored

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A connection with the shop's raw views, that keeps to its memory."""
        con = duck.connect(threads="1", memory_limit=MEMORY, temp_directory=str(self.scratch))
        duck.open_tables(con, self.tables, self.settings, self.reach)
        return con

    @cached_property
    def base(self) -> duckdb.DuckDBPyConnection:
        """One such connection, which all rooms share."""
        return self.connect()

    @cached_property
    def time(self) -> ShopTime:
        """The shop's days and hours, for arrays."""
        low, high = self.reach
        return ShopTime(self.settings.zone, self.settings.cut_seconds, low - duck.ROOM, high + duck.ROOM)

    @contextmanager
    def room(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of the shared connection, with tables and views of its own that go away afterwards."""
        with CURSORS:  # a connection takes one call at a time
            name, con = f"room_{next(ROOMS)}", self.base.cursor()
        con.execute(f"CREATE SCHEMA {name}")
        con.execute(f"SET search_path = '{name},main'")
        try:
            yield con
        finally:
            con.execute(f"DROP SCHEMA {name} CASCADE")
            con.close()

    def prepared(self, con: duckdb.DuckDBPyConnection, low: int, high: int) -> list[Month] | None:
        """The months of [low, high) prepared for arrays; None where only the models know the rules asked for."""
        files = lines.months(_files(self, low, high))
        if not quick.able(self.settings) or "" in files:
            return None
        months = [lines.prepared(self.lines, month, listed) for month, listed in files.items()]
        # Rows without an id that an alias makes equal are one message; arrays do not look at texts.
        renamed = con.sql("SELECT EXISTS (FROM aliases)").fetchall()[0][0]
        return None if renamed and any(month.bare() for month in months) else months


def start(con: duckdb.DuckDBPyConnection, day: int) -> int:
    """The second at which a business day starts."""
    return con.execute(f"SELECT day_start({day})").fetchall()[0][0]


def chats(
    shop: Shop, con: duckdb.DuckDBPyConnection, first: int, end: int, passing: Collection[str] = ()
) -> dict[str, pa.Table]:
    """All tables of stage `facts.CHATS`; their rows of business days [first, end) are final.

    Returned are those that arrays made, which have no other rows; the models leave theirs in `con`.
    """
    part = understood(shop, con, first, end, lambda heard: chat_tables.of_days(heard, first, end))
    if part:
        return chat_tables.joined(part.names, part.made)
    _run(shop, con, facts.CHATS[ALONE:], passing)
    return {}


def understood(
    shop: Shop, con: duckdb.DuckDBPyConnection, first: int, end: int, make: Callable[[Heard], dict | list]
) -> quick.Part | None:
    """Sessions of business days [first, end), whole, by arrays; None where the models made them, as `all_sessions`."""
    gap = shop.settings.session_gap_minutes * 60
    back = ahead = 1 + 3 * gap // DAY
    while True:
        low, *days, high = shop.time.day_start(np.array([first - back, first, end, end + ahead])).tolist()
        part = _understood(shop, con, (low, high), tuple(days), make)
        started, ended = part.session_ends() if part else _session_ends(con)
        early = low > shop.messages[0] and ((started <= low + 2 * gap) & (ended >= days[0] - gap)).any()
        late = high <= shop.messages[1] and ((started < days[1]) & (ended >= high - 2 * gap)).any()
        if not (early or late):
            return part
        # A session runs on through everything that was loaded: look further.
        back, ahead = back * (2 if early else 1), ahead * (2 if late else 1)


def _understood(
    shop: Shop, con: duckdb.DuckDBPyConnection, span: Span, days: Span, make: Callable[[Heard], dict | list]
) -> quick.Part | None:
    """The messages of `span`, as far as they have to do with sessions of `days` (seconds)."""
    if months := shop.prepared(con, *span):
        return quick.Part(con, months, (span, days), shop.settings, shop.time, make)
    load_messages(shop, con, *span)
    return _run(shop, con, facts.CHATS[:ALONE])


def _session_ends(con: duckdb.DuckDBPyConnection) -> Iterable[np.ndarray]:
    return con.execute("SELECT started_at, ended_at FROM all_sessions").fetchnumpy().values()


def orders(shop: Shop, con: duckdb.DuckDBPyConnection, picks: Picks) -> dict[str, pa.Table]:
    """The tables that stage `facts.ORDERS` keeps, for some orders; `picked` in `con` has those."""
    con.execute(f"CREATE OR REPLACE VIEW raw_orders AS {picks.of(_raw_orders(shop, con))}")
    bought = duck.rows(con, facts.render("bought", shop.settings))
    con.register("picked", bought)
    seen = [pc.min_max(bought[column]).as_py().values() for column in ("created_at", "paid_at")]
    seen = [second for ends in seen for second in ends if second is not None]
    low, high = min(seen, default=0), max(seen, default=0)
    window = shop.settings.attribution_window_hours * 3600
    shop.heard(shop.time.day_of(np.array([high]))[0])
    sessions = duck.rows(
        con,
        "SELECT buyer_id, agent_id, started_at, ended_at, first_human_at, first_buyer_at "
        f"FROM {shop.units.rows('chat_sessions')} WHERE ended_at >= {low - window} AND first_human_at <= {high} "
        "AND NOT advert AND agent_id <> '(unassigned)'",
    )
    openers = duck.rows(con, f"SELECT * FROM {shop.units.rows('openers')} WHERE sent_at > {low} AND sent_at <= {high}")
    return Sales(bought, sessions, openers, shop.settings, shop.time).tables()


def _raw_orders(shop: Shop, con: duckdb.DuckDBPyConnection) -> Rows:
    def between(column: str, low: int, high: int) -> str:
        limit = within(column, low, high) if column else "TRUE"
        wanted = f"{duck.raw(con, 'orders', shop.tables.get('orders'), limit)}"
        return f"SELECT order_id, buyer_id, created_at, paid_at, closed_at, paid_amount, item_count FROM ({wanted})"

    return between


def outcomes(shop: Shop, con: duckdb.DuckDBPyConnection, days: Iterable[int]) -> pa.Table:
    """The table of stage `facts.OUTCOMES` for chats of the given days."""
    days = sorted(days)
    s = shop.settings
    low = start(con, days[0]) - max(s.payment_life_days, s.after_sales_days) * DAY
    high = start(con, days[-1] + max(s.inquiry_window_days, 1 + s.final_delay_days))
    near = Picks({at: [(low, high)] for at in ("created_at", "paid_at")}).of(stored(shop.units.rows("orders")))
    orders = duck.rows(con, f"SELECT buyer_id, created_at, paid_at, closed_at, created_agent FROM ({near})")
    served = duck.rows(
        con,
        f"SELECT buyer_id, agent_id, day, first_buyer_at FROM {shop.units.rows('served')} "
        f"WHERE {among('day', days)} AND received AND first_buyer_at IS NOT NULL",
    )
    return asked.outcomes(served, orders, s, shop.time)


def message_days(shop: Shop, con: duckdb.DuckDBPyConnection, low: int, high: int) -> list[tuple[int, int]]:
    """(business day, messages) of all days that can have any in [low, high); the numbers are for planning only."""
    months = shop.prepared(con, low, high)
    if not months:
        load_messages(shop, con, low, high)
        return counts(con, "messages", "sent_at")
    hours = f"read_parquet({[str(month.folder / 'hours.parquet') for month in months]})"
    return con.execute(
        f"SELECT day, CAST(SUM(lines) AS BIGINT) FROM (SELECT day_of(hour * 3600) AS day, lines FROM {hours} "
        f"UNION ALL SELECT day_of(hour * 3600 + 3599) AS day, 0 AS lines FROM {hours}) GROUP BY 1 ORDER BY 1"
    ).fetchall()


def counts(con: duckdb.DuckDBPyConnection, table: str, column: str, where: str = "TRUE") -> list[tuple[int, int]]:
    """(business day, rows) of a raw table, by day."""
    day = f"day_of({column})"
    return con.execute(
        f"SELECT {day}, COUNT(*) FROM raw_{table} WHERE {column} IS NOT NULL AND {where} GROUP BY 1 ORDER BY 1"
    ).fetchall()


def parts(sizes: list[tuple[int, int]], most: int, by_month: bool = False) -> list[tuple[int, int]]:
    """Day ranges [first, end) of at most so many rows (or one day), over the days that have any.

    `by_month`: a new month starts a new part unless the part is small, since prepared lines are by month.
    """
    found: list[list[int]] = []  # first, end, rows
    for day, size in sizes:
        another = by_month and found and to_date(day).month != to_date(found[-1][1] - 1).month
        room = most // 8 if another else most
        if found and found[-1][2] + size <= room:
            found[-1][1:] = [day + 1, found[-1][2] + size]
        else:
            found.append([day, day + 1, size])
    return [(first, end) for first, end, _ in found]


def load_messages(shop: Shop, con: duckdb.DuckDBPyConnection, low: int, high: int) -> None:
    """`raw_messages` becomes the messages of [low, high), from the files of the months it meets."""
    files = _files(shop, low, high)
    limited = duck.raw(con, "messages", files, within("sent_at", low, high))
    con.execute(f"CREATE OR REPLACE VIEW raw_messages AS {limited}")


def within(column: str, low: int, high: int) -> str:
    """SQL about `stored` rows, whose times are moments: the column lies in [low, high)."""
    return f"stored.{column} >= TIMESTAMPTZ '{_text(low)}' AND stored.{column} < TIMESTAMPTZ '{_text(high)}'"


def _files(shop: Shop, low: int, high: int) -> list[str]:
    wanted = {_text(second)[:7] for second in (*range(low, high, 27 * DAY), high)}
    return [file for file in shop.tables.get("messages", []) if not (month := lines.month_of(file)) or month in wanted]


def _text(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat(sep=" ")


def _run(shop: Shop, con: duckdb.DuckDBPyConnection, models: list[str], passing: Collection[str] = ()) -> None:
    for model in models:
        con.execute(facts.create(model, shop.settings, passing))
