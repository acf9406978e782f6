"""The store's history: one JSON file a commit, and HEAD, which names the current one.

A commit holds the whole state: for every shop and table the Delta version, its files, its rows and which
columns were ever given. Replacing HEAD is the only moment at which anything changes for a reader.
"""

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from kpi_helpers.errors import KpiError

COMMON = ""  # the "shop" under which agents and shifts stand: shop names are never empty


@dataclass
class Version:
    """One table of one shop as committed: its Delta version, files (relative to the store), rows, columns
    given."""

    version: int
    files: list[str]
    rows: int
    columns: list[str]


@dataclass
class Commit:
    """One entry of the history. `state` is the commit whose tables these are (its own number, except after
    undo)."""

    number: int = 0
    state: int = 0
    parent: int = 0
    kind: str = "empty"
    at: str = ""
    next_row: int = 0
    files: list[dict] = field(default_factory=list)
    tables: dict[str, dict[str, Version]] = field(default_factory=dict)
    # shop -> table -> time column -> spans of seconds in which a row was new, changed or replaced; a table that
    # changed and is not here is new as a whole
    touched: dict[str, dict[str, dict[str, list]]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> "Commit":
        """The commit in the JSON file `path`."""
        entry = json.loads(path.read_text(encoding="utf-8"))
        entry["tables"] = {
            shop: {name: Version(**version) for name, version in tables.items()}
            for shop, tables in entry["tables"].items()
        }
        return cls(**entry)


def now() -> str:
    """This moment as text, UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def replace(path: Path, text: str) -> None:
    """Write `text` to `path` so that readers see the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    os.replace(beside, path)


class History:
    """The commits under `root`, oldest first; only those up to HEAD (or up to `until`) exist."""

    def __init__(self, root: Path, until: int | None = None) -> None:
        self.root, self.until = root, until

    def _path(self, number: int) -> Path:
        return self.root / "commits" / f"{number:06d}.json"

    def head_number(self) -> int:
        """The number of the current commit, 0 in an empty store."""
        path = self.root / "HEAD"
        head = int(path.read_text()) if path.exists() else 0
        return head if self.until is None else min(head, self.until)

    def get(self, number: int) -> Commit:
        """Commit `number`; the empty one for 0. Raises KpiError when its file is gone or damaged."""
        if number == 0:
            return Commit()
        try:
            return Commit.load(self._path(number))
        except (OSError, ValueError, KeyError, TypeError) as damage:
            raise KpiError(f"the store's commit {self._path(number)} cannot be read: {damage}") from None

    def head(self) -> Commit:
        """The current commit."""
        return self.get(self.head_number())

    def all(self) -> list[Commit]:
        """Every commit, oldest first."""
        return [self.get(number) for number in range(1, self.head_number() + 1)]

    def live(self) -> list[Commit]:
        """The commits that the current tables rest on, oldest first: those that were not undone."""
        found, number = [], self.head().state
        while number:
            found.append(self.get(number))
            number = found[-1].parent
        return found[::-1]

    def write(self, commit: Commit) -> Commit:
        """Make `commit` the current one: first its file, then HEAD."""
        replace(self._path(commit.number), json.dumps(asdict(commit), ensure_ascii=False, indent=1))
        replace(self.root / "HEAD", f"{commit.number}\n")
        return commit
