"""Intervals for rates and for the difference of two numbers. Fractions in, fractions out, arrays welcome."""

from statistics import NormalDist

import numpy as np

Z95 = 1.96  # the figure of the published vectors, not 1.959964
Z998 = 3.09  # the alarm line of funnel plots; words about a change rest on it too


def z_of(level: float) -> float:
    """Half-width in standard errors of a two-sided normal interval, e.g. 0.95 -> 1.96."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def _ratio(numerator, denominator) -> np.ndarray:
    """numerator / denominator, NaN where the denominator is 0 or unknown."""
    num, den = (np.asarray(x, float) for x in (numerator, denominator))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(den > 0, num / den, np.nan)


def wilson(successes, trials, z: float = Z95) -> tuple[np.ndarray, np.ndarray]:
    """Wilson score interval of a rate: (low, high) as fractions, any shape, no loop.

    NaN where there is no trial, or where successes lie outside 0..trials (no rate then, so no interval).
    Source: Wilson 1927; catalogue section 12, vectors V58-V63.
    """
    n = np.asarray(trials, float)
    p = _ratio(successes, n)
    p = np.where((p >= 0) & (p <= 1), p, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # Rounding may leave an end a hair inside the rate, or off 0 and 1 where it must touch them.
    low = np.where(p == 0, 0.0, np.fmax(centre - half, 0.0))
    high = np.where(p == 1, 1.0, np.fmin(centre + half, 1.0))
    return np.minimum(low, p), np.maximum(high, p)


def difference(now, now_low, now_high, before, before_low, before_high) -> tuple[np.ndarray, np.ndarray]:
    """Interval of now - before from the interval of each, for two independent samples.

    Keeps the lopsidedness of the two intervals, so it serves rates near 0 and 1 and skewed money alike.
    Source: method of variance estimates recovery, Zou & Donner 2008; with Wilson ends it is Newcombe's.
    """
    gap = np.asarray(now, float) - np.asarray(before, float)
    down = np.hypot(np.subtract(now, now_low), np.subtract(before_high, before))
    up = np.hypot(np.subtract(now_high, now), np.subtract(before, before_low))
    return gap - down, gap + up


def newcombe(successes, trials, successes_before, trials_before, z: float = Z95) -> tuple[np.ndarray, np.ndarray]:
    """Interval of the difference of two independent rates (now - before), as fractions.

    Source: Newcombe 1998, method 10 (hybrid score, no continuity correction).
    """
    now, before = _ratio(successes, trials), _ratio(successes_before, trials_before)
    return difference(now, *wilson(successes, trials, z), before, *wilson(successes_before, trials_before, z))


def ratio_from_sums(x, y, xx, xy, yy, units, z: float = Z95) -> tuple[np.ndarray, np.ndarray]:
    """Interval of sum(x) / sum(y) from sums over buyers: of x, y, x squared, x times y, y squared.

    `units` is the number of buyers. One SQL query serves every group: money per buyer or order, waits per
    round, rates whose rounds cluster in buyers. Symmetric, so `bootstrap_ratio` is better below some 50
    buyers. NaN for fewer than two. Source: linearised ratio, Cochran 1977, chapter 6.
    """
    value = _ratio(x, y)
    residual = np.asarray(xx, float) - 2 * value * np.asarray(xy, float) + value**2 * np.asarray(yy, float)
    spread = np.fmax(residual, 0.0) * _ratio(units, np.subtract(units, 1.0))
    half = z * _ratio(np.sqrt(spread), y)
    return value - half, value + half


def effective_n(successes, trials, low, high, z: float = Z95) -> np.ndarray:
    """How many independent trials an interval is worth; never more than `trials`.

    Rounds of one chat resemble each other, so an interval that resampled buyers is wider than Wilson's. The
    ratio of the two widths, squared, is the design effect (Kish 1965). Without an interval: `trials`.
    """
    n = np.asarray(trials, float)
    own = np.subtract(*reversed(wilson(successes, n, z)))
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = (np.subtract(np.asarray(high, float), np.asarray(low, float)) / own) ** 2
    return n / np.fmax(effect, 1.0)
