"""Why a number moved: its parts did better or worse (rate), or there was more of the good ones (mix)."""

import numpy as np
import pandas as pd

from .intervals import _ratio

SIDES = ("before", "now")
Sums = dict[tuple, tuple[float, float]]


def kitagawa(before: pd.DataFrame, now: pd.DataFrame, by: str | list[str]) -> pd.DataFrame:
    """Split the change of a rate into rate and mix, one row per group; fractions.

    before, now: columns `by`, numerator, denominator. Returns the `by` columns, weight_before, weight_now,
    rate_before, rate_now, rate_effect, mix_effect. The two effects add up to the total difference, to the
    last bit. A group seen in one period only keeps that period's rate in both, so that it counts as mix
    alone; one without a denominator in either has no rate and is left out. Mix is taken against the total's
    own rate: a group that grows helps only if it is better than the whole.
    Source: Kitagawa 1955; catalogue section 12, vectors V64-V65.
    """
    keys = [by] if isinstance(by, str) else list(by)
    return split_sums(*(sums(frame, keys) for frame in (before, now)), keys).drop(columns=["n_before", "n_now"])


def sums(frame: pd.DataFrame, by: list[str]) -> Sums:
    """Group -> numerator and denominator, in the groups' order; missing ones last."""
    found: Sums = {}
    groups = zip(*([None if value != value else value for value in frame[key].tolist()] for key in by), strict=True)
    for group, top, base in zip(groups, frame["numerator"].tolist(), frame["denominator"].tolist(), strict=True):
        known = found.get(group, (0.0, 0.0))
        found[group] = known[0] + top, known[1] + base
    return {group: found[group] for group in sorted(found, key=lambda group: [(v is None, v) for v in group])}


def split_sums(before: Sums, now: Sums, by: list[str]) -> pd.DataFrame:
    """`kitagawa` of sums, with each group's denominators as n_before and n_now."""
    groups = list(before | now)
    pairs = [np.array([side.get(group, (0.0, 0.0)) for group in groups]).reshape(-1, 2).T for side in (before, now)]
    weights = [_ratio(base, base.sum()) for _, base in pairs]
    rates = [_ratio(top, base) for top, base in pairs]
    rates = [np.where(np.isnan(own), other, own) for own, other in (rates, rates[::-1])]
    centre = sum(float(_ratio(top.sum(), base.sum())) for top, base in pairs) / 2
    effects = {
        "rate_effect": (weights[0] + weights[1]) / 2 * (rates[1] - rates[0]),
        "mix_effect": ((rates[0] + rates[1]) / 2 - centre) * (weights[1] - weights[0]),
    }
    columns = {key: [group[i] for group in groups] for i, key in enumerate(by)}
    for (_, base), weight, rate, period in zip(pairs, weights, rates, SIDES, strict=True):
        columns |= {f"weight_{period}": weight, f"rate_{period}": rate}
        effects |= {f"n_{period}": base}
    return pd.DataFrame(columns | effects)[~np.isnan(rates[0])].reset_index(drop=True)


def totals(split: pd.DataFrame) -> dict[str, float]:
    """rate, mix, total, before and now of a `kitagawa` frame; fractions, NaN when a period is empty."""
    before, now = (_sum(split[f"weight_{p}"].to_numpy() * split[f"rate_{p}"].to_numpy()) for p in SIDES)
    rate, mix = (_sum(split[f"{side}_effect"].to_numpy()) for side in ("rate", "mix"))
    return {"rate": rate, "mix": mix, "total": now - before, "before": before, "now": now}


def _sum(values: np.ndarray) -> float:
    """The sum, unknown when a part or everything is."""
    return float(values.sum()) if len(values) else np.nan


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
