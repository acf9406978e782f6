"""The answer first: findings in words, and the key numbers with their change and interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi_helpers import metrics, wording
from kpi_helpers.charts import Column, Html, html_table, kpi_cards, labels
from kpi_helpers.charts.html import tag
from kpi_helpers.study.texts import word
from kpi_helpers.wording import formats
from kpi_helpers.wording.changes import Change
from kpi_helpers.wording.findings import base

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study

MOST = 7  # cards a reader takes in at a glance


def headline(study: Study, *names: str) -> Html | None:
    """Three to five findings on the metrics, the strongest first; None when none of them is available.

    The first one has the class `kpi-headline`, by which lists of pages find it.
    """
    found = study.available(*names)
    study.load(*found)
    results = [(metrics.get(name), study.row(name), study.row(name, study.before)) for name in found]
    past = {name: study.earlier(name) for name in found}
    said = wording.headline(results, study.lang, against=study.against, history=past, least=study.least)
    if not said:
        return None
    rest = tag("ul", *(tag("li", text) for text in said[1:])) if said[1:] else ""
    return Html(tag("p", said[0], class_="kpi-headline") + rest)


def cards(study: Study, *names: str) -> Html | None:
    """A card for each of the first seven metrics that are available: value, interval, small line, change, target."""
    found = study.available(*names)[:MOST]
    if not found:
        return None
    study.load(*found)
    history = pd.concat([study.history(name).iloc[:-1] for name in found], ignore_index=True)
    against = {study.against: study.rows(found, period=study.before)}
    if study.against == "previous":
        against["year_before"] = study.rows(found, period=study.period.year_before())
    known = {key: rows for key, rows in against.items() if rows["value"].notna().any()}
    targets = study.desk.settings.targets
    return kpi_cards(study.rows(found), study.lang, against=known, history=history, targets=targets, least=study.least)


def table(study: Study, *names: str) -> Html | None:
    """The key numbers: now, before, the change as far as it is one, the 95 % interval."""
    found = study.available(*names)
    if not found:
        return None
    study.load(*found)
    frame = pd.DataFrame([_line(study, name) for name in found])
    lang, against = study.lang, base(study.row(found[0]), study.lang, study.against)
    compared = study.rows(found, period=study.before)["value"].notna().any()
    shown = {"metric": Column(word("table.metric", lang)), "now": Column(word("table.now", lang), right=True)}
    if compared:
        shown |= {"before": Column(against, right=True), "change": Column(word("table.change", lang))}
    shown |= {"range": Column(word("table.range", lang), right=True)}
    return html_table(frame, shown, lang=lang, caption=_caption(study, against if compared else ""), stacked=True)


def _caption(study: Study, against: str) -> str:
    when = formats.period_words(study.period.start, study.period.end, study.lang)
    return word("table.caption" if against else "table.alone", study.lang, period=when, base=against)


def _line(study: Study, name: str) -> dict[str, str]:
    now, before = study.row(name), study.row(name, study.before)
    mark = f" {formats.provisional(study.lang)}" if now["provisional"] else ""
    return {
        "metric": labels.metric_name(name, study.lang) + mark,
        "now": labels.show(now["value"], name, study.lang),
        "before": labels.show(before["value"], name, study.lang),
        "change": wording.card(moved(study, name), metrics.get(name), study.lang),
        "range": labels.interval(now, study.lang) or _no_range(name, study.lang),
    }


def _no_range(name: str, lang: str) -> str:
    """Counts are complete; where an interval is wanting it is unknown."""
    return word("table.complete", lang) if metrics.get(name).kind == "count" else formats.missing(lang)


def moved(study: Study, name: str) -> Change:
    """The change of a metric since the period it is compared with."""
    now, before = study.row(name), study.row(name, study.before)
    return wording.change(now, before, metrics.get(name), history=study.earlier(name), least=study.least)
