"""The three stages of unit tables, each over a part of a shop: some days' chats, some orders, some days' outcomes.

Each leaves its tables in a connection of its own. A part comes out as it would from the whole, because everything its
rules look at is loaded with it (specification: sessions over midnight, the attribution window, the inquiry's windows).
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import count
from pathlib import Path
from threading import Lock

import duckdb
import pyarrow as pa

from kpi_helpers import facts
from kpi_helpers.engine import duck, lines, quick
from kpi_helpers.engine.clock import DAY, to_date
from kpi_helpers.engine.lines import Month
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

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A connection with the shop's raw views, that keeps to its memory."""
        con = duck.connect(threads="1", memory_limit=MEMORY, temp_directory=str(self.scratch))
        duck.open_tables(con, self.tables, self.settings, self.reach)
        return con

    @cached_property
    def base(self) -> duckdb.DuckDBPyConnection:
        """One such connection, which all rooms share."""
        return self.connect()

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
    gap = shop.settings.session_gap_minutes * 60
    back = ahead = 1 + 3 * gap // DAY
    while True:
        low, high = start(con, first - back), start(con, end + ahead)
        part = _understood(shop, con, low, high)
        early = low > shop.messages[0] and _any_session(
            con, f"started_at <= {low + 2 * gap} AND ended_at >= {start(con, first) - gap}"
        )
        late = high <= shop.messages[1] and _any_session(
            con, f"started_at < {start(con, end)} AND ended_at >= {high - 2 * gap}"
        )
        if not (early or late):
            break
        # A session runs on through everything that was loaded: look further.
        back, ahead = back * (1 + early), ahead * (1 + late)
    if part:
        return part.tables(first, end)
    _run(shop, con, facts.CHATS[ALONE:], passing)
    return {}


def _understood(shop: Shop, con: duckdb.DuckDBPyConnection, low: int, high: int) -> quick.Part | None:
    """Sessions of the messages of [low, high) as `all_sessions`: by arrays, or by the models where arrays cannot."""
    months = shop.prepared(con, low, high)
    if not months:
        load_messages(shop, con, low, high)
        return _run(shop, con, facts.CHATS[:ALONE])
    reach = shop.messages[0] - duck.ROOM, shop.messages[1] + duck.ROOM
    part = quick.Part(con, months, (low, high), shop.settings, reach)
    con.register("all_sessions", part.session_ends())
    return part


def orders(shop: Shop, con: duckdb.DuckDBPyConnection, which: str) -> None:
    """All tables of stage `facts.ORDERS` for the orders that `which` (SQL over raw_orders) names."""
    con.execute(f"CREATE TABLE picked AS SELECT * FROM raw_orders WHERE {which}")
    con.execute("CREATE OR REPLACE VIEW raw_orders AS SELECT * FROM picked")
    low, high = con.execute(
        "SELECT COALESCE(MIN(LEAST(created_at, paid_at)), 0), COALESCE(MAX(GREATEST(created_at, paid_at)), 0) "
        "FROM picked"
    ).fetchone()
    window = shop.settings.attribution_window_hours * 3600
    near = f"ended_at >= {low - window} AND first_human_at <= {high}"
    con.execute(f"CREATE VIEW chat_sessions AS SELECT * FROM {shop.units.rows('chat_sessions')} WHERE {near}")
    near = f"sent_at > {low} AND sent_at <= {high}"
    con.execute(f"CREATE VIEW openers AS SELECT * FROM {shop.units.rows('openers')} WHERE {near}")
    _run(shop, con, facts.ORDERS)


def outcomes(shop: Shop, con: duckdb.DuckDBPyConnection, days: Iterable[int]) -> None:
    """All tables of stage `facts.OUTCOMES` for chats of the given days."""
    days = sorted(days)
    s = shop.settings
    low = start(con, days[0]) - max(s.payment_life_days, s.after_sales_days) * DAY
    high = start(con, days[-1] + max(s.inquiry_window_days, 1 + s.final_delay_days))
    near = " OR ".join(f"({at} >= {low} AND {at} < {high})" for at in ("created_at", "paid_at"))
    con.execute(f"CREATE VIEW orders AS SELECT * FROM {shop.units.rows('orders')} WHERE {near}")
    con.execute(f"CREATE VIEW served AS SELECT * FROM {shop.units.rows('served')} WHERE {among('day', days)}")
    _run(shop, con, facts.OUTCOMES, facts.OUTCOMES)


def message_days(shop: Shop, con: duckdb.DuckDBPyConnection) -> list[tuple[int, int]]:
    """(business day, messages) of all days that can have any; the numbers are for planning only."""
    months = shop.prepared(con, *shop.messages)
    if not months:
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


def parts(sizes: list[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """Day ranges [first, end) of at most so many rows (or one day), over the days that have any.

    A new month starts a new part unless the part is small: files are by month.
    """
    found: list[list[int]] = []  # first, end, rows
    for day, size in sizes:
        same_month = found and to_date(day).month == to_date(found[-1][1] - 1).month
        room = most if same_month else most // 8
        if found and found[-1][2] + size <= room:
            found[-1][1:] = [day + 1, found[-1][2] + size]
        else:
            found.append([day, day + 1, size])
    return [(first, end) for first, end, _ in found]


def load_messages(shop: Shop, con: duckdb.DuckDBPyConnection, low: int, high: int) -> None:
    """`raw_messages` becomes the messages of [low, high), from the files of the months it meets."""
    files = _files(shop, low, high)
    limit = f"stored.sent_at >= TIMESTAMPTZ '{_text(low)}' AND stored.sent_at < TIMESTAMPTZ '{_text(high)}'"
    con.execute(f"CREATE OR REPLACE VIEW raw_messages AS {duck.raw(con, 'messages', files, limit)}")


def _files(shop: Shop, low: int, high: int) -> list[str]:
    wanted = {_text(second)[:7] for second in (*range(low, high, 27 * DAY), high)}
    return [file for file in shop.tables.get("messages", []) if not (month := lines.month_of(file)) or month in wanted]


def _text(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat(sep=" ")


def _any_session(con: duckdb.DuckDBPyConnection, where: str) -> bool:
    return con.execute(f"SELECT EXISTS (FROM all_sessions WHERE {where})").fetchall()[0][0]


def _run(shop: Shop, con: duckdb.DuckDBPyConnection, models: list[str], passing: Collection[str] = ()) -> None:
    for model in models:
        con.execute(facts.create(model, shop.settings, passing))
