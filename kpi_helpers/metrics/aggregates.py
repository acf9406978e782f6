"""Facts of a period by group: the SQL that counts unit rows, built from the records in metrics.toml."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import duckdb

from kpi_helpers.metrics.registry import Fact, Metric

Group = tuple


class Grain:
    """How rows are grouped: any of agent, day, team, hour, in the caller's order; nothing is the whole shop.

    `spans`: ranges of days that do not overlap; where there are several, groups begin with the number of theirs, None
    for days between them.
    """

    def __init__(self, by: tuple[str, ...], spans: Sequence[tuple[int, int]] = ()):
        self.by = by
        self.spans = spans if len(spans) > 1 else ()
        self.by_agent = bool({"agent", "team"} & set(by))

    @property
    def width(self) -> int:
        """How many values a group has."""
        return len(self.by) + bool(self.spans)

    @property
    def open_ended(self) -> bool:
        """Whether the data say which groups there are."""
        return self.by not in ((), ("day",), ("hour",))

    def keys(self, unit: str, day: str = "u.day") -> list[str]:
        """One SQL expression per group column, over unit rows `u` joined to teams `t`."""
        known = {"agent": "u.agent_id", "day": day, "team": "t.team", "hour": "u.hour"}
        ranges = " ".join(f"WHEN {day} >= {a} AND {day} < {b} THEN {i}" for i, (a, b) in enumerate(self.spans))
        return [*([f"CASE {ranges} END"] if ranges else []), *(known[name] for name in self.by)]

    def source(self, unit: str, day: str) -> str:
        """The unit table, with teams where they are asked for."""
        team = f" LEFT JOIN teams AS t ON u.agent_id = t.member AND {day} >= t.from_day AND {day} < t.to_day"
        return f"{unit} AS u{team if 'team' in self.by else ''}"

    def within(self, fact: Fact) -> bool:
        """Whether a fact exists at this grain; beside agents or teams, days are always known."""
        named = [name for name in self.by if not (self.by_agent and name == "day")]
        return all(name in fact.grains for name in named or ["shop"])

    def shop_level(self) -> "Grain":
        """The same grain without agents and teams."""
        return Grain(tuple(name for name in self.by if name not in ("agent", "team")), self.spans)

    def reduce(self, group: Group) -> Group:
        """A group's key at shop level."""
        return tuple(value for name, value in zip(self.by, group, strict=True) if name not in ("agent", "team"))


def count(
    con: duckdb.DuckDBPyConnection, facts: Iterable[Fact], grain: Grain, start: int, end: int
) -> dict[str, dict[Group, float]]:
    """fact -> group -> value over business days [start, end), for groups that have rows. None: a part is unknown."""
    bundles: dict[tuple, list[Fact]] = defaultdict(list)
    for fact in facts:
        style = fact.measure if fact.measure == "open" or fact.measure.startswith("distinct") else "sum"
        bundles[fact.rows, fact.day, fact.window_days, style].append(fact)
    found: dict[str, dict[Group, float]] = {}
    for (_, _, rolling, style), bundle in bundles.items():
        if rolling and grain.spans:
            found |= _one_by_one(con, bundle, grain)
        else:
            found |= _run(con, _query(style, bundle, grain, start, end), bundle, grain)
    return found


def groups(con: duckdb.DuckDBPyConnection, facts: Iterable[Fact], grain: Grain, start: int, end: int) -> set[Group]:
    """The groups in which any fact has a row over business days [start, end)."""
    parts = []
    for fact in facts:
        source, day, condition = window(fact, grain, start, end)
        parts.append(f"SELECT {', '.join(grain.keys(fact.rows, day))} FROM {source} WHERE {condition}")
    return set(con.execute(" UNION ".join(parts)).fetchall()) if parts else set()


def _one_by_one(con: duckdb.DuckDBPyConnection, bundle: list[Fact], grain: Grain) -> dict[str, dict[Group, float]]:
    """The same for facts whose window reaches out of a span, into the one before."""
    found: dict[str, dict[Group, float]] = {fact.name: {} for fact in bundle}
    for number, span in enumerate(grain.spans):
        for name, groups in count(con, bundle, Grain(grain.by), *span).items():
            found[name] |= {(number, *group): value for group, value in groups.items()}
    return found


def quantiles(
    con: duckdb.DuckDBPyConnection, metrics: Iterable[tuple[Metric, Fact]], grain: Grain, start: int, end: int
) -> dict[str, dict[Group, float]]:
    """metric -> group -> quantile of the waits (linear interpolation) over [start, end)."""
    found = {}
    for metric, fact in metrics:
        value = f"QUANTILE_CONT(u.counted_wait_seconds, {metric.at}) FILTER (WHERE {fact.where})"
        found |= _run(con, _flat([value], fact, grain, start, end), [metric], grain)
    return found


def _run(con: duckdb.DuckDBPyConnection, sql: str, named: list, grain: Grain) -> dict[str, dict[Group, float]]:
    width = grain.width
    rows = con.execute(sql).fetchall()
    return {item.name: {row[:width]: _plain(row[width + i]) for row in rows} for i, item in enumerate(named)}


def _plain(value: object) -> float | None:
    return None if value is None else float(value)


def _query(style: str, bundle: list[Fact], grain: Grain, start: int, end: int) -> str:
    if style == "open":
        return _peak(bundle[0], grain, start, end)
    if style.startswith("distinct"):
        column = style.split(":")[1]
        values = [f"COUNT(DISTINCT u.{column}) FILTER (WHERE {f.rows_where(grain.by_agent)})" for f in bundle]
        return _flat(values, bundle[0], grain, start, end)
    if not _of_people(bundle):
        return _flat([_direct(fact, grain.by_agent) for fact in bundle], bundle[0], grain, start, end)
    return _by_buyer_day(bundle, grain, start, end)


def _of_people(bundle: Iterable[Fact]) -> bool:
    """Whether any of the facts counts people, of whom each is one a day, whatever the rows."""
    return any(fact.measure == "buyer_days" for fact in bundle)


def window(fact: Fact, grain: Grain, start: int, end: int) -> tuple[str, str, str]:
    """(source, day expression, condition); a rolling fact repeats each row on every day whose window holds it."""
    day = f"u.{fact.day}"
    source = grain.source(fact.rows, day)
    if not fact.window_days:
        return source, day, f"{day} >= {start} AND {day} < {end}"
    if "day" not in grain.by:
        return source, day, f"{day} >= {end - fact.window_days} AND {day} < {end}"
    days = f"(SELECT CAST(RANGE AS INT) AS d FROM RANGE({start}, {end})) AS w"
    return f"{source} JOIN {days} ON {day} > w.d - {fact.window_days} AND {day} <= w.d", "w.d", "TRUE"


def _grouped(columns: list[str]) -> str:
    return f" GROUP BY {', '.join(columns)}" if columns else ""


def _flat(values: list[str], fact: Fact, grain: Grain, start: int, end: int) -> str:
    source, day, condition = window(fact, grain, start, end)
    keys = grain.keys(fact.rows, day)
    return f"SELECT {', '.join(keys + values)} FROM {source} WHERE {condition}{_grouped(keys)}"


def _by_buyer_day(bundle: list[Fact], grain: Grain, start: int, end: int) -> str:
    """People count once per buyer and day, so rows are first folded to buyer-days: one pass for all facts."""
    columns, folded = _folded(bundle, grain, start, end)
    outer = [_outer(fact, i) for i, fact in enumerate(bundle)]
    return f"SELECT {', '.join(columns + outer)} FROM ({folded}) AS folded{_grouped(columns)}"


def per_buyer(facts: list[Fact], grain: Grain, start: int, end: int) -> str:
    """SQL: one row per group and buyer with the facts, which share their rows, as `x0`, `x1` …, for intervals."""
    if not _of_people(facts):
        source, day, condition = window(facts[0], grain, start, end)
        keys = grain.keys(facts[0].rows, day)
        named = [f"{key} AS k{i}" for i, key in enumerate(keys)]
        named += [f"CAST({_direct(fact, grain.by_agent)} AS DOUBLE) AS x{i}" for i, fact in enumerate(facts)]
        return f"SELECT {', '.join(named)} FROM {source} WHERE {condition}{_grouped([*keys, 'u.buyer_id'])}"
    columns, folded = _folded(facts, grain, start, end)
    outer = [f"CAST({_outer(fact, i)} AS DOUBLE) AS x{i}" for i, fact in enumerate(facts)]
    return f"SELECT {', '.join(columns + outer)} FROM ({folded}) AS folded{_grouped([*columns, 'buyer_id'])}"


def _folded(bundle: list[Fact], grain: Grain, start: int, end: int) -> tuple[list[str], str]:
    """(group columns, SQL of one row per group, buyer and day with every fact's parts)."""
    source, day, condition = window(bundle[0], grain, start, end)
    keys = grain.keys(bundle[0].rows, day)
    columns = [f"k{i}" for i in range(len(keys))]
    person = [] if bundle[0].rows == "traffic" else ["u.buyer_id AS buyer_id"]
    named = [f"{key} AS {name}" for key, name in zip(keys, columns, strict=True)] + [*person, f"{day} AS person_day"]
    parts = [text for i, fact in enumerate(bundle) for text in _inner(fact, i, grain.by_agent)]
    places = ", ".join(str(i + 1) for i in range(len(named)))
    return columns, f"SELECT {', '.join(named + parts)} FROM {source} WHERE {condition} GROUP BY {places}"


def _inner(fact: Fact, i: int, by_agent: bool) -> list[str]:
    where = fact.rows_where(by_agent)
    if fact.measure == "buyer_days":
        without = [f"BOOL_OR(COALESCE({fact.without}, FALSE)) AS b{i}"] if fact.without else []
        return [f"BOOL_OR(COALESCE({where}, FALSE)) AS a{i}", *without]
    if fact.measure == "rows":
        return [f"COUNT(*) FILTER (WHERE {where}) AS a{i}"]
    unknown = [f"{_unknown(fact, where)} AS b{i}"] if _may_lack(fact) else []
    return [f"SUM({_added(fact)}) FILTER (WHERE {where}) AS a{i}", *unknown]


def _outer(fact: Fact, i: int) -> str:
    if fact.measure == "buyer_days":
        return f"COUNT(*) FILTER (WHERE a{i}{f' AND NOT b{i}' if fact.without else ''})"
    total = f"COALESCE(SUM(a{i}), 0)"
    return f"CASE WHEN COALESCE(SUM(b{i}), 0) = 0 THEN {total} END" if _may_lack(fact) else total


def _direct(fact: Fact, by_agent: bool) -> str:
    """The value of a fact that does not count people, from the rows as they are."""
    where = fact.rows_where(by_agent)
    if fact.measure == "rows":
        return f"COUNT(*) FILTER (WHERE {where})"
    total = f"COALESCE(SUM({_added(fact)}) FILTER (WHERE {where}), 0)"
    return f"CASE WHEN {_unknown(fact, where)} = 0 THEN {total} END" if _may_lack(fact) else total


def _may_lack(fact: Fact) -> bool:
    """Whether it is a sum that is unknown where one of its values is."""
    return fact.complete and fact.measure.startswith("sum:")


def _added(fact: Fact) -> str:
    return fact.measure.removeprefix("sum:")


def _unknown(fact: Fact, where: str) -> str:
    return f"COUNT(*) FILTER (WHERE ({where}) AND ({_added(fact)}) IS NULL)"


def _peak(fact: Fact, grain: Grain, start: int, end: int) -> str:
    """Most sessions open at one moment of a business day, both ends included; a range takes its highest day."""
    columns = [f"k{i}" for i in range(grain.width)]
    counted = f"({open_sessions(fact, grain, start, end)}) AS running"
    return f"SELECT {', '.join([*columns, 'COALESCE(MAX(open_now), 0)'])} FROM {counted}{_grouped(columns)}"


def open_sessions(fact: Fact, grain: Grain, start: int, end: int) -> str:
    """SQL: how many sessions are open (`open_now`) at every beginning and end, per group (k0 …) and day (d)."""
    source, day, condition = window(fact, grain, start, end)
    keys = grain.keys(fact.rows, day)
    named = [f"{key} AS k{i}" for i, key in enumerate(keys)]
    columns = [f"k{i}" for i in range(len(keys))]
    ends = " UNION ALL ".join(
        f"SELECT {', '.join([*named, f'{day} AS d', f'{at} AS moment', f'{step} AS step'])} FROM {source} "
        f"WHERE {condition}"
        for at, step in (("u.started_at", 1), ("u.ended_at", -1))
    )
    part = ", ".join([*columns, "d"])
    order = f"PARTITION BY {part} ORDER BY moment, step DESC ROWS UNBOUNDED PRECEDING"
    return (
        f"SELECT {', '.join([*columns, 'd', 'moment', f'SUM(step) OVER ({order}) AS open_now'])} FROM ({ends}) AS ends"
    )
