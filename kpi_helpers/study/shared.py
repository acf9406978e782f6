"""Numbers that the notebooks of one run share: what one has computed, the next one reads.

Six notebooks of a week ask for 13 weeks each, and for the same weeks as those of the week before. The runner gives them
a private folder (KPI_SHARED) that it takes away afterwards; at a keyboard there is none and everything is computed.
"""

import os
import pickle
from collections.abc import Callable, Collection, Sequence
from functools import wraps
from hashlib import sha256
from typing import TYPE_CHECKING

from kpi_helpers.desk import Desk
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
    place = _places(desk)
    places = {(name, span): place(f"{name} {span.start} {span.end} by {by}") for span in spans for name in names}
    found = {key: known for key, path in places.items() if (known := _read(path)) is not None}
    for some, lacking in _alike(names, spans, found):
        for span, rows in zip(some, fresh.answers(lacking, desk, some, by), strict=True):
            for name in lacking:
                found[name, span] = [row for row in rows if row["metric"] == name]
                _keep(places[name, span], found[name, span])
    return found


def _alike(names: Sequence[str], spans: Sequence[Period], found: Collection[tuple]) -> list[tuple[list, list]]:
    """(periods, metrics) still to be asked: periods that lack the same metrics go together."""
    groups: dict[tuple, list[Period]] = {}
    for span in spans:
        groups.setdefault(tuple(name for name in names if (name, span) not in found), []).append(span)
    return [(some, list(lacking)) for lacking, some in groups.items() if lacking]


def once(desk: Desk, question: str, ask: Callable[[], object]) -> object:
    """The answer to a question about a desk, asked once per run; `question` says it in full."""
    path = _places(desk)(question)
    answer = _read(path)
    if answer is None:
        answer = ask()
        _keep(path, answer)
    return answer


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


def _places(desk: Desk) -> Callable[[str], str | None]:
    """Where the answer to a question about a desk is kept; nowhere outside a run."""
    folder = shared_folder()
    if not folder or not desk.source:
        return lambda question: None
    about = sha256(f"{desk.shop}|{desk.source}|{desk.settings.values}|".encode())

    def place(question: str) -> str:
        asked = about.copy()
        asked.update(question.encode())
        return f"{folder}/{asked.hexdigest()}"

    return place


def _read(path: str | None) -> object:
    if path is None or not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        return pickle.load(file)


def _keep(path: str | None, answer: object) -> None:
    """Whole or not at all: two notebooks may write at once, and the later one wins."""
    if path is not None:
        beside = f"{path}.{os.getpid()}"
        with open(beside, "wb") as file:
            pickle.dump(answer, file)
        os.replace(beside, path)
