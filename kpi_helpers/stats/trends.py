"""Is this period out of the ordinary? Limits from the periods before it."""

from typing import NamedTuple

import numpy as np

RUN = 8  # periods on one side of the mean that signal a shift


class Xmr(NamedTuple):
    """Limits of an individuals chart, in the unit of the values."""

    mean: float
    moving_range: float
    low: float
    high: float
    range_limit: float


def xmr(values) -> Xmr:
    """Individuals-chart limits of a series in time order; unknown values are left out.

    Moving ranges above 3.5 times their mean are dropped once before the limits are set, so that one promotion
    does not hide the next. NaN everywhere for fewer than three values. Leave the days of a promotion out of
    normal-day limits. Source: Nelson 1982, catalogue section 12, vector V66.
    """
    series = np.asarray(values, float)
    series = series[~np.isnan(series)]
    if len(series) < 3:
        return Xmr(*[np.nan] * 5)
    ranges = np.abs(np.diff(series))
    usual = float(ranges[ranges <= 3.5 * ranges.mean()].mean())
    mean = float(series.mean())
    return Xmr(mean, usual, mean - 2.66 * usual, mean + 2.66 * usual, 3.267 * usual)


def usual_step(values, relative: bool) -> float:
    """Standard deviation of a period's own ups and downs, from the median moving range; NaN for fewer than three.

    In units of the values, or (`relative`, for values above 0) in logarithms, as amounts vary in proportion. The
    median, because a mean takes one promotion and its hangover for usual and then sees no change at all; widened by
    4/n for what a median of few ranges does not know.
    """
    series = np.asarray(values, float)
    series = series[~np.isnan(series)]
    if len(series) < 3 or (relative and (series <= 0).any()):
        return np.nan
    ranges = np.abs(np.diff(np.log(series) if relative else series))
    return float(np.median(ranges) / 0.954 * (1 + 4 / len(series)))


def signals(values, limits: Xmr) -> np.ndarray:
    """True for each value outside the limits or in a run of eight on one side of the mean."""
    series = np.asarray(values, float)
    outside = (series < limits.low) | (series > limits.high)
    side = np.sign(series - limits.mean)
    runs = np.zeros(len(series), bool)
    for end in range(RUN, len(series) + 1):
        runs[end - RUN : end] |= abs(side[end - RUN : end].sum()) == RUN
    return outside | runs


def laney_sigma(successes, trials) -> float:
    """How much more a rate varies from period to period than chance: 1 = no more; multiplies sigma.

    From the moving ranges of z-scores, for rates on a very large base whose binomial limits are too tight.
    NaN for fewer than three periods. Source: Laney 2002 (p' chart), catalogue section 12.
    """
    k, n = np.asarray(successes, float), np.asarray(trials, float)
    k, n = k[n > 0], n[n > 0]
    if len(n) < 3 or not 0 < k.sum() < n.sum():
        return np.nan
    pooled = k.sum() / n.sum()
    scores = (k / n - pooled) / np.sqrt(pooled * (1 - pooled) / n)
    return float(np.abs(np.diff(scores)).mean() / 1.128)
