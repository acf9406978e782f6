"""What a period is fairly compared with: like with like, at the same maturity."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from kpi_helpers import metrics
from kpi_helpers.charts import Html
from kpi_helpers.charts.html import tag
from kpi_helpers.engine.clock import day_number, to_date
from kpi_helpers.metrics.compute import compute
from kpi_helpers.metrics.records import Record, records
from kpi_helpers.periods import Period, between
from kpi_helpers.study import promotions
from kpi_helpers.study.shared import remembered
from kpi_helpers.study.texts import listed, word
from kpi_helpers.wording.events import day_words
from kpi_helpers.wording.formats import show_span

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study

NEVER = 10**6  # a day number no table begins on
BACK = 5  # ordinary periods are looked for this far back
WEEKS = 4


class Reference(NamedTuple):
    """The period compared with, what sentences call it (see `wording.base`), and the promotions that decided it."""

    period: Period
    against: str
    promotions: tuple[promotions.Promotion, ...] = ()


def reference(study: Study) -> Reference:
    """The period chosen; or the one before, unless only one of the two holds a promotion.

    Then: the counterpart of the promotion where the data reach back to it; for an ordinary period the last ordinary
    one; else the one before after all, named unlike.
    """
    chosen = {"year_before": study.period.year_before}.get(study.compare_to)
    if study.compare_to != "previous":
        known = "year_before" if chosen else "chosen"
        return Reference(chosen() if chosen else study.desk.period(study.compare_to), known)
    before = study.period.previous()
    now, was = (promotions.during(span, study.own_promotions) for span in (study.period, before))
    if {one.key for one in now} == {one.key for one in was}:
        return Reference(before, "previous")
    return _like(study, now) if now else _ordinary(study, tuple(was))


def _like(study: Study, now: list[promotions.Promotion]) -> Reference:
    found = promotions.counterpart(study.period, now[0], study.own_promotions)
    if found and reaches(study, found):
        return Reference(found, "counterpart", tuple(now))
    return Reference(study.period.previous(), "unlike", tuple(now))


def _ordinary(study: Study, was: tuple[promotions.Promotion, ...]) -> Reference:
    earlier = study.period.history(BACK)[-3::-1]
    calm = [span for span in earlier if not promotions.during(span, study.own_promotions) and reaches(study, span)]
    return Reference(calm[0], "ordinary", was) if calm else Reference(study.period.previous(), "unlike", was)


def reaches(study: Study, span: Period) -> bool:
    """Whether any of the busiest tables holds the whole of a period."""
    return begins(study) <= day_number(span.start)


def compared(study: Study) -> Html | None:
    """Why the period is not compared with the one before, and whether data begin inside it; None when all is usual."""
    shown = [*begun(study), *_unlike(study)]
    return Html("".join(tag("p", text, class_="kpi kpi-inputs kpi-compared") for text in shown)) if shown else None


def begins(study: Study) -> int:
    """The first day of the busiest tables."""
    spans = study.desk.coverage.spans
    return min((spans[name][0] for name in ("messages", "orders", "agent_daily") if name in spans), default=NEVER)


def begun(study: Study) -> list[str]:
    """That the data begin inside the period; [] where they do not."""
    first, (start, end) = begins(study), (day_number(day) for day in (study.period.start, study.period.end))
    if not start < first < end:
        return []
    days = min(end, day_number(study.desk.data_until) + 1) - first
    return [word("compare.begun", study.lang, day=day_words(to_date(first), study.lang), n=days, of=end - start)]


def _unlike(study: Study) -> list[str]:
    found = study.reference
    if not found.promotions or not reaches(study, found.period):
        return []
    names = listed([one.label[study.lang] for one in found.promotions], study.lang)
    days = show_span(found.period.start, found.period.end, study.lang)
    return [word(f"compare.{found.against}", study.lang, names=names, days=days)]


@remembered
def pair(study: Study, name: str) -> tuple[Record, Record]:
    """(now, before) of a metric, both mature: while the period is open, the same settled days of each.

    Rows of such days say so by their period, and have `against` same_days.
    """
    now, before = study.row(name), study.row(name, study.before)
    if not now["provisional"] or before["provisional"] or not metrics.get(name).denominator:
        return now, before
    (mature,) = records(compute([name], study.desk, study.period, settled=True))
    days = (mature["period_end"] - mature["period_start"]).days
    if not 0 < days < study.period.days or pd.isna(mature["value"]):
        return now, before
    start = study.before.start
    part = replace(study.before, end=start + (mature["period_end"] - mature["period_start"]), label=f"{start}+{days}")
    was = records(compute([name], study.desk, part))[0] if part.days <= study.before.days else before
    return Record(mature | {"against": "same_days"}), was


def four_weeks(study: Study, names: list[str]) -> pd.DataFrame:
    """The metrics over the 28 days before: ratios of the sums, counts as the mean of as many days as the period has."""
    end = study.period.start
    span = between(end - timedelta(days=7 * WEEKS), end - timedelta(days=1))
    found = study.rows(names, period=span).copy()
    counts = [metrics.get(name).kind == "count" for name in found["metric"]]
    found.loc[counts, "value"] *= study.period.days / span.days
    return found
