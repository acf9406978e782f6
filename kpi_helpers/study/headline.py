"""The answer first: what happened and what moved, in three to five sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kpi_helpers import metrics, wording
from kpi_helpers.charts import Html
from kpi_helpers.charts.html import tag
from kpi_helpers.study import culprits, happened, load, reasons, slow
from kpi_helpers.study.answer import apart, moved
from kpi_helpers.study.compare import pair
from kpi_helpers.study.shared import told

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study

MOST_SAID = 5  # findings in all
NAMED = 2  # findings on agents among those of the whole shop
WAITS = ("first_wait_seconds", "response_wait_seconds")  # facts of metrics that a slow afternoon moves


def headline(study: Study, *names: str, who: Sequence[str] = (), events: bool = False) -> Html | None:
    """Three to five findings on the metrics, the strongest first; None when none of them is available.

    A number that moved brings the reason where its factors, agents or groups tell it. `who` are metrics on which the
    agents who stand out are named; `events` also tells what happened that no number need show, first where that
    explains the largest change or nothing changed. The first one has the class `kpi-headline`, by which lists of pages
    find it.
    """
    found = apart(study, names)
    study.load(*found)
    judged = [(metrics.get(name), pair(study, name)[0], moved(study, name)) for name in found]
    claims = sorted((item for item in judged if item[2].claims), key=lambda item: -wording.weight(item[2]))
    moving = [metric.name for metric, _, _ in claims]
    first, named = happened.leading(study, moving) if events else ([], [])
    named += [*_waited(study, found), *study.who_stands_out(who)[:NAMED]]
    room = MOST_SAID - min(len(first) + len(named), 3)
    shown = {"against": study.against, "least": study.least, "most": room, "dated": not first}
    said = wording.headline(judged, study.lang, reasons=_reasons(study, moving, events), **shown)
    told(study).update(("change", name) for name in moving[:room])
    claimed = said[: min(max(1, len(claims)), room)]
    lines = [*first, *claimed, *named, *said[len(claimed) :]]
    return _as_headline(lines[: min(MOST_SAID, max(3, len(first) + len(claimed) + len(named)))]) if said else None


def _reasons(study: Study, moving: Sequence[str], events: bool) -> dict[str, str]:
    """Why each of them moved. What follows from visitors or load is told once, and nothing that an event explains."""
    known = {name for event in happened.events(study) for name in event.explains} if events else set()
    found: dict[str, str] = {}
    for name in moving:
        kin = reasons.FLOW if name in reasons.FLOW else [other for other in moving if load.knows(other)]
        again = name in kin and any(found.get(other) for other in kin)
        found[name] = "" if again or (load.knows(name) and name in known) else study.cause(name)
    return found


def _waited(study: Study, names: Sequence[str]) -> list[str]:
    """The hours in which buyers waited, where a page speaks of waits at all."""
    waits = [name for name in names if metrics.get(name).numerator in WAITS]
    if not waits or any(len(culprits.named(study, name)) for name in names if load.knows(name)):
        return []
    return [said] if (said := slow.said(study)) else []


def _as_headline(said: list[str]) -> Html:
    """The first sentence large, the others below it."""
    rest = tag("ul", *(tag("li", text) for text in said[1:])) if said[1:] else ""
    return Html(tag("p", said[0], class_="kpi-headline") + rest)
