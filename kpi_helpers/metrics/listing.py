"""The SQL behind `rows`: which unit rows a fact counts, and the columns of rows.toml over them."""

import tomllib
from functools import cache
from importlib.resources import files
from itertools import islice
from string import Template

from kpi_helpers import facts
from kpi_helpers.desk import Desk
from kpi_helpers.facts import quote
from kpi_helpers.metrics.aggregates import Grain, open_sessions, window
from kpi_helpers.metrics.registry import Fact

PICKED_COLUMNS = ("_counts", "_taken_away", "_amount")
FOLDS = {
    "day": "MIN({0})", "date": "MIN({0})", "first": "MIN({0})", "last": "MAX({0})", "max": "MAX({0})",
    "sum": "SUM({0})", "buyer": "MIN({0})", "agent": "STRING_AGG(DISTINCT {0}, '、' ORDER BY {0})",
    "text": "STRING_AGG(DISTINCT {0}, '; ' ORDER BY {0})",
}  # fmt: skip


@cache
def _file() -> dict[str, dict]:
    return tomllib.loads(files("kpi_helpers.metrics").joinpath("rows.toml").read_text("utf-8"))


def titles(lang: str) -> dict[str, str]:
    """Column titles of the lists, for pages."""
    return {name: text[lang] for name, text in _file()["titles"].items()}


def words(lang: str) -> dict[str, str]:
    """Codes of decisions in words: order:in_chat is 下单时正在接待."""
    return {code: text[lang] for code, text in _file()["words"].items()}


def agents(desk: Desk) -> list[str]:
    """Everybody who can be asked for: in the agents table, a chat or a daily report, or the owner of an order."""
    seen = " UNION ".join(f"SELECT agent_id FROM {name}" for name in ("chats", "placed", "sold", "vendor_facts"))
    return sorted({row[0] for row in desk.con.execute(seen).fetchall()} | {*desk.people.ids(), "(silent)"})


def columns(fact: Fact) -> dict[str, str]:
    """Every column of a fact's list -> its kind; the last one is what is added up, where something is."""
    found = {name: entry["kind"] for name, entry in _unit(fact)["columns"].items()}
    return found | ({fact.name: "sum"} if fact.measure.startswith("sum:") else {})


def select(
    desk: Desk, fact: Fact, group: dict[str, object], start: int, end: int, lang: str, first: int | None = None
) -> tuple[str, dict[str, str]]:
    """(SELECT, column -> kind) listing a fact's units in business days [start, end) of one group.

    `first`: only so many columns, in the same order of rows.
    """
    _teach(desk, lang)
    unit, kinds = _unit(fact), dict(islice(columns(fact).items(), first))
    shown = [f"{_column(name, entry, fact)} AS {name}" for name, entry in unit["columns"].items() if name in kinds]
    folds = _folds(fact)
    if fact.name in kinds and fact.measure.startswith("sum:"):
        shown.append(f'u._amount AS "{fact.name}"')
    extra = [f"u.{c} AS _{c}" for c in {*folds, unit["each"]}]
    wanted = Template(", ".join(shown + extra)).safe_substitute(facts.literals(desk.settings))
    listed = f"SELECT {wanted} FROM ({_picked(desk, fact, group, start, end)}) AS u"
    if not folds:
        return f"SELECT {', '.join(map(_named, kinds))} FROM ({listed}) ORDER BY ALL", kinds
    values = [f"{_folded(name, kind, '_' + unit['each'])} AS {_named(name)}" for name, kind in kinds.items()]
    keys = ", ".join(f"_{c}" for c in folds)
    return f"SELECT {', '.join(values)} FROM ({listed}) GROUP BY {keys} ORDER BY ALL", kinds


def total(desk: Desk, fact: Fact, start: int, end: int) -> str:
    """SELECT of one number: how many rows `select` lists of the whole shop, or what they add up to."""
    picked = _picked(desk, fact, {}, start, end)
    if fact.measure.startswith("sum:"):
        return f"SELECT COALESCE(SUM(_amount), 0) FROM ({picked}) AS u"
    folds = ", ".join(_folds(fact))
    return f"SELECT COUNT(*) FROM (SELECT {f'DISTINCT {folds}' if folds else '1'} FROM ({picked}) AS u) AS listed"


def _unit(fact: Fact) -> dict:
    return _file()["units"]["platform" if fact.rows.startswith("platform_") else fact.rows]


def _named(column: str) -> str:
    return f'"{column}"'


def _folds(fact: Fact) -> tuple[str, ...]:
    """What one row of the list stands for, where it is not one unit row."""
    if fact.measure == "buyer_days":
        return ("buyer_id", fact.day)
    return (fact.measure.split(":")[1],) if fact.measure.startswith("distinct:") else ()


def _picked(desk: Desk, fact: Fact, group: dict[str, object], start: int, end: int) -> str:
    """The unit rows that a fact counts in a group."""
    grain = Grain(tuple(group))
    source, day, condition = window(fact, grain, start, end)
    keys = grain.keys(fact.rows, day)
    wanted = [condition, *(f"{key} = {_literal(value)}" for key, value in zip(keys, group.values(), strict=True))]
    if fact.measure == "open":
        wanted.append(_at_peak(desk, fact, grain, group, start, end))
    marks = [f"COALESCE({fact.rows_where(grain.by_agent)}, FALSE)", f"COALESCE({fact.without or 'FALSE'}, FALSE)"]
    marks.append(fact.measure.removeprefix("sum:") if fact.measure.startswith("sum:") else "NULL")
    named = ", ".join(f"{mark} AS {name}" for mark, name in zip(marks, PICKED_COLUMNS, strict=True))
    return f"SELECT * FROM (SELECT u.*, {named} FROM {source} WHERE {' AND '.join(wanted)}) {_kept(fact)}"


def _kept(fact: Fact) -> str:
    if fact.measure == "buyer_days":
        whole = f"OVER (PARTITION BY buyer_id, {fact.day})"
        return f"QUALIFY BOOL_OR(_counts) {whole} AND NOT BOOL_OR(_taken_away) {whole}"
    if fact.measure.startswith("distinct:"):
        return f"WHERE _counts AND {fact.measure.split(':')[1]} IS NOT NULL"
    return "WHERE _counts"


def _at_peak(desk: Desk, fact: Fact, grain: Grain, group: dict[str, object], start: int, end: int) -> str:
    """Sessions open at the first moment when most were."""
    counted = open_sessions(fact, grain, start, end)
    mine = " AND ".join(f"k{i} = {_literal(value)}" for i, value in enumerate(group.values())) or "TRUE"
    order = "ORDER BY open_now DESC, d, moment LIMIT 1"
    peak = desk.con.execute(f"SELECT d, moment FROM ({counted}) WHERE {mine} {order}").fetchall()
    open_then = [f"u.day = {day} AND u.started_at <= {at} AND u.ended_at >= {at}" for day, at in peak]
    return open_then[0] if open_then else "FALSE"


def _column(name: str, entry: dict, fact: Fact) -> str:
    sql = entry.get("sql", f"u.{fact.day if entry['kind'] == 'day' else name}")
    return f"word({sql})" if entry["kind"] == "word" else sql


def _folded(name: str, kind: str, each: str) -> str:
    """Several units' values in one row: added, earliest, listed; words once when all say the same."""
    column = _named(name)
    if kind != "word":
        return FOLDS[kind].format(column)
    listed = f"STRING_AGG(word({each}) || ': ' || {column}, '; ' ORDER BY {each})"
    return (
        f"CASE WHEN COUNT(DISTINCT {column}) <= 1 AND COUNT({column}) = COUNT(*) THEN MIN({column}) ELSE {listed} END"
    )


def _literal(value: object) -> str:
    return str(int(value)) if isinstance(value, int) else quote(str(value))


def _teach(desk: Desk, lang: str) -> None:
    """Have `word(code)` say a code in words of a language."""
    if desk.remembered.get("words") != lang:
        desk.con.execute(f"SET VARIABLE words = {_words(lang)}")
        desk.con.execute("CREATE OR REPLACE TEMP MACRO word(code) AS COALESCE(GETVARIABLE('words')[code], code)")
        desk.remembered["words"] = lang


def _words(lang: str) -> str:
    """The words as a map: a CASE would be planned anew for each of a list's forty codes."""
    return f"MAP {{{', '.join(f'{quote(code)}: {quote(text)}' for code, text in words(lang).items())}}}"
