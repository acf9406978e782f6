"""Which agents made a rate or a mean move: by doing otherwise than before, by joining, by leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kpi_helpers import metrics, stats, wording
from kpi_helpers.study import load, mix
from kpi_helpers.study.answer import moved
from kpi_helpers.study.shared import remembered
from kpi_helpers.wording.names import SPECIAL

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study

APART = 4.0  # standard errors: some fifteen agents are looked at, and a page must not accuse by chance
FEWEST = 3  # agents: of two, one is the other's measure
EACH, TOGETHER, MOST = 0.15, 0.5, 3  # of the change: the part of one who is named, and of all who are; how many


def cause(study: Study, name: str) -> str:
    """The sentence that names them; "" unless they make at least half of a claimed change, and the others made none."""
    found = named(study, name)
    if found.empty:
        return ""
    whole = moved(study, name).difference
    base = wording.base(study.row(name), study.lang, study.against)
    rows = found.assign(name=[study.names.get(agent, agent) for agent in found["agent"]])
    return wording.by_people(rows, whole, metrics.get(name), study.lang, base=base)


@remembered
def named(study: Study, name: str) -> pd.DataFrame:
    """agent, kind (changed, new, gone), n and rate of both periods, effect; the largest effect first."""
    parts = _parts(study, name) if moved(study, name).claims else None
    if parts is None:
        return pd.DataFrame({"agent": []})
    whole, rest = moved(study, name).difference, parts
    parts = parts[~parts["agent"].isin(SPECIAL) & (parts["kind"] != "") & (parts["effect"] / whole >= EACH)]
    parts = parts.sort_values("effect", key=np.abs, ascending=False).head(MOST)
    rest = rest.drop(parts.index)
    alone = abs(rest["rate_effect"].sum()) <= stats.Z998 * float(np.sqrt((rest["error"] ** 2).sum()))
    return parts if alone and parts["effect"].sum() / whole >= TOGETHER else parts.head(0)


def _parts(study: Study, name: str) -> pd.DataFrame | None:
    """Every agent's part of the change and whether chance explains it; None where agents do not add up to the shop."""
    by = "agent" if load.knows(name) else mix.WHO
    split = mix.split_by(study, name, by) if metrics.get(name).denominator else None
    if split is None or (~split[by].isin(SPECIAL)).sum() < FEWEST:
        return None
    split = split.rename(columns={by: "agent"}).assign(effect=lambda s: s["rate_effect"] + s["mix_effect"])
    spans = mix.spans_of(study, name)
    errors = [_errors(study, name, span, split, side) for span, side in zip(spans, stats.SIDES, strict=True)]
    weight = (split["weight_before"] + split["weight_now"]) / 2
    error = weight * np.hypot(*(np.nan_to_num(one) for one in errors))
    return split.assign(error=error, kind=_kinds(split, *errors, study.least))


def _errors(study: Study, name: str, span: object, split: pd.DataFrame, side: str) -> np.ndarray:
    """Standard error of every agent's value: by buyer for waits, binomial for inquiries."""
    if load.knows(name):
        rows = study.rows([name], by="agent", period=span).set_index("agent")
        return ((rows["high"] - rows["low"]) / 2 / stats.Z95).reindex(split["agent"]).to_numpy(float)
    low, high = stats.wilson(split[f"rate_{side}"] * split[f"n_{side}"], split[f"n_{side}"], 1.0)
    return (high - low) / 2


def _kinds(split: pd.DataFrame, before: np.ndarray, now: np.ndarray, least: float) -> np.ndarray:
    """changed, new, gone, or "" where chance explains it."""
    size = {side: split[f"n_{side}"].to_numpy() for side in stats.SIDES}
    gap = np.abs(split["rate_now"] - split["rate_before"]) / np.hypot(before, now)
    rest = {side: _rest(split, side) for side in stats.SIDES}
    new = (size["before"] == 0) & (size["now"] >= least) & (rest["now"] / now >= stats.Z998)
    gone = (size["now"] == 0) & (size["before"] >= least) & (rest["before"] / before >= stats.Z998)
    changed = (np.minimum(size["now"], size["before"]) >= least) & (gap >= APART)
    return np.select([new, gone, changed], ["new", "gone", "changed"], "")


def _rest(split: pd.DataFrame, side: str) -> np.ndarray:
    """How far each agent lies from all the others together."""
    weight, rate = split[f"weight_{side}"], split[f"rate_{side}"]
    others = ((weight * rate).sum() - weight * rate) / (1 - weight).where(weight < 1)
    return np.abs(rate - others).to_numpy(float)
