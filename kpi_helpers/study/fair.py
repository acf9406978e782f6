"""Agents fairly: how far apart they lie over time, and their rates drawn towards the shop's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi_helpers import charts, metrics, stats, wording
from kpi_helpers.charts import Chart, Column, Html, labels
from kpi_helpers.metrics.records import only
from kpi_helpers.study.people import people
from kpi_helpers.study.texts import word
from kpi_helpers.study.whole import source

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study

FEWEST = 5  # agents, below which deciles mean nothing


def spread(study: Study, name: str) -> Chart | Html | None:
    """The deciles of agents over the periods before: does the desk drift apart? None for few agents or one period."""
    alike = {period.start for period in study.spans(name) if period.days == study.period.days}
    rows = study.history(name, by="agent")
    if len(alike) < 2 or len(people(study, name)) < FEWEST:
        return None
    known = zip(rows["period_start"], rows["value"], strict=True)
    rows = labels.people(only(rows, (start in alike and value == value for start, value in known)))
    title = word("spread.title", study.lang, metric=labels.metric_name(name, study.lang))
    return charts.deciles(rows, study.lang, title=title, source=source(study, name), least=study.least)


def shrunk(study: Study, name: str) -> Html | None:
    """A rate of every agent as counted and as expected: the fewer the cases, the nearer to all agents together.

    No rank: in the order of their cases. Provisional agents are left out; None for fewer than two.
    """
    rows, lang = wording.agents.compared(people(study, name), 1), study.lang
    if metrics.get(name).kind != "rate" or len(rows) < 2:
        return None
    prior = stats.fit_prior(rows["numerator"], rows["denominator"], study.least)
    shown = labels.named(rows, study.names, lang).sort_values("denominator", ascending=False, kind="stable")
    shown = shown.assign(expected=stats.shrink(shown["numerator"], shown["denominator"], prior))
    units = {"shown": "", "denominator": "count", "value": "fraction", "expected": "fraction"}
    columns = {key: Column(word(f"shrunk.{key}", lang), unit) for key, unit in units.items()}
    return charts.folded(shown, columns, lang=lang, caption=word("shrunk.caption", lang))
