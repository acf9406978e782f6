"""What to do: weak numbers with what the trade looks at first, and the evidence beside it."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_helpers import metrics, wording
from kpi_helpers.charts import Html
from kpi_helpers.charts.html import tag
from kpi_helpers.stats import Z95
from kpi_helpers.study import people, reasons
from kpi_helpers.study.answer import moved
from kpi_helpers.study.compare import pair
from kpi_helpers.study.shared import told
from kpi_helpers.study.texts import word
from kpi_helpers.wording import formats
from kpi_helpers.wording.book import spaced

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study


def advice(study: Study, *names: str) -> Html | None:
    """For each number below its target, or changed for the worse: the fact, what to look at, what helps.

    A target counts as missed only when the 95 % interval leaves it out. None when nothing is weak.
    """
    weak = [
        (name, said)
        for name in dict.fromkeys(study.available(*names))
        if name in _words() and (said := _weak(study, name))
    ]
    seen: dict[str, list[str]] = {}
    for name, said in weak:
        seen.setdefault(_words()[name].get("like", name), []).append(_proved(study, name, said))
    return Html("".join(_card(key, facts, study.lang) for key, facts in seen.items())) if seen else None


def _weak(study: Study, name: str) -> str:
    """The sentence that says a number is weak, "" when it is not."""
    metric, target = metrics.get(name), study.desk.settings.targets.get(name)
    now = pair(study, name)[0]
    if target is not None:
        found = wording.change(now, wording.target_row(target), metric, least=study.least, z=Z95)
        if found.claims and found.good is False:
            return wording.told(found, now, metric, study.lang, against="target", dated=False, least=study.least)
    found = moved(study, name)
    bad = found.claims and found.good is False
    return wording.told(found, now, metric, study.lang, against=study.against, dated=False) if bad else ""


def _proved(study: Study, name: str, said: str) -> str:
    """The sentence with why it moved and which agents stand out; in short where the page has said so above."""
    known = [said, reasons.cause(study, name)]
    if ("change", name) in told(study):
        known = [said if study.desk.settings.targets.get(name) is not None else _short(study, name)]
    agents = [] if ("agents", name) in told(study) else people.who_stands_out(study, [name])
    return wording.joined([*known, *agents], study.lang)


def _short(study: Study, name: str) -> str:
    """The number and its change in a few words."""
    now, metric = pair(study, name)[0], metrics.get(name)
    words = {"label": metric.label[study.lang], "now": formats.show(now["value"], metric.unit, study.lang)}
    return word("advice.short", study.lang, change=wording.card(moved(study, name), metric, study.lang), **words)


def _card(key: str, facts: list[str], lang: str) -> Html:
    entry = _words()[key]
    listed = [tag("p", fact) for fact in facts]
    terms = [(word(f"advice.{part}", lang), entry[part][lang]) for part in ("look", "do")]
    shown = [tag("div", tag("dt", head), tag("dd", spaced(text) if lang == "zh" else text)) for head, text in terms]
    return tag("section", *listed, tag("dl", *shown), class_="kpi kpi-advice")


@cache
def _words() -> dict[str, dict]:
    return tomllib.loads(Path(__file__).with_name("advice.toml").read_text("utf-8"))
