"""What is said about each file of an ingest."""

from dataclasses import dataclass, field

from kpi_helpers.sources.private import quoted_cells_blotted


@dataclass
class FileRecord:
    """What became of one file (or one sheet): always read = used + set_aside. `error`: why nothing was
    taken."""

    name: str
    layout: str = ""
    label: dict[str, str] = field(default_factory=dict)
    shops: list[str] = field(default_factory=list)
    read: int = 0
    used: int = 0
    set_aside: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    sha256: str = ""
    error: str = ""
    skipped: str = ""
    unknown: bool = False  # no layout is like it: a mapping file would help

    def refuse(self, why: str) -> None:
        """Nothing is taken from this file; a cell given as an example may be somebody's number or address."""
        self.read = self.used = self.set_aside = 0
        self.reasons, self.notes, self.error = {}, [], quoted_cells_blotted(why)
