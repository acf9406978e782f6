"""A platform's rounds as a unit table, made from the stored chat lines of the days that are asked for."""

from importlib.resources import files
from string import Template

from kpi_helpers import facts
from kpi_helpers.desk import Desk
from kpi_helpers.engine.clock import day_number
from kpi_helpers.facts import quote
from kpi_helpers.platforms.rules import Platform, Rule, platform

# The models that turns are read from, over a few weeks' messages in a schema of their own.
MODELS = facts.CHATS[: facts.CHATS.index("others") + 1]
SCHEMA = "platform_lines"
WEEK, AT_ONCE, MARGIN = 7, 5, 3  # days a piece, pieces at a time, days of messages before and after
NEVER, NO_CAP = 2**30, 2**40


def prepare(desk: Desk, table: str, start: int, end: int) -> None:
    """Make `table` (platform_<name>) answer for business days [start, end)."""
    con = desk.con
    con.execute("CREATE TEMP TABLE IF NOT EXISTS turn_weeks (week INT)")
    known = {row[0] for row in con.execute("FROM turn_weeks").fetchall()}
    wanted = range((start - 1) // WEEK, end // WEEK + 1)
    missing = [week for week in _with_messages(desk, wanted) if week not in known]
    for first in range(0, len(missing), AT_ONCE):
        _add(desk, missing[first : first + AT_ONCE])
    _create_turns(desk)
    con.execute(f"CREATE OR REPLACE TEMP VIEW {table} AS {select(platform(table.removeprefix('platform_')))}")


def select(one: Platform) -> str:
    """The SELECT of a platform's rounds over `turns`: every rule on its own days."""
    until = [day_number(rule.valid_from) for rule in one.rules[1:]] + [NEVER]
    return " UNION ALL ".join(f"({_round(rule, end)})" for rule, end in zip(one.rules, until, strict=True))


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
    path = con.execute("SELECT current_setting('search_path')").fetchall()[0][0]
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    con.execute(f"CREATE OR REPLACE VIEW {SCHEMA}.raw_messages AS {desk.messages(first - MARGIN, end + MARGIN)}")
    try:
        con.execute(f"SET search_path = {quote(f'{SCHEMA},main')}")
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
