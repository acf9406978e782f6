"""Why a headline number moved, in one sentence: by its factors, by load and speed, or by its groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi_helpers import metrics, stats, wording
from kpi_helpers.charts import labels
from kpi_helpers.study import load, mix
from kpi_helpers.study.answer import moved
from kpi_helpers.study.compare import pair

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study

FACTORS = {"sales_per_buyer": ("items_per_buyer", "sales_per_item")}  # a number that is exactly the product of two


def cause(study: Study, name: str) -> str:
    """The sentence, "" where the number did not move by its own interval or nothing more can be said."""
    if not moved(study, name).claims:
        return ""
    if name in FACTORS:
        return _halves(study, name)
    return load.cause(study, name) if load.knows(name) else mix.cause(study, name)


def _halves(study: Study, name: str) -> str:
    """Which of the two factors it was."""
    names = [factor for factor in FACTORS[name] if factor in study.available(*FACTORS[name])]
    now, before = ({factor: pair(study, factor)[side]["value"] for factor in names} for side in (0, 1))
    effects = stats.chain_split(before, now)
    if len(names) < 2 or any(effect != effect for effect in effects.values()):
        return ""
    changes = {factor: moved(study, factor) for factor in names}
    named = {factor: labels.metric_name(factor, study.lang) for factor in names}
    return wording.halves(changes, effects, named, metrics.get(name).unit, study.lang)
