"""The key numbers with their change and interval, as cards and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from kpi_helpers import metrics, wording
from kpi_helpers.charts import Column, Html, html_table, kpi_cards, labels
from kpi_helpers.study.compare import four_weeks, pair
from kpi_helpers.study.shared import remembered
from kpi_helpers.study.texts import word
from kpi_helpers.wording import formats
from kpi_helpers.wording.changes import Change
from kpi_helpers.wording.findings import base

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study

MOST = 7  # cards a reader takes in at a glance


def apart(study: Study, names: Sequence[str]) -> list[str]:
    """The metrics that are available, each number once: vendors' reports know no sales but the agents'."""
    found = study.available(*names)
    only_agents = "agent_sales" in found and "summed_over_agents" in study.row("sales")["basis"]
    return [name for name in found if not (only_agents and name == "sales")]


def cards(study: Study, *names: str) -> Html | None:
    """A card for each of the first seven metrics that are available: value, interval, small line, change, target."""
    found = apart(study, names)[:MOST]
    if not found:
        return None
    study.load(*found)
    history = pd.concat([study.history(name).iloc[:-1] for name in found], ignore_index=True)
    against = {study.against: study.rows(found, period=study.before), "four_weeks": four_weeks(study, found)}
    if study.period.year_before().start != study.before.start:
        against["year_before"] = study.rows(found, period=study.period.year_before())
    known = {key: rows for key, rows in against.items() if rows["value"].notna().any()}
    targets, changes = study.desk.settings.targets, {name: (pair(study, name)[0], moved(study, name)) for name in found}
    shown = {"against": known, "history": history, "targets": targets, "least": study.least, "judged": changes}
    return kpi_cards(study.rows(found), study.lang, **shown)


def table(study: Study, *names: str) -> Html | None:
    """The key numbers: now, before, the change as far as it is one, the 95 % interval."""
    found = study.available(*names)
    if not found:
        return None
    study.load(*found)
    frame = pd.DataFrame([_line(study, name) for name in found])
    lang, against = study.lang, base(study.row(found[0]), study.lang, study.against)
    compared = not all(pd.isna(study.row(name, study.before)["value"]) for name in found)
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


@remembered
def moved(study: Study, name: str) -> Change:
    """The change of a metric since the period it is compared with; neither good nor bad where the two are unlike."""
    now, before = pair(study, name)
    found = wording.change(now, before, metrics.get(name), history=study.earlier(name), least=study.least)
    return replace(found, good=None) if study.against == "unlike" else found
