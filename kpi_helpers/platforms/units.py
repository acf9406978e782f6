"""A platform's rounds as a unit table, made from the stored chat lines of the days that are asked for."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.resources import files
from string import Template

import duckdb
import pyarrow as pa

from kpi_helpers import facts
from kpi_helpers.desk import Desk
from kpi_helpers.engine.clock import DAY, day_number
from kpi_helpers.engine.nearby import beside
from kpi_helpers.engine.stages import Shop, parts, understood
from kpi_helpers.facts import quote
from kpi_helpers.platforms import arrays
from kpi_helpers.platforms.rules import Platform, Rule, platform

# The models that turns are read from, over a few weeks' messages in a schema of their own.
MODELS = facts.CHATS[: facts.CHATS.index("others") + 1]
SCHEMA = "platform_lines"
WEEK, AT_ONCE, MARGIN = 7, 5, 3  # days a piece, pieces at a time, days of messages before and after
NO_CAP = 2**40
PIECE, TOGETHER = 31, 2  # days that arrays look at together, pieces at a time


def prepare(desk: Desk, table: str, start: int, end: int) -> None:
    """Make `table` (platform_<name>) answer for business days [start, end)."""
    one = platform(table.removeprefix("platform_"))
    shop = desk.lines()
    rows = _by_arrays(desk, shop, one, start, end) if shop else _by_models(desk, one, start, end)
    desk.con.execute(f"CREATE OR REPLACE TEMP VIEW {table} AS {rows}")


def _by_arrays(desk: Desk, shop: Shop, one: Platform, start: int, end: int) -> str:
    """SQL of the rounds, made of prepared lines."""
    name, con = f"rounds_of_{one.key}", desk.con
    _create_turns(desk)
    con.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} AS FROM ({select(one)}) LIMIT 0")
    con.execute("CREATE TEMP TABLE IF NOT EXISTS made_days (name VARCHAR, day INT)")
    known = {row[0] for row in con.execute("SELECT day FROM made_days WHERE name = ?", [name]).fetchall()}
    span = desk.coverage.spans.get("messages", (0, -1))
    missing = [day for day in range(max(start, span[0]), min(end, span[1] + 2)) if day not in known]
    for (first, until), made in _made(shop, con, one, parts([(day, 1) for day in missing], PIECE)):
        for rows in made:
            con.register("fresh_rounds", rows)
            con.execute(f"INSERT INTO {name} BY NAME FROM fresh_rounds")
            con.unregister("fresh_rounds")
        con.execute(f"INSERT INTO made_days SELECT '{name}', UNNEST(RANGE({first}, {until}))")
    return f"FROM {name}"


def _made(
    shop: Shop, con: duckdb.DuckDBPyConnection, one: Platform, pieces: list[tuple[int, int]]
) -> Iterator[tuple[tuple[int, int], list[pa.Table]]]:
    """Ranges of days, each with its rounds, some made at the same time."""
    with ThreadPoolExecutor(TOGETHER) as pool:
        cursors = [beside(con) for _ in pieces]
        yield from zip(pieces, pool.map(partial(_rounds, shop, one), cursors, pieces), strict=True)


def _rounds(shop: Shop, one: Platform, con: duckdb.DuckDBPyConnection, days: tuple[int, int]) -> list[pa.Table]:
    first, end = days
    before = 1 + shop.settings.session_gap_minutes * 180 // DAY  # sessions that run over midnight into them
    with con:
        part = understood(shop, con, first - before, end, lambda heard: arrays.rounds(heard, one, first, end))
        return [pa.concat_tables(rows) for rows in zip(*part.made, strict=True)]


def _by_models(desk: Desk, one: Platform, start: int, end: int) -> str:
    con = desk.con
    con.execute("CREATE TEMP TABLE IF NOT EXISTS turn_weeks (week INT)")
    known = {row[0] for row in con.execute("FROM turn_weeks").fetchall()}
    wanted = range((start - 1) // WEEK, end // WEEK + 1)
    missing = [week for week in _with_messages(desk, wanted) if week not in known]
    for first in range(0, len(missing), AT_ONCE):
        _add(desk, missing[first : first + AT_ONCE])
    _create_turns(desk)
    return select(one)


def select(one: Platform) -> str:
    """The SELECT of a platform's rounds over `turns`: every rule on its own days."""
    return " UNION ALL ".join(f"({_round(rule, until)})" for rule, until in one.in_force)


def _round(rule: Rule, end_day: int) -> str:
    answer = "at" if rule.zero_second != "machine" else "after"
    return _fill(
        "rounds.sql",
        answers=", ".join(f"{who}_{answer}" for who in rule.human),
        by_session=rule.by == "session",
        within_seconds=rule.within_seconds,
        nobody_counts=rule.nobody == "miss",
        leave_out_zero=rule.zero_second == "left_out",
        first_hour=rule.hours[0],
        end_hour=rule.hours[1],
        first_day=day_number(rule.valid_from),
        end_day=end_day,
        cap_seconds=rule.cap_seconds or NO_CAP,
        unanswered_at_cap=rule.unanswered == "cap",
    )


def _fill(name: str, **values: object) -> str:
    return Template(files(__package__).joinpath(name).read_text("utf-8")).substitute(values)


def _with_messages(desk: Desk, weeks: range) -> range:
    span = desk.coverage.spans.get("messages")
    return range(max(weeks.start, span[0] // WEEK), min(weeks.stop, span[1] // WEEK + 1)) if span else range(0)


def _create_turns(desk: Desk) -> None:
    empty = "SELECT '' AS buyer_id, '' AS agent_id, 0 AS chat_day"
    times = "session_at", "opened_at", *(f"{who}_{a}" for who in ("agent", "assist", "bot") for a in ("at", "after"))
    columns = ", ".join(f"CAST(NULL AS BIGINT) AS {name}" for name in times)
    desk.con.execute(f"CREATE TEMP TABLE IF NOT EXISTS turns AS {empty}, {columns} WHERE FALSE")


def _add(desk: Desk, weeks: list[int]) -> None:
    """Add the turns of chats booked in some weeks."""
    con, first, end = desk.con, weeks[0] * WEEK, (weeks[-1] + 1) * WEEK
    path = con.execute("SELECT current_setting('search_path')").fetchall()[0][0] or "main"
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    con.execute(f"CREATE OR REPLACE VIEW {SCHEMA}.raw_messages AS {desk.messages(first - MARGIN, end + MARGIN)}")
    try:
        con.execute(f"SET search_path = {quote(f'{SCHEMA},{path}')}")
        for model in MODELS:
            con.execute(f"CREATE OR REPLACE TABLE {model} AS {facts.render(model, desk.settings)}")
        con.execute(f"CREATE OR REPLACE TABLE found AS {_fill('turns.sql')}")
    finally:
        con.execute(f"SET search_path = {quote(path)}")
    _create_turns(desk)
    booked = " OR ".join(f"chat_day // {WEEK} = {week}" for week in weeks)
    con.execute(f"INSERT INTO turns BY NAME SELECT * FROM {SCHEMA}.found WHERE {booked}")
    con.execute(f"INSERT INTO turn_weeks VALUES {', '.join(f'({week})' for week in weeks)}")
    con.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
