"""TRUTH.md: what was planted in a sample, counted from its tables by plain SQL, without the kit."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import duckdb

from kpi_helpers.sample.people import Team
from kpi_helpers.sample.world import HERE, Plan

EVENTS = ("mix_week", "outage", "promotion", "closed", "joined")
TYPES = {"score": "DOUBLE", "day": "DATE"}
TYPES |= dict.fromkeys(("item_count", "quantity", "visitors", "cart_buyers", "platform_intervened"), "BIGINT")
TYPES |= dict.fromkeys(("paid_amount", "postage", "amount"), "DECIMAL(19,2)")
TYPES |= dict.fromkeys(("sent_at", "created_at", "paid_at", "closed_at", "applied_at", "completed_at"), "TIMESTAMP")
TYPES |= dict.fromkeys(("rated_at", "start_at", "end_at"), "TIMESTAMP")
CSV = """auto_detect = false, header = true, delim = ',', quote = '"', escape = '"'"""
INTRODUCTION = """# What is planted in the sample shop

Written by `kpi sample` together with the tables beside it: {days} days from {start} to {end},
{agents} agents, seed {seed}, {buyers} chatting buyers a day, shop {shop}.

The numbers are counted from those tables by a few lines of SQL that share nothing with the kit
(`kpi_helpers/sample/truth.toml`). They follow the specification loosely: lines without an agent are left out
and chats over midnight are cut, so the kit's own numbers differ a little.
"""


def facts(plan: Plan) -> dict[str, str]:
    """The names and dates that a sample has, as texts: by trait the person's name, by event its first day."""
    team = Team(plan)
    traits = {one.trait["trait"]: one.name for one in reversed(team.accounts) if one.owner == one.number}
    days = {event: getattr(plan, event)[0].isoformat() for event in EVENTS if getattr(plan, event)}
    if plan.mix_week:
        days |= {"mix_start": days["mix_week"], "mix_end": plan.mix_week[-1].isoformat()}
    return traits | days | {"end": plan.end.isoformat()}


def open_tables(paths: list[Path]) -> duckdb.DuckDBPyConnection:
    """A connection with a view for each table file and the views of truth.toml."""
    base = duckdb.connect()
    base.execute("set enable_progress_bar = false")
    for path in paths:
        base.execute(f"create view {path.stem} as from {_reader(path)}")
    for name, query in _recipes()["views"].items():
        base.execute(f"create table {name} as {query}")
    return base


def _reader(path: Path) -> str:
    """The DuckDB function that reads a file. A CSV's types are given: a short one may have empty columns."""
    name = str(path).replace("'", "''")
    if path.suffix == ".parquet":
        return f"read_parquet('{name}')"
    with path.open(encoding="utf-8") as lines:
        columns = lines.readline().strip().replace('"', "").split(",")
    types = {one: TYPES.get(one, "VARCHAR") for one in columns}
    return f"read_csv('{name}', {CSV}, columns = {types})"


def truths(plan: Plan) -> list[dict[str, str]]:
    """The truths that this sample has: title, said, sql, with names and dates filled in."""
    known = facts(plan)
    held = [one for one in _recipes()["truth"] if all(need in known for need in one.get("needs", []))]
    return [{part: one[part].format_map(known) for part in ("title", "said", "sql")} for one in held]


def write_truth(plan: Plan, paths: list[Path], target: Path) -> None:
    """Count every truth of a sample in its table files and write the list as Markdown."""
    base = open_tables(paths)
    parts = [_introduction(plan), _sizes(base, paths)]
    for truth in truths(plan):
        parts.append(f"## {truth['title']}\n\n{truth['said']}\n\n{_table(base, truth['sql'])}")
    target.write_text("\n".join(parts), encoding="utf-8")


def _recipes() -> dict:
    return tomllib.loads((HERE / "truth.toml").read_text(encoding="utf-8"))


def _introduction(plan: Plan) -> str:
    names = {
        "days": plan.days,
        "start": plan.start,
        "end": plan.end,
        "agents": plan.agents,
        "seed": plan.seed,
    }
    return INTRODUCTION.format(**names, buyers=plan.buyers_per_day, shop=plan.shop)


def _sizes(base: duckdb.DuckDBPyConnection, paths: list[Path]) -> str:
    names = sorted(path.stem for path in paths)
    queries = [f"select '{name}' as \"table\", count(*) as rows from {name}" for name in names]
    return f"## Rows\n\n{_table(base, ' union all '.join(queries))}"


def _table(base: duckdb.DuckDBPyConnection, query: str) -> str:
    """A query's result as a Markdown table."""
    result = base.execute(query)
    header = [column[0] for column in result.description]
    rows = [[_cell(value) for value in row] for row in result.fetchall()]
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "–" if value is None else value.isoformat() if isinstance(value, date) else str(value)
