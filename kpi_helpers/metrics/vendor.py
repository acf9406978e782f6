"""Shops that only have a vendor's daily table (specification section 9).

Additive columns are facts as they stand; a printed mean or rate became a fact through its own base when it was read
(`basis = reweighted`), or is turned into one here where the base stands in another report of the same agent-day.
"""

from dataclasses import dataclass

import duckdb

from kpi_helpers.metrics.aggregates import Grain, Group
from kpi_helpers.metrics.registry import Fact, Metric, fact, metrics

# Where two reports print the same column, the more detailed one is taken.
REPORTS = ("agent_daily", "workload", "summary", "daily")
PRINTED = "printed:"


@dataclass(frozen=True)
class Part:
    """Numerator and denominator of one group from vendors' tables, over agent-days that have both."""

    numerator: float
    denominator: float | None
    basis: frozenset[str]
    unsettled: bool


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """`vendor_facts`: one row per day, agent and fact, the best report's value, aliases resolved."""
    place = " ".join(f"WHEN v.report LIKE '%{name}%' THEN {i}" for i, name in enumerate(REPORTS))
    con.execute(
        f"""CREATE OR REPLACE TABLE vendor_facts AS
        WITH resolved AS (
            SELECT CAST(v.day - DATE '1970-01-01' AS INT) AS day, COALESCE(a.agent_id, v.agent_id) AS agent_id,
                v.agent_id AS account, v.fact, v.value, v.basis, CASE {place} ELSE {len(REPORTS)} END AS place
            FROM raw_agent_daily AS v
            LEFT JOIN aliases AS a ON v.agent_id = a.alias_id
                AND CAST(v.day - DATE '1970-01-01' AS INT) >= a.from_day
                AND CAST(v.day - DATE '1970-01-01' AS INT) < a.to_day
        ),
        chosen AS (
            SELECT day, agent_id, account, fact,
                ARG_MIN(value, place) FILTER (WHERE value IS NOT NULL) AS value,
                ARG_MIN(basis, place) FILTER (WHERE value IS NOT NULL) AS basis
            FROM resolved GROUP BY day, agent_id, account, fact
        ),
        merged AS (
            SELECT day, agent_id, fact,
                CASE WHEN fact = 'peak_concurrent_chats' THEN MAX(value) ELSE SUM(value) END AS value,
                MAX(basis) AS basis, COUNT(*) > COUNT(value) AS unsettled
            FROM chosen WHERE NOT STARTS_WITH(fact, '{PRINTED}') GROUP BY day, agent_id, fact
        )
        SELECT * FROM merged {"".join(" UNION ALL " + sql for sql in _printed())}"""
    )


def _printed() -> list[str]:
    """Printed success rates times their own denominator on the same agent-day (when no report counts the numerator)."""
    return [
        f"""SELECT p.day, p.agent_id, '{m.numerator}' AS fact, SUM(p.value * d.value) AS value, 'reweighted' AS basis,
            BOOL_OR(p.value IS NULL) AS unsettled
        FROM chosen AS p JOIN chosen AS d ON p.day = d.day AND p.account = d.account AND d.fact = '{m.denominator}'
        WHERE p.fact = '{PRINTED}{m.name}' AND (p.day, p.agent_id) NOT IN (
            SELECT (day, agent_id) FROM merged WHERE fact = '{m.numerator}' AND value IS NOT NULL)
        GROUP BY p.day, p.agent_id"""
        for m in metrics().values()
        if m.denominator
    ]


def known_facts(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Facts some report has."""
    return {row[0] for row in con.execute("SELECT DISTINCT fact FROM vendor_facts").fetchall()}


def parts(
    con: duckdb.DuckDBPyConnection,
    metric: Metric,
    grain: Grain,
    start: int,
    end: int,
    raw_days: tuple[int, int] | None,
) -> dict[Group, Part]:
    """group -> Part over [start, end), leaving out days that raw tables cover (raw wins)."""
    if "hour" in grain.by:
        return {}
    sides = [_terms(fact(name)) for name in metric.facts]
    wanted = sorted({name for side in sides for name in side})
    pivot = ", ".join(f"MAX(value) FILTER (WHERE fact = '{n}') AS v{i}" for i, n in enumerate(wanted))
    values = [" - ".join(f"v{wanted.index(name)}" for name in side) for side in sides]
    both = " AND ".join(f"({value}) IS NOT NULL" for value in values)
    total = "MAX" if fact(metric.numerator).measure == "open" else "SUM"
    # As decimals: money of a year of agent-days must not gather rounding.
    sums = ", ".join(f"{total}(CAST({value} AS DECIMAL(28, 6))) FILTER (WHERE {both})" for value in values)
    keys = grain.keys("u")
    source = grain.source(
        f"(SELECT day, agent_id, {pivot}, STRING_AGG(DISTINCT basis, ',') AS basis, BOOL_OR(unsettled) AS unsettled "
        f"FROM vendor_facts WHERE fact IN ({', '.join(repr(n) for n in wanted)}) GROUP BY day, agent_id)",
        "u.day",
    )
    outside = "" if raw_days is None else f" AND NOT (u.day BETWEEN {raw_days[0]} AND {raw_days[1]})"
    group = f" GROUP BY {', '.join(keys)}" if keys else ""
    rows = con.execute(
        f"SELECT {', '.join([*keys, sums])}, STRING_AGG(DISTINCT u.basis, ','), BOOL_OR(u.unsettled) "
        f"FROM {source} WHERE u.day >= {start} AND u.day < {end}{outside}{group}"
    ).fetchall()
    width = len(grain.by)
    return {row[:width]: _part(row[width:], len(sides)) for row in rows if row[width] is not None}


def _terms(item: Fact) -> list[str]:
    """A fact as vendors' columns: itself, another column, or one less another."""
    return [term.strip() for term in (item.vendor or item.name).split(" - ")]


def _part(values: tuple, sides: int) -> Part:
    numerator, denominator = values[0], values[1] if sides > 1 else None
    basis = frozenset((values[-2] or "").split(",")) - {"exact", ""}
    return Part(float(numerator), None if denominator is None else float(denominator), basis, bool(values[-1]))
