"""Why a headline number moved, in one sentence: by its factors, by load and speed, or by its groups."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from kpi_helpers import metrics, stats, wording
from kpi_helpers.charts import labels
from kpi_helpers.study import culprits, goods, load, mix
from kpi_helpers.study.answer import moved
from kpi_helpers.study.compare import pair

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study

FACTORS = {"sales_per_buyer": ("items_per_buyer", "sales_per_item")}  # a number that is exactly the product of two

#: A number that begins with visitors: what follows in the product. Its last factor is the quotient that is left.
FLOW = {
    "received_buyers": ("visitors", "consultation_rate"),
    "sales": ("visitors", "consultation_rate", "", "sales_per_buyer"),
    "agent_sales": ("visitors", "consultation_rate", ""),
    "orders_paid": ("visitors", "consultation_rate", ""),
}
MOSTLY = 0.5  # the part of a change that a factor must make to be called its cause


def cause(study: Study, name: str) -> str:
    """The sentence, "" where the number did not move by its own interval or nothing more can be said."""
    if not moved(study, name).claims:
        return ""
    if name in FACTORS:
        return _halves(study, name)
    if name in FLOW:
        return _flow(study, name)
    if said := culprits.cause(study, name):
        return said
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
    said = wording.halves(changes, effects, named, metrics.get(name).unit, study.lang)
    dearest = max(effects, key=lambda factor: abs(effects[factor]))
    return wording.joined([said, goods.prices(study) if dearest == "sales_per_item" else ""], study.lang)


def _flow(study: Study, name: str) -> str:
    """The factor that made most of the change, where it moved by its own interval; "" where none did."""
    names = [part for part in FLOW[name] if part]
    now, before = ({part: pair(study, part)[side]["value"] for part in names} for side in (0, 1))
    change = moved(study, name)
    if not all(value > 0 for side in (now, before) for value in side.values()):  # NaN is not above 0
        return ""
    left = {"now": change.now / prod(now.values()), "before": change.before / prod(before.values())}
    effects = stats.chain_split(before | {"": left["before"]}, now | {"": left["now"]})
    first = max(effects, key=lambda part: abs(effects[part]))
    if not first or abs(effects[first]) < MOSTLY * abs(change.difference) or not moved(study, first).claims:
        return ""
    sides = {key: labels.show(known[first], first, study.lang) for key, known in (("now", now), ("before", before))}
    parts = {"gap": effects[first], "rest": change.difference - effects[first]}
    base = wording.base(study.row(name), study.lang, study.against)
    named = labels.metric_name(first, study.lang)
    said = wording.factor(named, sides, parts, metrics.get(name).unit, study.lang, base=base)
    return wording.joined([said, _kind(study) if first == "consultation_rate" else ""], study.lang)


def _kind(study: Study) -> str:
    """Whether new or returning buyers make most of the change in who was received; "" where it is not known."""
    split = mix.split_by(study, "consult_to_payment_rate", mix.KNOWN)
    if split is None:
        return ""
    gaps = (split["n_now"] - split["n_before"]) / (split["n_now"].sum() - split["n_before"].sum())
    if gaps.max() < MOSTLY + (1 - MOSTLY) / 2:
        return ""
    base = wording.base(study.row("received_buyers"), study.lang, study.against)
    return wording.which_kind(split.loc[gaps.idxmax()], study.lang, base)
