"""Why a number moved: its parts did better or worse (rate), or there was more of the good ones (mix)."""

import numpy as np
import pandas as pd

from .intervals import _ratio

SIDES = ("before", "now")


def kitagawa(before: pd.DataFrame, now: pd.DataFrame, by: str | list[str]) -> pd.DataFrame:
    """Split the change of a rate into rate and mix, one row per group; fractions.

    before, now: columns `by`, numerator, denominator. Returns the `by` columns, weight_before, weight_now,
    rate_before, rate_now, rate_effect, mix_effect. The two effects add up to the total difference, to the
    last bit. A group seen in one period only keeps that period's rate in both, so that it counts as mix
    alone; one without a denominator in either has no rate and is left out. Mix is taken against the total's
    own rate: a group that grows helps only if it is better than the whole.
    Source: Kitagawa 1955; catalogue section 12, vectors V64-V65.
    """
    sides = _side_by_side(before, now, [by] if isinstance(by, str) else list(by))
    parts = _weights_and_rates(sides)
    centre = (_overall(sides, "before") + _overall(sides, "now")) / 2
    gap_weight = parts.weight_now - parts.weight_before
    effects = {
        "rate_effect": (parts.weight_before + parts.weight_now) / 2 * (parts.rate_now - parts.rate_before),
        "mix_effect": ((parts.rate_before + parts.rate_now) / 2 - centre) * gap_weight,
    }
    return parts.assign(**effects).reset_index()


def _side_by_side(before: pd.DataFrame, now: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Sums of both periods per group, 0 where a group is missing; indexed by group."""
    columns = ["numerator", "denominator"]
    sums = [frame.groupby(by, dropna=False)[columns].sum().astype(float) for frame in (before, now)]
    return pd.concat(sums, axis=1, keys=["before", "now"]).fillna(0.0)


def _weights_and_rates(sides: pd.DataFrame) -> pd.DataFrame:
    """Share of the denominator and rate of each group in both periods."""
    parts = pd.DataFrame(index=sides.index)
    for period in ("before", "now"):
        top, base = sides[period].numerator, sides[period].denominator
        parts[f"weight_{period}"] = _ratio(base, base.sum())
        parts[f"rate_{period}"] = _ratio(top, base)
    borrowed = {"rate_before": parts.rate_now, "rate_now": parts.rate_before}
    return parts.fillna(borrowed).dropna(subset=["rate_before"])


def _overall(sides: pd.DataFrame, period: str) -> float:
    """The rate of the whole, sums first."""
    return float(_ratio(sides[period].numerator.sum(), sides[period].denominator.sum()))


def totals(split: pd.DataFrame) -> dict[str, float]:
    """rate, mix, total, before and now of a `kitagawa` frame; fractions, NaN when a period is empty."""
    before, now = (_sum(split[f"weight_{p}"] * split[f"rate_{p}"]) for p in ("before", "now"))
    rate, mix = _sum(split.rate_effect), _sum(split.mix_effect)
    return {"rate": rate, "mix": mix, "total": now - before, "before": before, "now": now}


def _sum(values: pd.Series) -> float:
    """The sum, unknown when a part or everything is."""
    return float(values.sum(skipna=False)) if len(values) else np.nan


def rate_error(split: pd.DataFrame) -> float:
    """Standard error of the rate effect of a `kitagawa` frame with n_before and n_now; NaN without them.

    Groups are independent binomials weighted by their mean share; an empty group adds nothing.
    """
    if not {"n_before", "n_now"} <= set(split):
        return np.nan
    weight = (split.weight_before + split.weight_now) / 2
    parts = [split[f"rate_{p}"] * (1 - split[f"rate_{p}"]) / split[f"n_{p}"].where(split[f"n_{p}"] > 0) for p in SIDES]
    return float(np.sqrt((weight**2 * (parts[0].fillna(0) + parts[1].fillna(0))).sum()))


def three_way(split: pd.DataFrame) -> dict[str, float]:
    """within, mix and interaction with the weights of the earlier period; adds up to the same total (V65)."""
    gap_rate = split.rate_now - split.rate_before
    gap_weight = split.weight_now - split.weight_before
    return {
        "within": float((split.weight_before * gap_rate).sum()),
        "mix": float((split.rate_before * gap_weight).sum()),
        "interaction": float((gap_rate * gap_weight).sum()),
    }


def simpson(split: pd.DataFrame, least: float = 1e-9) -> bool:
    """True when the total moved one way and every part that moved at all moved the other way."""
    gaps = (split.rate_now - split.rate_before)[(split.weight_before > 0) & (split.weight_now > 0)]
    moved = np.sign(gaps[gaps.abs() > least])
    total = totals(split)["total"]
    return bool(len(moved) and abs(total) > least and (moved == -np.sign(total)).all())


def chain_split(before: dict[str, float], now: dict[str, float]) -> dict[str, float]:
    """Shares of each factor in the change of their product, e.g. visitors x conversion x 客单价.

    Adds up to the change of the product exactly, whatever the order. Units of the product. NaN when a factor
    is unknown or not above 0. Source: logarithmic mean Divisia index, Ang 2004.
    """
    first, last = (np.array([side[name] for name in before], float) for side in (before, now))
    if not (np.all(first > 0) and np.all(last > 0)):
        return dict.fromkeys(before, np.nan)
    steps = np.log(last / first)
    start, end = first.prod(), last.prod()
    scale = start if np.isclose(start, end, rtol=1e-12) else (end - start) / np.log(end / start)
    return {name: float(scale * step) for name, step in zip(before, steps, strict=True)}
