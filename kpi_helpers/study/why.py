"""Why a number moved: a product into its factors, a sum into its sources, a rate into its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi_helpers import charts, metrics, stats, wording
from kpi_helpers.charts import Chart, Html, labels
from kpi_helpers.metrics.compute import SILENT
from kpi_helpers.periods import Period
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


def drivers(study: Study) -> Chart | Html | None:
    """Sales = visitors × consultation rate × share of the received who bought × spend of each + silent sales.

    As a waterfall against the period before; without visitor counts it begins with the received. None where the shop's
    own orders and chats are not known.
    """
    spans = (study.before, study.period)
    first = "visitors" if all(study.row("visitors", span)["value"] > 0 for span in spans) else "received_buyers"
    was, now = (_factors(study, first, span) for span in spans)
    if not all(value > 0 for side in (was, now) for value in side.values()):  # NaN is not above 0
        return None
    silent = [_values(study, ("silent_sales",), span)["silent_sales"] for span in spans]
    return _drawn(study, "sales", stats.chain_split(was, now) | {"silent_sales": silent[1] - silent[0]})


def _factors(study: Study, first: str, span: Period) -> dict[str, float]:
    """What multiplies to the sales credited to agents."""
    known = _values(study, (first, "received_buyers", "agent_sales"), span)
    sold = study.rows(["paying_buyers"], by="agent", period=span)
    buyers = float(sold.loc[sold["agent"] != SILENT, "value"].sum())
    came = {"consultation_rate": known["received_buyers"] / known[first]} if first == "visitors" else {}
    spent = {"spent": known["agent_sales"] / buyers if buyers else float("nan")}
    return {first: known[first]} | came | {"bought": buyers / known["received_buyers"]} | spent


def _values(study: Study, names: tuple[str, ...], span: object) -> dict[str, float]:
    found = {name: study.row(name, span)["value"] for name in names}
    return {name: float("nan") if value is None else float(value) for name, value in found.items()}


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
    own = f"why.{name}"
    return word(own, study.lang) if own in word else labels.metric_name(name, study.lang)
