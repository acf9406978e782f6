"""The journal: one line of JSON per run in `<reports>/runs.jsonl`, whatever became of it."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from kpi_helpers.errors import KpiError

NAME = "runs.jsonl"
GOOD = ("published", "restated", "unchanged")
BAD = ("failed", "late")


@dataclass(frozen=True)
class Run:
    """One run: whose report, of when, what became of it and why. Times are local with their offset."""

    shop: str
    period: str
    lang: str
    outcome: str  # published, restated, unchanged, waiting, late, failed
    at: str = ""
    reason: str = ""
    page: str = ""
    seconds: float = 0.0
    cell_seconds: float = 0.0
    inputs: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    restated: list[dict[str, Any]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)  # what readers are told

    @property
    def good(self) -> bool:
        """Whether readers have a report that is as the data are."""
        return self.outcome in GOOD

    @property
    def bad(self) -> bool:
        """Whether somebody has to look at it."""
        return self.outcome in BAD

    def told(self) -> str:
        """One line for the terminal: where the report is, or why there is none."""
        if self.good and self.page:
            return self.page
        return f"{' '.join(part for part in (self.shop, self.period, self.lang) if part)}: {self.reason}"


def failed(shop: str, period: str, lang: str, wrong: Exception, now: datetime | None = None) -> Run:
    """The run of a report that was not made, with what is to be said of it."""
    said = str(wrong) if isinstance(wrong, KpiError) else f"{type(wrong).__name__}: {wrong}"
    return Run(shop, period, lang, "failed", (now or datetime.now().astimezone()).isoformat(timespec="seconds"), said)


def append(reports_dir: Path, run: Run) -> Run:
    """Enter a run; one write, so that two commands at once do not mix their lines. A full disk loses the line only."""
    line = (json.dumps(asdict(run), ensure_ascii=False) + "\n").encode()
    try:
        reports_dir.mkdir(parents=True, exist_ok=True)
        handle = os.open(reports_dir / NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)
    except OSError:
        pass  # the run itself stands; what could be written is on disk already
    return run


def read(reports_dir: Path) -> Iterator[Run]:
    """Every run, oldest first; lines that were cut off are passed over."""
    path = reports_dir / NAME
    for line in path.read_text("utf-8", "replace").splitlines() if path.exists() else ():
        try:
            yield Run(**json.loads(line))
        except (ValueError, TypeError):
            continue
