"""What the numbers mean: definitions, the rule of attribution, and who is not in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi_helpers import charts
from kpi_helpers.charts import Column, Html
from kpi_helpers.charts.html import tag
from kpi_helpers.engine.clock import day_number
from kpi_helpers.study.texts import word

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study


def definitions(study: Study, *names: str) -> Html | None:
    """The definition cards of the metrics that are available."""
    found = study.available(*names)
    said = {name: word(f"count.{name}", study.lang) for name in found if f"count.{name}" in word}
    return charts.definition_cards(found, study.lang, study.desk.settings, said) if found else None


def filtered(study: Study) -> Html | None:
    """Buyers who wrote in and were not received, by reason: they add up to filtered_buyers; None where unknown."""
    rows = _dropped(study)
    if rows.empty:
        return None
    rows["share"] = rows["buyers"] / study.row("consulted_buyers")["value"]
    key = {name: f"filtered.{name}" for name in rows["why"]}
    rows["why"] = [word(key[name], study.lang) if key[name] in word else name for name in rows["why"]]
    units = {"why": "", "buyers": "count", "share": "fraction"}
    columns = {name: Column(word(f"filtered.{name}", study.lang), unit) for name, unit in units.items()}
    return charts.html_table(rows, columns, lang=study.lang, caption=word("filtered.caption", study.lang))


def rule(study: Study) -> Html | None:
    """By which rule a sale belongs to an agent; a vendor's tables have a rule of their own."""
    spans, chosen = study.desk.coverage.spans, study.desk.settings
    if {"messages", "orders"} <= set(spans):
        said = word(f"rule.{chosen.attribution_rule}", study.lang, hours=chosen.attribution_window_hours)
        return tag("p", said)
    return tag("p", word("rule.vendor", study.lang)) if "agent_daily" in spans else None


def _dropped(study: Study) -> pd.DataFrame:
    """why, buyers: buyer-days of which no chat was received, most first."""
    start, end = day_number(study.period.start), day_number(study.period.end)
    return study.desk.con.execute(
        "SELECT why, COUNT(*) AS buyers FROM (SELECT MIN(dropped) AS why FROM chats WHERE day >= ? AND day < ? "
        "GROUP BY buyer_id, day HAVING NOT BOOL_OR(received)) AS gone GROUP BY why ORDER BY buyers DESC, why",
        [start, end],
    ).df()
