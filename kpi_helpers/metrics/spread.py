"""How sure a number is: 95 % intervals of what `compute` returns.

Rates carry Wilson's interval (specification section 6). Money is resampled by buyer; where a question has many groups,
and for waits and other ratios, the same spread between buyers enters through the linearised ratio. Counts are complete
and carry none.
"""

import duckdb
import numpy as np
import pandas as pd

from kpi_helpers.metrics.aggregates import Grain, Group, per_buyer
from kpi_helpers.metrics.registry import Metric, fact
from kpi_helpers.stats.bootstrap import bootstrap_ratio
from kpi_helpers.stats.intervals import ratio_from_sums, wilson

Interval = tuple[float, float]
BY_BUYER = ("money", "mean", "ratio")
MOST_RESAMPLED = 40  # groups; beyond, resampling each would take seconds


def by_buyer(
    con: duckdb.DuckDBPyConnection, metric: Metric, grain: Grain, start: int, end: int
) -> dict[Group, Interval]:
    """group -> interval of a ratio whose two facts are counted on the same rows; nothing for other metrics."""
    pair = tuple(fact(name) for name in metric.facts)
    if metric.kind not in BY_BUYER or len({item.rows for item in pair}) > 1 or not pair[0].rows or pair[0].window_days:
        return {}
    sql = per_buyer(pair, grain, start, end)
    width = len(grain.by)
    found = con.execute(_sums(sql, width)).fetchall()
    if metric.kind == "money" and len(found) <= MOST_RESAMPLED:
        return _resampled(con, sql, width)
    low, high = ratio_from_sums(*np.array([row[width:] for row in found], float).reshape(-1, 6).T)
    return {row[:width]: (low[i], high[i]) for i, row in enumerate(found)}


def with_wilson(frame: pd.DataFrame, is_rate: pd.Series) -> pd.DataFrame:
    """The frame with Wilson 95 % on its rates."""
    rate = is_rate & frame["value"].between(0, 1)
    low, high = wilson(frame.loc[rate, "numerator"], frame.loc[rate, "denominator"])
    frame.loc[rate, "low"], frame.loc[rate, "high"] = low, high
    return frame


def _sums(sql: str, width: int) -> str:
    keys = [f"k{i}" for i in range(width)]
    sums = ["SUM(x)", "SUM(y)", "SUM(x * x)", "SUM(x * y)", "SUM(y * y)", "COUNT(*)"]
    group = f" GROUP BY {', '.join(keys)}" if keys else ""
    return f"SELECT {', '.join(keys + sums)} FROM ({sql}) AS buyers WHERE x IS NOT NULL AND y IS NOT NULL{group}"


def _resampled(con: duckdb.DuckDBPyConnection, sql: str, width: int) -> dict[Group, Interval]:
    buyers = con.execute(sql).df()
    if not width:
        return {(): bootstrap_ratio(buyers["x"], buyers["y"])}
    groups = buyers.groupby([f"k{i}" for i in range(width)], dropna=False)
    return {_key(key): bootstrap_ratio(rows["x"], rows["y"]) for key, rows in groups}


def _key(key: tuple) -> Group:
    """A pandas group key as SQL gave it: plain Python values, None for what is missing."""
    return tuple(None if pd.isna(part) else part.item() if hasattr(part, "item") else part for part in key)
