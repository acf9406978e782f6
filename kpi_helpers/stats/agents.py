"""Agents beside each other without a league table: shrinkage and funnel limits."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from .intervals import Z95, Z998, _ratio

STRONGEST = 1e6  # a prior worth this many chats: agents who do not differ are all shown as the shop


class Prior(NamedTuple):
    """What is known of an agent before looking: a beta distribution worth alpha + beta chats."""

    alpha: float
    beta: float

    @property
    def mean(self) -> float:
        """The rate everybody is drawn towards, a fraction."""
        return self.alpha / (self.alpha + self.beta)


def shrink(successes, trials, prior: Prior) -> np.ndarray:
    """Rates drawn towards the prior's mean, the fewer the trials the further; fractions, one per agent.

    Lies between the prior's mean and successes / trials. Source: catalogue section 12, vector V68.
    """
    return (np.asarray(successes, float) + prior.alpha) / (np.asarray(trials, float) + prior.alpha + prior.beta)


def fit_prior(successes, trials, least: float = 30) -> Prior:
    """The beta distribution that agents with at least `least` trials were drawn from (empirical Bayes).

    Most likely beta-binomial, started from the moments. With fewer than two such agents nothing is known of
    their spread, and the prior is the pooled rate at full strength. Source: Robinson 2015, catalogue 12.
    """
    k, n = _observed(successes, trials, least)
    if n.sum() == 0:
        return Prior(STRONGEST / 2, STRONGEST / 2)
    mean = np.clip(k.sum() / n.sum(), 1e-6, 1 - 1e-6)
    if len(n) < 2:
        return Prior(mean * STRONGEST, (1 - mean) * STRONGEST)
    return _most_likely(k, n, mean, _strength(k, n, mean))


def _observed(successes, trials, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Agents with enough trials; everybody with any when nobody has enough."""
    k, n = np.asarray(successes, float), np.asarray(trials, float)
    enough = n >= least if (n >= least).any() else n > 0
    return k[enough], n[enough]


def _strength(k: np.ndarray, n: np.ndarray, mean: float) -> float:
    """alpha + beta by moments: the spread of agents beyond what chance alone gives."""
    chance = np.average(mean * (1 - mean) / n, weights=n)
    beyond = np.average((k / n - mean) ** 2, weights=n) - chance
    return float(np.clip(mean * (1 - mean) / max(beyond, 1e-12) - 1, 1.0, STRONGEST))


def _most_likely(k: np.ndarray, n: np.ndarray, mean: float, strength: float) -> Prior:
    """Maximum likelihood on the scale of (log odds of the mean, log strength), where it is well behaved."""
    from scipy.optimize import minimize
    from scipy.special import betaln, expit, logit

    def prior(at) -> Prior:
        centre, size = expit(at[0]), np.exp(at[1])
        return Prior(float(centre * size), float((1 - centre) * size))

    def loss(at) -> float:
        a, b = prior(at)
        return -float(np.sum(betaln(k + a, n - k + b) - betaln(a, b)))

    bounds = [(-16, 16), (0, np.log(STRONGEST))]
    return prior(minimize(loss, [logit(mean), np.log(strength)], bounds=bounds, method="L-BFGS-B").x)


def funnel_limits(target: float, trials, z: float = Z95, phi: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Where a rate may lie by chance when the true rate is `target`: (low, high), one per `trials`.

    phi widens them for over-dispersion. Source: Spiegelhalter 2005, doi:10.1002/sim.1970; vector V67.
    """
    half = z * np.sqrt(phi) * np.sqrt(_ratio(target * (1 - target), trials))
    return np.maximum(target - half, 0.0), np.minimum(target + half, 1.0)


def dispersion(successes, trials, target: float) -> float:
    """How much more agents vary than chance: 1 = no more; multiplies the variance of funnel limits.

    Mean squared z-score around the median agent, the outer tenth on each side (at least one agent) pulled
    in, so that one outlier neither hides itself nor widens the funnel. Below five agents nothing can be
    said: 1. Source: Spiegelhalter 2005, over-dispersion, winsorised multiplicative form.
    """
    n = np.asarray(trials, float)
    z = (_ratio(successes, n) - target) / np.sqrt(_ratio(target * (1 - target), n))
    z = np.sort(z[np.isfinite(z)])
    if len(z) < 5:
        return 1.0
    outer = max(1, len(z) // 10)
    inside = np.clip(z, z[outer], z[-1 - outer]) - np.median(z)
    return max(1.0, float(np.mean(inside**2)))


def funnel(successes, trials, target: float | None = None, least: float = 30) -> pd.DataFrame:
    """One row per agent: n, rate, low95, high95, low998, high998, phi, flag; the index of `trials` is kept.

    target: the pooled rate when None. flag is "alarm" outside the 99.8 % limits, "alert" outside 95 %, "few"
    below `least` trials, else "". 95 % flags one agent in twenty by chance, so only alarms deserve a name.
    An alarm must also be that rare by the exact binomial tail: the drawn limits are too tight near 0 and 1.
    """
    index = trials.index if isinstance(trials, pd.Series) else None
    return pd.DataFrame(_lines(successes, trials, target, least), index=index)


def alarms(successes, trials, target: float) -> np.ndarray:
    """Who is flagged "alarm" by `funnel`, however few the trials."""
    return _lines(successes, trials, target, 0)["flag"] == "alarm"


def _lines(successes, trials, target: float | None, least: float) -> dict[str, np.ndarray | float]:
    """The columns of `funnel`."""
    k, n = np.asarray(successes, float), np.asarray(trials, float)
    target = float(_ratio(np.nansum(k), np.nansum(n))) if target is None else target
    phi = dispersion(k[n >= least], n[n >= least], target)
    lines = {"n": n, "rate": _ratio(k, n)}
    lines["low95"], lines["high95"] = funnel_limits(target, n, Z95, phi)
    lines["low998"], lines["high998"] = funnel_limits(target, n, Z998, phi)
    return lines | {"phi": phi, "flag": _flags(lines, target, least)}


def _flags(lines: dict[str, np.ndarray], target: float, least: float) -> np.ndarray:
    """alarm, alert, few or nothing, per agent."""
    n, rate = lines["n"], lines["rate"]
    alert = (rate < lines["low95"]) | (rate > lines["high95"])
    alarm = (rate < lines["low998"]) | (rate > lines["high998"])
    rare = _tail(n, rate, target) <= 0.001
    return np.select([~(n >= least), alarm & rare, alert], ["few", "alarm", "alert"], "")


def stand_apart(values, low, high, z: float = Z998) -> np.ndarray:
    """True for each value above 0 that no chance explains: a mean, a ratio, money; from their 95 % intervals.

    In logarithms, because waits and money differ in proportion. Limits lie around the median of the others and hold
    both the value's own interval and how much the others differ among themselves (from their absolute deviations, so
    that one outlier does not widen them; the additive form of over-dispersion). False where an interval is unknown,
    and everywhere below five values. Source: Spiegelhalter 2005, doi:10.1002/sim.1970.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        y, down, up = (np.log(np.asarray(x, float)) for x in (values, low, high))
    own = np.where(np.isfinite(down), up - down, 2 * (up - y)) / (2 * Z95)
    known = np.isfinite(y) & np.isfinite(own)
    apart = np.zeros(len(y), bool)
    if known.sum() < 5:
        return apart
    for at in np.flatnonzero(known):
        others = known & (np.arange(len(y)) != at)
        centre = np.median(y[others])
        spread = 1.4826 * np.median(np.abs(y[others] - centre)) * (1 + 2 / others.sum())
        apart[at] = abs(y[at] - centre) > z * np.hypot(own[at], spread)
    return apart


def _tail(n: np.ndarray, rate: np.ndarray, target: float) -> np.ndarray:
    """Exact chance of a count at least this far out on its side of the target (one-sided)."""
    from scipy.special import bdtr, bdtrc

    n = np.nan_to_num(n).astype(int)
    k = np.nan_to_num(np.round(rate * n))
    return np.where(k < n * target, bdtr(k, n, target), bdtrc(k - 1, n, target))
