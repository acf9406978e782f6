"""Why a number moved: a product into its factors, a sum into its sources, a rate into its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi_helpers import charts, metrics, stats, wording
from kpi_helpers.charts import Chart, Html, labels
from kpi_helpers.charts.html import tag
from kpi_helpers.study.answer import moved
from kpi_helpers.study.texts import word
from kpi_helpers.study.whole import source
from kpi_helpers.wording.findings import base

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study


def split(study: Study, total: str, *factors: str) -> Chart | Html | None:
    """`total` = the product of `factors`, now against before, as a waterfall; None where one of them is not known."""
    sides = [_values(study, factors, span) for span in (study.before, study.period)]
    if any(pd.isna(value) or value <= 0 for side in sides for value in side.values()):
        return None
    return _drawn(study, total, stats.chain_split(*sides))


def sources(study: Study, total: str, *parts: str) -> Chart | Html | None:
    """`total` = the sum of `parts`, now against before, as a waterfall; None where one of them is not known."""
    was, now = (_values(study, parts, span) for span in (study.before, study.period))
    effects = {name: now[name] - was[name] for name in parts}
    return None if any(pd.isna(effect) for effect in effects.values()) else _drawn(study, total, effects)


def because(study: Study, name: str, by: str) -> Html | None:
    """What of a rate's change came from its parts and what from their shares; None unless the change is one."""
    found = moved(study, name)
    if not found.claims:
        return None
    before, now = (study.rows([name], by=by, period=span).dropna(subset=["value"]) for span in _spans(study))
    if before.empty or now.empty:
        return None
    said = wording.because(found, stats.kitagawa(before, now, by), study.lang, by=by)
    return tag("p", said) if said else None


def _spans(study: Study) -> tuple:
    return study.before, study.period


def _values(study: Study, names: tuple[str, ...], span: object) -> dict[str, float]:
    return {name: float(study.row(name, span)["value"] or "nan") for name in names}


def _drawn(study: Study, total: str, effects: dict[str, float]) -> Chart | Html | None:
    """The waterfall; its title claims a change only when there is one."""
    now, before, found = study.row(total), study.row(total, study.before), moved(study, total)
    if pd.isna(before["value"]) or pd.isna(now["value"]):
        return None
    first, last = base(now, study.lang, study.against), word("table.now", study.lang)
    steps = [(first, before["value"], True), *((_name(study, k), v, False) for k, v in effects.items())]
    steps.append((last, now["value"], True))
    frame = pd.DataFrame(steps, columns=["step", "amount", "total"]).astype({"amount": float})
    metric, lang = metrics.get(total), study.lang
    claimed = wording.title(found, now, metric, lang, against=study.against)
    title = claimed if found.claims else word("why.title", lang, metric=metric.label[lang], base=first)
    calm = None if found.claims else word("why.calm", lang, metric=metric.label[lang])
    return charts.waterfall(frame, total, lang, title=title, source=source(study, total), subtitle=calm)


def _name(study: Study, name: str) -> str:
    return labels.metric_name(name, study.lang)
