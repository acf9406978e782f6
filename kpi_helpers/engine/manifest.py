"""The list of stored unit tables: which files hold them, and what they were made from."""

import hashlib
import json
import os
import time
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from kpi_helpers import facts
from kpi_helpers.settings import Settings
from kpi_helpers.store.commits import replace

NAME = "manifest.json"
PARTS = (".py", ".sql", ".toml", ".j2", ".css", ".js", ".mjs")
GRACE = 24 * 3600  # seconds a replaced file stays, for desks that were opened before

Files = dict[str, dict[str, list[str]]]  # unit table -> month -> file names


@dataclass
class Manifest:
    """What `<data>/store/units/<shop>/manifest.json` says; replaced as a whole, never changed."""

    code: str  # settings that matter and the code, as a fingerprint
    people: str  # aliases and, where they matter, the shop's own accounts
    source: str  # the store's fingerprint of the shop
    state: int  # the store's commit
    next_row: int
    tables: Files = field(default_factory=dict)
    spans: dict[str, dict[str, list]] = field(default_factory=dict)  # raw file -> time column -> first, last second
    coverage: dict = field(default_factory=dict)
    done: dict = field(default_factory=dict)  # what the last refresh made anew
    retired: dict[str, float] = field(default_factory=dict)  # replaced file -> when

    @classmethod
    def load(cls, folder: Path) -> "Manifest | None":
        """The manifest in `folder`; None when there is none, it cannot be read, or a file it names is gone."""
        try:
            found = cls(**json.loads((folder / NAME).read_text("utf-8")))
            names = {name for months in found.tables.values() for listed in months.values() for name in listed}
            return found if names and names <= set(os.listdir(folder)) else None
        except (OSError, ValueError, TypeError, AttributeError):
            return None

    def save(self, folder: Path, before: "Manifest | None") -> None:
        """Make this the manifest; files that only older ones name are deleted a day later."""
        named = {name for months in self.tables.values() for listed in months.values() for name in listed}
        old = before.tables.values() if before else ()
        gone = {name for months in old for listed in months.values() for name in listed} - named
        self.retired = {**(before.retired if before else {}), **dict.fromkeys(gone, time.time())}
        for name in [name for name, at in self.retired.items() if time.time() - at > GRACE]:
            (folder / name).unlink(missing_ok=True)
            del self.retired[name]
        replace(folder / NAME, json.dumps(asdict(self)))

    def reach(self) -> tuple[int, int] | None:
        """First and last second any stored row speaks of."""
        seen = [second for columns in self.spans.values() for span in columns.values() for second in span]
        return (min(seen), max(seen)) if seen else None


def modules() -> list[Traversable]:
    """The engine's code: all of it, since what a module decides is not known from its name."""
    return sorted((file for file in files(__package__).iterdir() if file.name.endswith(".py")), key=lambda m: m.name)


def code_of(settings: Settings) -> str:
    """A fingerprint of everything but the data that decides unit tables: the models with the settings in them."""
    texts = [facts.text(model) for model in facts.MODELS] + [repr(facts.literals(settings))]
    texts += [settings.timezone, str(settings.cut_seconds)]
    texts += [_text(module) for module in modules()]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


@cache
def _text(module: Traversable) -> str:
    return module.read_text("utf-8")


@cache
def kit() -> str:
    """A fingerprint of the whole kit as it is on disk."""
    home = Path(str(files("kpi_helpers")))
    found = sorted(path for path in home.rglob("*") if path.suffix in PARTS)
    texts = (f"{path.relative_to(home)}\0{path.read_text('utf-8')}" for path in found)
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()
