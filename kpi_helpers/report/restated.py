"""What a new report says differently from the one it replaces: which number, from what to what, and why."""

from collections.abc import Mapping
from dataclasses import replace
from html import escape
from typing import Any

from kpi_helpers import metrics
from kpi_helpers.report.record import Record
from kpi_helpers.report.render import Page
from kpi_helpers.report.words import words
from kpi_helpers.wording.formats import show

MOST = 12  # lines in a page; a settings change can move everything


def restated(before: Record | None, now: Mapping[str, Any], same_data: bool) -> list[dict[str, Any]]:
    """The metrics whose shown value changed, with the reason: settled, data (more came in), rules (settings, code)."""
    old = before.numbers if before else {}
    found = []
    for name, (value, _) in now.items():
        was, provisional = old.get(name, (value, False))
        if _shown(name, was) != _shown(name, value):
            why = "rules" if same_data else "settled" if provisional else "data"
            found.append({"metric": name, "from": was, "to": value, "why": why})
    return found


def noted(made: list[Page], record: Record) -> list[Page]:
    """The pages, the first of them with a list of what was restated, where anything was."""
    if not record.restated:
        return made
    return [replace(made[0], body=made[0].body + notice(record)), *made[1:]]


def notice(record: Record) -> str:
    """The list as HTML."""
    lang, lines = record.lang, [_line(item, record.lang) for item in record.restated]
    more = [words(lang)["more"].format(n=len(lines) - MOST)] if len(lines) > MOST else []
    rows = "".join(f"<li>{escape(line)}</li>" for line in lines[:MOST] + more)
    title = words(lang)["restated"].format(before=record.replaces)
    return f'<section class="text kpi-restated"><h2>{escape(title)}</h2><ul>{rows}</ul></section>'


def _line(item: dict[str, Any], lang: str) -> str:
    """营业额：￥12,300 → ￥12,100（退款等数据晚到）"""
    metric = metrics.get(item["metric"])
    values = {side: show(item[side], metric.unit, lang) for side in ("from", "to")}
    return words(lang)["changed"].format(metric=metric.label[lang], why=words(lang)[f"why_{item['why']}"], **values)


def _shown(name: str, value: float | None) -> str:
    return show(value, metrics.get(name).unit, "en")
