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
    until: int  # the last day the reports or raw tables reach
    raw_until: int | None  # the last day of raw tables, where they say a part of it


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """`vendor_facts`: one row per day, account and fact with the best report's value and the account's agent.

    A printed success rate times its own denominator on the same agent-day serves where no report counts the numerator.
    """
    place = " ".join(f"WHEN v.report LIKE '%{name}%' THEN {i}" for i, name in enumerate(REPORTS))
    divided = [metric for metric in metrics().values() if metric.denominator]
    ratios = ", ".join(f"('{PRINTED}{m.name}', '{m.numerator}', '{m.denominator}')" for m in divided)
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
        chosen AS ({_best("resolved")}),
        ratios(printed, numerator, denominator) AS (VALUES {ratios}),
        offered AS (
            SELECT *, 0 AS place FROM chosen WHERE NOT STARTS_WITH(fact, '{PRINTED}')
            UNION ALL
            SELECT p.day, p.agent_id, p.account, r.numerator, p.value * d.value, 'reweighted', 1
            FROM chosen AS p
            JOIN ratios AS r ON p.fact = r.printed
            JOIN chosen AS d ON p.day = d.day AND p.account = d.account AND d.fact = r.denominator
        )
        SELECT *, value IS NULL AS unsettled FROM ({_best("offered")}) AS best"""
    )


def _best(source: str) -> str:
    """SQL: the value of the best place that has one; NULL where all of them are late."""
    return f"""SELECT day, agent_id, account, fact,
        ARG_MIN(value, place) FILTER (WHERE value IS NOT NULL) AS value,
        ARG_MIN(basis, place) FILTER (WHERE value IS NOT NULL) AS basis
        FROM {source} GROUP BY day, agent_id, account, fact"""


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
    """group -> Part over [start, end), leaving out days that are counted on raw tables (raw wins)."""
    if "hour" in grain.by:
        return {}
    sides = [fact(name) for name in metric.facts]
    wanted = sorted({name for side in sides for name in (side.name, *_terms(side))})
    pivot = ", ".join(f"MAX(value) FILTER (WHERE fact = '{n}') AS v{i}" for i, n in enumerate(wanted))
    values = [_said(side, wanted) for side in sides]
    both = " AND ".join(f"({value}) IS NOT NULL" for value in values)
    total = "MAX" if _is_peak(metric) else "SUM"
    # As decimals: money of a year of agent-days must not gather rounding.
    sums = ", ".join(f"{total}(CAST({value} AS DECIMAL(28, 6))) FILTER (WHERE {both})" for value in values)
    keys = grain.keys("u")
    named = f"fact IN ({', '.join(repr(name) for name in wanted)})"
    source = grain.source(
        f"(SELECT day, agent_id, {pivot}, STRING_AGG(DISTINCT basis, ',') AS basis, BOOL_OR(unsettled) AS unsettled "
        f"FROM vendor_facts WHERE {named} GROUP BY day, agent_id, account)",
        "u.day",
    )
    outside = "" if raw_days is None else f" AND NOT (u.day BETWEEN {raw_days[0]} AND {raw_days[1]})"
    group = f" GROUP BY {', '.join(keys)}" if keys else ""
    rows = con.execute(
        f"SELECT {', '.join([*keys, sums])}, STRING_AGG(DISTINCT u.basis, ','), BOOL_OR(u.unsettled) "
        f"FROM {source} WHERE u.day >= {start} AND u.day < {end}{outside}{group}"
    ).fetchall()
    raw_until = raw_days[1] if raw_days else None
    until = max(_reach(con, named), raw_until or 0)
    width = len(grain.by)
    return {row[:width]: _part(row[width:], len(sides), until, raw_until) for row in rows if row[width] is not None}


def joined(metric: Metric, raw: list[float | None], part: Part | None, alone: bool) -> list[float | None]:
    """Both sides of a metric from raw tables and the reports of the other days; `alone`: raw tables say nothing."""
    if part is None:
        return raw
    given = [part.numerator, part.denominator][: len(raw)]
    if alone:
        return given
    both = max if _is_peak(metric) else float.__add__
    return [None if a is None or b is None else both(a, b) for a, b in zip(raw, given, strict=True)]


def _is_peak(metric: Metric) -> bool:
    return fact(metric.numerator).measure == "open"


def _reach(con: duckdb.DuckDBPyConnection, named: str) -> int:
    """The last day for which there is a report of every fact that is named at all."""
    last = "SELECT MAX(day) AS day FROM vendor_facts WHERE " + named + " GROUP BY fact"
    return con.execute(f"SELECT COALESCE(MIN(day), 0) FROM ({last}) AS reaches").fetchone()[0]


def _terms(item: Fact) -> list[str]:
    """A fact as vendors' columns: itself, another column, or one less another."""
    return [term.strip() for term in (item.vendor or item.name).split(" - ")]


def _said(item: Fact, wanted: list[str]) -> str:
    """SQL over the pivoted columns: what a report says under the fact's own name, else what follows from others."""
    follows = " - ".join(f"v{wanted.index(name)}" for name in _terms(item))
    return f"COALESCE(v{wanted.index(item.name)}, {follows})" if item.vendor else follows


def _part(values: tuple, sides: int, until: int, raw_until: int | None) -> Part:
    numerator, denominator = values[0], values[1] if sides > 1 else None
    basis = frozenset((values[-2] or "").split(",")) - {"exact", ""}
    below = None if denominator is None else float(denominator)
    return Part(float(numerator), below, basis, bool(values[-1]), until, raw_until)
