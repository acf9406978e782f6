"""One small JSON record per run, kept beside the pages it describes; indexes are built from records alone."""

import json
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from kpi_helpers.periods import Period

WATCHED = ("duckdb", "nbconvert", "pandas", "papermill", "plotly")


@dataclass(frozen=True)
class Entry:
    """One page of a report: its notebook, title and finding, what it cost, and what its kernel warned of."""

    name: str
    title: str
    headline: str
    charts: int = 0
    seconds: float = 0.0
    cell_seconds: float = 0.0
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Record:
    """What was made, when, from what. Times are local with their offset, seconds are seconds."""

    run: str
    shop: str
    period: str
    kind: str
    start: str
    end: str
    lang: str
    made: str
    data_until: str
    seconds: float
    pages: list[Entry]
    parameters: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)  # fingerprints, see kpi_helpers.runs.inputs
    numbers: dict[str, Any] = field(default_factory=dict)  # metric -> value, whether it was provisional
    restated: list[dict[str, Any]] = field(default_factory=list)  # what the report before said differently
    replaces: str = ""  # when that one was made

    @property
    def span(self) -> Period:
        """The period as a value."""
        return Period(date.fromisoformat(self.start), date.fromisoformat(self.end), self.kind, self.period)

    @property
    def made_at(self) -> datetime:
        """When the run ended."""
        return datetime.fromisoformat(self.made)

    def json(self) -> str:
        """The record as it is kept."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"


def read(path: Path) -> Record:
    """A record from its file."""
    raw = json.loads(path.read_text("utf-8"))
    return Record(**{**raw, "pages": [Entry(**entry) for entry in raw["pages"]]})


def published(reports_dir: Path) -> Iterator[tuple[Path, Record]]:
    """The folder and the record of every report that can be read, one per shop, period and language."""
    for path in sorted(reports_dir.glob("*/*/run-*.json")):
        if "." not in path.parent.name + path.parent.parent.name:  # a run under way, or one set aside
            yield path.parent, read(path)


@cache
def versions() -> dict[str, str]:
    """The versions that a number may depend on."""
    return {"python": platform.python_version(), **{name: _version(name) for name in WATCHED}}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "?"
