"""How sure a number is: 95 % intervals of what `compute` returns.

Rates carry Wilson's interval (specification section 6). Money is resampled by buyer; where a question has many groups,
and for waits and other ratios, the same spread between buyers enters through the linearised ratio. Counts are complete
and carry none.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import duckdb
import numpy as np

from kpi_helpers.metrics.aggregates import Grain, Group, per_buyer
from kpi_helpers.metrics.registry import Metric, fact
from kpi_helpers.stats.bootstrap import bootstrap_ratio
from kpi_helpers.stats.intervals import ratio_from_sums, wilson

Interval = tuple[float, float]
BY_BUYER = ("money", "mean", "ratio")
MOST_RESAMPLED = 40  # groups; beyond, resampling each would take seconds


def by_buyer(
    con: duckdb.DuckDBPyConnection, metrics: Sequence[Metric], grain: Grain, start: int, end: int
) -> dict[str, dict[Group, Interval]]:
    """metric -> group -> interval, of ratios whose two facts are counted on the same rows; none for other metrics."""
    alike: dict[tuple[str, str], list[Metric]] = defaultdict(list)
    for metric in metrics:
        if metric.kind in BY_BUYER and _together(metric):
            above = fact(metric.numerator)
            alike[above.rows, above.day].append(metric)
    found: dict[str, dict[Group, Interval]] = {}
    for some in alike.values():
        found |= _intervals(con, some, grain, start, end)
    return found


def add_wilson(rows: Sequence[dict]) -> None:
    """Wilson 95 % for rows that are rates."""
    rates = [row for row in rows if 0 <= row["value"] <= 1]
    sides = ([row[side] for row in rates] for side in ("numerator", "denominator"))
    for row, low, high in zip(rates, *(end.tolist() for end in wilson(*sides)), strict=True):
        row["low"], row["high"] = low, high


def _together(metric: Metric) -> bool:
    """Whether both sides are counted on the same rows."""
    above, below = (fact(name) for name in metric.facts)
    return bool(above.rows) and above.rows == below.rows and not above.window_days


def _intervals(
    con: duckdb.DuckDBPyConnection, metrics: list[Metric], grain: Grain, start: int, end: int
) -> dict[str, dict[Group, Interval]]:
    """Those of metrics that are counted on the same rows: their buyers are folded once."""
    facts = [fact(name) for name in dict.fromkeys(name for metric in metrics for name in metric.facts)]
    place = {item.name: f"x{i}" for i, item in enumerate(facts)}
    sides = [(place[metric.numerator], place[metric.denominator]) for metric in metrics]
    sql, width = per_buyer(facts, grain, start, end), grain.width
    rows = con.execute(_sums(sql, width, sides)).fetchall()
    found: dict[str, dict[Group, Interval]] = {}
    again: dict[str, tuple[tuple[str, str], set[Group]]] = {}
    for i, (metric, pair) in enumerate(zip(metrics, sides, strict=True)):
        groups = [(row[:width], row[width + 6 * i : width + 6 * i + 6]) for row in rows if row[width + 6 * i + 5]]
        found[metric.name] = _linear(groups)
        if metric.kind == "money" and (few := _few([group for group, _ in groups], grain)):
            again[metric.name] = pair, few
    for name, group, interval in _resampled(con, sql, width, again) if again else ():
        found[name][group] = interval
    return found


def _few(groups: list[Group], grain: Grain) -> set[Group]:
    """The groups of questions that have not too many of them."""
    question = slice(0, 1 if grain.spans else 0)
    sizes = Counter(group[question] for group in groups)
    return {group for group in groups if sizes[group[question]] <= MOST_RESAMPLED}


def _sums(sql: str, width: int, pairs: Sequence[tuple[str, str]]) -> str:
    """Six sums for each pair, over buyers of whom both sides are known."""
    keys = [f"k{i}" for i in range(width)]
    each = ("SUM({x})", "SUM({y})", "SUM({x} * {x})", "SUM({x} * {y})", "SUM({y} * {y})", "COUNT(*)")
    sums = [f"{s.format(x=x, y=y)} FILTER ({x} IS NOT NULL AND {y} IS NOT NULL)" for x, y in pairs for s in each]
    group = f" GROUP BY {', '.join(keys)}" if keys else ""
    return f"SELECT {', '.join(keys + sums)} FROM ({sql}) AS buyers{group}"


def _linear(groups: Sequence[tuple[Group, tuple]]) -> dict[Group, Interval]:
    low, high = ratio_from_sums(*np.array([sums for _, sums in groups], float).reshape(-1, 6).T)
    low = np.maximum(low, 0)  # no wait, amount or count is less
    return {group: (float(low[i]), float(high[i])) for i, (group, _) in enumerate(groups)}


def _resampled(
    con: duckdb.DuckDBPyConnection, sql: str, width: int, wanted: dict[str, tuple[tuple[str, str], set[Group]]]
) -> Iterator[tuple[str, Group, Interval]]:
    """metric, group, interval of what is wanted: metric -> (its sides, groups). Group by group: their buyers are drawn
    alike for every metric."""
    sides = sorted({side for pair, _ in wanted.values() for side in pair})
    keys = [f"k{i}" for i in range(width)]
    buyers: dict[Group, list[tuple]] = defaultdict(list)
    for row in con.execute(f"SELECT {', '.join([*keys, *sides])} FROM ({sql}) AS buyers").fetchall():
        buyers[row[:width]].append(row[width:])
    for group, rows in buyers.items():
        known = dict(zip(sides, np.array(rows, float).T, strict=True))
        for name, (pair, groups) in wanted.items():
            if group in groups:
                yield name, group, bootstrap_ratio(*(known[side] for side in pair))
