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

WHYS = ("data", "settled", "rules")
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
    """The pages, the first of them with a list of what was restated below its findings, where anything was."""
    if not record.restated:
        return made
    body = made[0].body
    at = body.find("</section>", body.find("kpi-headline")) + len("</section>") if "kpi-headline" in body else len(body)
    return [replace(made[0], body=body[:at] + notice(record) + body[at:]), *made[1:]]


def notice(record: Record) -> str:
    """The list as HTML."""
    lang, said = record.lang, words(record.lang)
    shown = [item for why in WHYS for item in record.restated if item["why"] == why][:MOST]
    rows = "".join(_group(why, [item for item in shown if item["why"] == why], lang) for why in WHYS)
    gone = len(record.restated) - len(shown)
    more = f"<p>{escape(said['more'].format(n=gone))}</p>" if gone else ""
    title = said["restated"].format(before=record.replaces)
    return f'<section class="text kpi-restated"><h2>{escape(title)}</h2>{rows}{more}</section>'


def _group(why: str, items: list[dict[str, Any]], lang: str) -> str:
    """What changed for one reason, the reason first; "" for none."""
    lines = "".join(f"<li>{escape(_line(item, lang))}</li>" for item in items)
    return f"<p>{escape(words(lang)[f'why_{why}'])}</p><ul>{lines}</ul>" if items else ""


def _line(item: dict[str, Any], lang: str) -> str:
    """营业额：￥12,300 → ￥12,100"""
    metric = metrics.get(item["metric"])
    values = {side: show(item[side], metric.unit, lang) for side in ("from", "to")}
    return words(lang)["changed"].format(metric=metric.label[lang], **values)


def _shown(name: str, value: float | None) -> str:
    return show(value, metrics.get(name).unit, "en")
