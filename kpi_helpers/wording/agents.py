"""Which agents stand out, said only of those no chance explains."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from kpi_helpers.metrics.records import only, records
from kpi_helpers.stats import alarms, effective_n, stand_apart

from .changes import LEAST, Metric
from .formats import period_words, show
from .names import SPECIAL, agent_label, fit
from .texts import say

MEANS = ("mean", "ratio", "money")
WIDTH = 24  # columns of a name in a sentence, 汉字 counting two
WORTH = 0.1  # a mean nearer to the others than this is real, and not worth a name


class StandOut(NamedTuple):
    """An agent outside the 99.8 % limits; value and target in the metric's unit, side is above or below."""

    agent: str
    name: str
    n: float
    value: float
    target: float
    side: str
    good: bool | None


def compared(rows: pd.DataFrame, least: float = LEAST) -> pd.DataFrame:
    """The rows of agents that may be compared: people, settled, with at least `least` in the denominator."""
    columns = (rows[key].tolist() for key in ("agent", "provisional", "denominator"))
    return only(rows, (who not in SPECIAL and not late and n >= least for who, late, n in zip(*columns, strict=True)))


def stands_out(
    rows: pd.DataFrame,
    metric: Metric,
    *,
    names: Mapping[str, str] | None = None,
    target: float | None = None,
    least: float = LEAST,
) -> list[StandOut]:
    """Agents beyond the 99.8 % limits, furthest from the target first; no ranking.

    rows: one metric by agent, as `compute` gives it; agents below `least`, provisional rows, (silent) and
    (unassigned) are never named. target: the rate of all of them together when None. Limits widen when
    agents vary more than chance, and for rows whose own interval is wider than Wilson's. Means, ratios and money by
    `stats.stand_apart`; counts have no target: [].
    """
    fair = compared(rows, least)
    if metric.kind not in ("rate", *MEANS) or len(fair) < 2:
        return []
    columns = ("value", "low", "high", "numerator", "denominator")
    value, low, high, above, below = (fair[key].to_numpy(float) for key in columns)
    if metric.kind in MEANS:
        apart = stand_apart(value, low, high)
        target = np.nansum(above[~apart]) / np.nansum(below[~apart])
        return _named(fair[apart & (np.abs(value / target - 1) >= WORTH)], target, metric, names)
    worth = effective_n(above, below, low, high)
    centre = np.nansum(above) / np.nansum(below) if target is None else target
    out = _alarms(value, worth, centre)
    if target is None:
        # One poor agent lowers the shop's rate and makes the others look good, so everybody named must also
        # stand out from the agents around the middle.
        rest = ~_alarms(value, worth, np.nanquantile(value, 0.5, method="nearest"))
        out &= _alarms(value, worth, np.nansum(above[rest]) / np.nansum(below[rest]))
    return _named(fair[out], centre, metric, names)


def _named(apart: pd.DataFrame, target: float, metric: Metric, names: Mapping[str, str] | None) -> list[StandOut]:
    """The rows as stand-outs, furthest from the target first."""
    found = records(apart, "agent", "denominator", "value")
    ordered = sorted(found, key=lambda row: abs(row.value - target), reverse=True)
    return [_standout(row, float(target), metric, names or {}) for row in ordered]


def _alarms(values: np.ndarray, worth: np.ndarray, target: float) -> np.ndarray:
    """Who is beyond the 99.8 % limits around a target; the minimum was applied to the chats seen."""
    return alarms(values * worth, worth, target)


def _standout(row: object, target: float, metric: Metric, names: Mapping[str, str]) -> StandOut:
    side = "above" if row.value > target else "below"
    wanted = {"higher": "above", "lower": "below"}.get(metric.better)
    name = fit(agent_label(names.get(row.agent, row.agent)), WIDTH)
    return StandOut(row.agent, name, row.denominator, row.value, target, side, side == wanted if wanted else None)


def agents_finding(found: Sequence[StandOut], metric: Metric, lang: str = "zh", *, most: int = 5) -> str:
    """One sentence naming who stands out, with value, n and the shop's value; or that nobody does."""
    label = metric.label[lang]
    if not found:
        return say("agents.none", lang, label=label)
    told = [_one(agent, metric, lang) for agent in found[:most]]
    told += [say("agents.more", lang, n=len(found) - most)] if len(found) > most else []
    # Names keep their own spacing, so the list is put in after the text around it was spaced.
    return say("agents.some", lang, label=label, who=say("part.semicolon", lang).join(told))


def _one(agent: StandOut, metric: Metric, lang: str) -> str:
    numbers = {"value": show(agent.value, metric.unit, lang), "target": show(agent.target, metric.unit, lang)}
    return say(f"agents.{agent.side}", lang, who=agent.name, n=show(agent.n, "count", lang), **numbers)


def agents_title(
    found: Sequence[StandOut], rows: pd.DataFrame, metric: Metric, lang: str = "zh", *, least: float = LEAST
) -> str:
    """A chart's title: how many of the agents compared stand out, or a neutral one when nobody does."""
    label = metric.label[lang]
    if found:
        return say("title.agents", lang, n=len(found), total=len(compared(rows, least)), label=label)
    first = rows.iloc[0]
    return say(
        "title.by_agent",
        lang,
        who="",
        label=label,
        period=period_words(first.period_start, first.period_end, lang),
    )
