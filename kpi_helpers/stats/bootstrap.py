"""Intervals for money by resampling buyers."""

from functools import lru_cache
from statistics import NormalDist

import numpy as np

from .intervals import _ratio

MOST_UNITS = 1000  # resampled at once; more buyers than that are first pooled at random
SEED = 20080808


def bootstrap_ratio(
    numerators, denominators, level: float = 0.95, resamples: int = 1999, seed: int = SEED
) -> tuple[float, float]:
    """Interval of sum(numerators) / sum(denominators), one entry per buyer: (low, high).

    Serves 客单价 (sales per buyer, denominators 1), 笔单价, 件均价, and rates whose rounds cluster in buyers.
    The same rows in any order give the same interval. (NaN, NaN) for fewer than two buyers or a zero
    denominator. Bias-corrected and accelerated (Efron 1987), as in scipy.stats.bootstrap, whose import alone
    takes longer than all the intervals of a report.
    """
    x, y = _pool(*_ordered(numerators, denominators), seed)
    if len(x) < 2 or y.sum() <= 0:
        return np.nan, np.nan
    draws = _draws(x, y, resamples, seed)
    return _bca(draws, float(x.sum() / y.sum()), _ratio(x.sum() - x, y.sum() - y), level)


def _ordered(numerators, denominators) -> tuple[np.ndarray, np.ndarray]:
    """Rows in one order whatever engine delivered them, without those that have an unknown side."""
    x, y = np.asarray(numerators, float), np.asarray(denominators, float)
    known = ~(np.isnan(x) | np.isnan(y))
    x, y = x[known], y[known]
    order = np.lexsort((y, x))
    return x[order], y[order]


def _pool(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """At most MOST_UNITS random groups of buyers: random groups keep the variance of the sums."""
    if len(x) <= MOST_UNITS:
        return x, y
    group = np.random.default_rng(seed).permutation(len(x)) % MOST_UNITS
    return np.bincount(group, x, MOST_UNITS), np.bincount(group, y, MOST_UNITS)


def _draws(x: np.ndarray, y: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """The ratio of each resample, NaN-free and sorted."""
    picks = _picks(len(x), resamples, seed)
    below = len(y) if (y == 1).all() else y.take(picks).sum(1)  # per buyer: every resample has as many
    ratios = _ratio(x.take(picks).sum(1), below)
    return np.sort(ratios[~np.isnan(ratios)])


@lru_cache(maxsize=1)
def _picks(units: int, resamples: int, seed: int) -> np.ndarray:
    """Which units each resample holds: the same for every ratio of the same buyers."""
    drawn = np.random.default_rng(seed).integers(0, units, (resamples, units), dtype=np.int32)
    return drawn.astype(np.intp)  # what `take` would make of them each time


def _bca(draws: np.ndarray, value: float, left_out: np.ndarray, level: float) -> tuple[float, float]:
    """Percentiles of the draws, shifted for bias and for skew; always around the value itself."""
    if len(draws) == 0 or draws[0] == draws[-1]:
        return value, value
    normal = NormalDist()
    share = (np.mean(draws < value) + np.mean(draws <= value)) / 2
    bias = normal.inv_cdf(min(max(share, 1 / len(draws)), 1 - 1 / len(draws)))
    skew = _acceleration(left_out)
    shifted = [bias + z for z in (normal.inv_cdf((1 - level) / 2), normal.inv_cdf((1 + level) / 2))]
    ends = np.quantile(draws, [normal.cdf(bias + s / (1 - skew * s)) for s in shifted])
    return min(float(ends[0]), value), max(float(ends[1]), value)


def _acceleration(left_out: np.ndarray) -> float:
    """Skewness of the leave-one-out values, over six; 0 when they do not vary."""
    gaps = np.nanmean(left_out) - left_out
    spread = np.nansum(gaps**2) ** 1.5
    return float(np.nansum(gaps**3) / (6 * spread)) if spread > 0 else 0.0
