"""Chats of days that a changed message can have touched, made again and stored where they differ."""

import duckdb

from kpi_helpers.engine import stages
from kpi_helpers.engine.clock import DAY
from kpi_helpers.engine.history import Changes, Spans
from kpi_helpers.engine.stages import Shop
from kpi_helpers.engine.units import among

CHAT_UNITS = ("served", "waits", "chat_sessions", "openers")
MESSAGES = 1_250_000  # in a part, so that it stays within its memory


def differing(fresh: str, stored: str) -> str:
    """SQL: rows of one table that the other has not."""
    return (
        f"(SELECT * FROM {fresh} EXCEPT ALL SELECT * FROM {stored}) UNION ALL "
        f"(SELECT * FROM {stored} EXCEPT ALL SELECT * FROM {fresh})"
    )


def changed_chats(shop: Shop, known: Changes) -> tuple[set[int], Spans]:
    """Days whose chats are others now, already stored; and the seconds their sessions, old and new, lie in."""
    changed, seen, reached = set(), set(), []
    with shop.room() as con:
        days = _days(con, known.of("messages", "sent_at"))
        todo = _neighbours(shop, days) | _running_into(shop, con, days)
        while todo - seen:
            sizes = [(day, 1) for day in sorted(todo - seen)]
            for first, end in _runs(shop, con, sizes):
                found, spans = _again(shop, first, end)
                changed, reached = changed | found, reached + spans
                seen |= set(range(first, end))
            todo = _neighbours(shop, changed)
    return changed, reached


def _days(con: duckdb.DuckDBPyConnection, spans: Spans) -> set[int]:
    if not spans:
        return set()
    listed = ", ".join(f"({low}, {high})" for low, high in spans)
    rows = con.execute(
        f"SELECT DISTINCT day_of(low), day_of(high - 1) FROM (VALUES {listed}) AS v(low, high)"
    ).fetchall()
    return {day for first, last in rows for day in range(first, last + 1)}


def _neighbours(shop: Shop, days: set[int]) -> set[int]:
    """The days and those next to them, as far as a silence within a session can bridge."""
    ahead = 1 + 2 * shop.settings.session_gap_minutes * 60 // DAY
    return {near for day in days for near in range(day - 1, day + ahead + 1)}


def _running_into(shop: Shop, con: duckdb.DuckDBPyConnection, days: set[int]) -> set[int]:
    """Days of stored sessions that began earlier and last into one of the days."""
    gap = shop.settings.session_gap_minutes * 60
    found = set()
    for day in days:
        begin = stages.start(con, day)
        rows = con.execute(
            f"SELECT DISTINCT day FROM {shop.units.rows('chat_sessions')} "
            f"WHERE started_at < {begin} AND ended_at >= {begin - gap} AND day < {day}"
        ).fetchall()
        found |= {row[0] for row in rows}
    return found


def _runs(shop: Shop, con: duckdb.DuckDBPyConnection, sizes: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches of consecutive days, none with more messages than a part may have."""
    first, last = sizes[0][0], sizes[-1][0]
    known = dict(stages.message_days(shop, con, stages.start(con, first), stages.start(con, last + 1)))
    wanted = {day for day, _ in sizes}
    found: list[tuple[int, int]] = []
    stretch: list[tuple[int, int]] = []
    for day in sorted(wanted):
        if stretch and stretch[-1][0] + 1 < day:
            found, stretch = found + stages.parts(stretch, MESSAGES, by_month=True), []
        stretch.append((day, known.get(day, 0)))
    return found + stages.parts(stretch, MESSAGES, by_month=True)


def _again(shop: Shop, first: int, end: int) -> tuple[set[int], Spans]:
    """Chats of [first, end) made again and stored where they differ: which days do, and where their sessions lie."""
    with shop.room() as con:
        for name, table in stages.chats(shop, con, first, end).items():
            con.register(name, table)
        wanted = among("day", range(first, end))
        days = set()
        for name in CHAT_UNITS:
            con.execute(f"CREATE TABLE old_{name} AS SELECT * FROM {shop.units.rows(name)} WHERE {wanted}")
            fresh = f"(SELECT * FROM {name} WHERE {wanted})"
            changed = con.execute(f"SELECT DISTINCT day FROM ({differing(fresh, f'old_{name}')})").fetchall()
            days |= {row[0] for row in changed}
        reached = _reached(con, days) if days else []
        for name in CHAT_UNITS if days else ():
            shop.units.put(con, name, days, among("day", days))
    return days, reached


def _reached(con: duckdb.DuckDBPyConnection, days: set[int]) -> Spans:
    """Per day the seconds from its first session's start to its last one's end, of the old rows and the new."""
    return con.execute(
        "SELECT MIN(started_at), MAX(ended_at) FROM (SELECT * FROM chat_sessions UNION ALL "
        f"SELECT * FROM old_chat_sessions) WHERE {among('day', days)} GROUP BY day"
    ).fetchall()
