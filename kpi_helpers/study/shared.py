"""Numbers that the notebooks of one run share: what one has computed, the next one reads.

Six notebooks of a week ask for 13 weeks each, and for the same weeks as those of the week before. The runner gives them
a private folder (KPI_SHARED) that it takes away afterwards; at a keyboard there is none and everything is computed.
"""

import os
import pickle
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import pandas as pd

from kpi_helpers.desk import Desk
from kpi_helpers.engine.nearby import shared_folder
from kpi_helpers.metrics import compute as fresh
from kpi_helpers.periods import Period


def compute(names: Sequence[str], desk: Desk, span: Period, by: str | None = None) -> pd.DataFrame:
    """As `metrics.compute`, for the whole of a period; asked once per run for the same data and settings."""
    path = _path(desk, f"{span.start} {span.end} {span.kind} by {by}")
    known = _read(path)
    missing = [name for name in names if known is None or name not in set(known["metric"])]
    if missing:
        found = fresh.compute(missing, desk, span, by=by)
        found.attrs = {}  # pandas would copy the settings with every row that is looked at
        known = found if known is None else pd.concat([known, found], ignore_index=True)
        _keep(path, known)
    return known


def once(desk: Desk, question: str, ask: Callable[[], object]) -> object:
    """The answer to a question about a desk, asked once per run; `question` says it in full."""
    path = _path(desk, question)
    answer = _read(path)
    if answer is None:
        answer = ask()
        _keep(path, answer)
    return answer


def _path(desk: Desk, question: str) -> Path | None:
    folder = shared_folder()
    asked = f"{desk.shop}|{desk.source}|{sorted(desk.settings.values.items())}|{question}"
    return folder / sha256(asked.encode()).hexdigest() if folder and desk.source else None


def _read(path: Path | None) -> object:
    return pickle.loads(path.read_bytes()) if path is not None and path.exists() else None


def _keep(path: Path | None, answer: object) -> None:
    """Whole or not at all: two notebooks may write at once, and the later one wins."""
    if path is not None:
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        beside.write_bytes(pickle.dumps(answer))
        os.replace(beside, path)
