"""Numbers that the notebooks of one run share: what one has computed, the next one reads.

Six notebooks of a week ask for 13 weeks each, and for the same weeks as those of the week before. The runner gives them
a private folder (KPI_SHARED) that it takes away afterwards; at a keyboard there is none and everything is computed.
"""

from collections.abc import Callable, Collection, Sequence
from functools import wraps
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_helpers.desk import Desk
from kpi_helpers.engine import answered
from kpi_helpers.engine.nearby import shared_folder
from kpi_helpers.metrics import compute as fresh
from kpi_helpers.metrics.compute import Row
from kpi_helpers.periods import Period

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study


def answers(
    names: Sequence[str], desk: Desk, spans: Sequence[Period], by: str | None = None
) -> dict[tuple[str, Period], list[Row]]:
    """(metric, period) -> rows, as `metrics.compute` has them; asked once per run for the same data and settings."""
    folder, question = _place(desk)
    asked = {(name, span): question(f"{name} {span.start} {span.end} by {by}") for span in spans for name in names}
    known = answered.read(folder, asked.values())
    found = {key: known[text] for key, text in asked.items() if text in known}
    for some, lacking in _alike(names, spans, found):
        told = zip(some, fresh.answers(lacking, desk, some, by), strict=True)
        new = {(name, span): [r for r in rows if r["metric"] == name] for span, rows in told for name in lacking}
        answered.keep(folder, {asked[key]: rows for key, rows in new.items()})
        found |= new
    return found


def _alike(names: Sequence[str], spans: Sequence[Period], found: Collection[tuple]) -> list[tuple[list, list]]:
    """(periods, metrics) still to be asked: periods that lack the same metrics go together."""
    groups: dict[tuple, list[Period]] = {}
    for span in spans:
        groups.setdefault(tuple(name for name in names if (name, span) not in found), []).append(span)
    return [(some, list(lacking)) for lacking, some in groups.items() if lacking]


def once(desk: Desk, question: str, ask: Callable[[], object]) -> object:
    """The answer to a question about a desk, asked once per run; `question` says it in full."""
    folder, full = _place(desk)
    known = answered.read(folder, [full(question)])
    if not known:
        known = {full(question): ask()}
        answered.keep(folder, known)
    return known[full(question)]


def remembered(ask: Callable) -> Callable:
    """A function of a study and plain values that is asked once for each of them; its answer must not be changed."""

    @wraps(ask)
    def known(study: "Study", *given: object) -> object:
        key = (ask.__module__, ask.__name__, *given)
        if key not in study.remembered:
            study.remembered[key] = ask(study, *given)
        return study.remembered[key]

    return known


def told(study: "Study") -> set[tuple[str, str]]:
    """What the page has said so far, to say it once: ("change" or "agents", metric)."""
    return study.remembered.setdefault("told", set())


def _place(desk: Desk) -> tuple[Path | None, Callable[[str], str]]:
    """The run's folder, None where nothing is shared; and how a question about a desk is told from all others."""
    about = sha256(f"{desk.shop}|{desk.source}|{desk.settings.values}|".encode())

    def full(question: str) -> str:
        asked = about.copy()
        asked.update(question.encode())
        return asked.hexdigest()

    return shared_folder() if desk.source else None, full
