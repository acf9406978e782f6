"""Ingest: files in, one commit out, and a record of what became of every row."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from kpi_helpers.errors import KpiError
from kpi_helpers.sources.files import Found, open_sheets, walk
from kpi_helpers.sources.hints import hints, shop_of
from kpi_helpers.sources.layouts import Layout
from kpi_helpers.sources.progress import no_progress
from kpi_helpers.sources.recognise import Match, Unrecognised, recognise, unknown_sheets
from kpi_helpers.sources.record import FileRecord
from kpi_helpers.sources.sheet import Sheet
from kpi_helpers.sources.together import Part, Together, without_blank_rows
from kpi_helpers.store import kinds
from kpi_helpers.store.plan import Plan
from kpi_helpers.store.store import Store


@dataclass
class IngestReport:
    """All files of one ingest, and the commit they became (None: the store has not changed)."""

    files: list[FileRecord]
    commit: int | None = None

    @property
    def status(self) -> int:
        """Exit status: 0 when something could be used, else 2."""
        return 0 if any(record.used for record in self.files) else 2

    @property
    def refused(self) -> list[FileRecord]:
        """The files of which nothing was taken."""
        return [record for record in self.files if record.error]


def _shanghai(shop: str) -> str:
    return "Asia/Shanghai"


def ingest(
    paths: Iterable[str | Path],
    data_dir: str | Path,
    shop: str | None = None,
    timezone_for: Callable[[str], str] = _shanghai,
    progress=no_progress,
    known: Sequence[Layout] = (),
) -> IngestReport:
    """Read every file under `paths` into the store of `data_dir`, as one commit.

    `shop` names the shop of files that do not name theirs; `timezone_for` gives a shop's zone for naive times;
    `progress` is a context manager that yields a function called with each file's name and size (see progress.py);
    `known` are the layouts to recognise files by (default: those that come with the kit).
    A file that cannot be used is reported with one sentence and leaves the store as it was.
    """
    found = walk([Path(path) for path in paths])
    store = Store(data_dir)
    with store.writing() as batch:
        sizes = [0 if item.skip or not item.path.is_file() else item.path.stat().st_size for item in found]
        with progress(sum(sizes)) as step, kinds.connect() as con:
            intake = Intake(Together(batch, timezone_for, con), shop, known)
            for item, size in zip(found, sizes, strict=True):
                step(item.shown, size)
                intake.take(item)
            intake.together.flush()
        records = intake.records
        commit = batch.commit("ingest", [_kept(r) for r in records if not r.skipped], intake.together.rejected)
    return IngestReport(records, commit.number if commit else None)


def _kept(record: FileRecord) -> dict:
    """A record as the history keeps it."""
    return {key: value for key, value in asdict(record).items() if key not in ("label", "skipped", "unknown")}


def _passed(sheet: Sheet) -> str:
    """A sheet nobody knows, by its name, with what is wrong with it."""
    why = getattr(sheet, "error", "")
    return f"{sheet.name or 'the first'}{f' ({why})' if why else ''}"


def read(plan: Plan) -> list[int]:
    """The positions of the columns that a plan reads."""
    return sorted({at for f in plan.fields for at, _ in f.sources})


class Intake:
    """Reads files one after the other; their rows are converted together where their columns are the same."""

    def __init__(self, together: Together, shop: str | None, known: Sequence[Layout] = ()) -> None:
        self.together, self.shop, self.known = together, shop, known
        self.records: list[FileRecord] = []

    def take(self, item: Found) -> None:
        """Read one path; what goes wrong becomes a sentence in its record."""
        record = FileRecord(item.shown, skipped=item.skip)
        self.records.append(record)
        if item.skip:
            return
        try:
            sheets = open_sheets(item.path)
            with item.path.open("rb") as file:
                record.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            self._sheets(item, sheets, record)
        except KpiError as problem:
            record.refuse(str(problem))
            record.unknown = isinstance(problem, Unrecognised)

    def _sheets(self, item: Found, sheets: list[Sheet], first: FileRecord) -> None:
        """Every recognised sheet, a record each."""
        known = [(sheet, match) for sheet in sheets if (match := recognise(sheet, self.known))]
        if not known:
            raise unknown_sheets(sheets, self.known)
        if passed := [_passed(sheet) for sheet in sheets if not any(sheet is taken for taken, _ in known)]:
            first.notes.append(f"not recognised and passed over: {', '.join(passed)}")
        for nth, (sheet, match) in enumerate(known):
            record = first if nth == 0 else FileRecord(item.shown, sha256=first.sha256)
            if nth:
                self.records.append(record)
            if len(sheets) > 1:
                record.name = f"{item.shown} [{sheet.name}]"
            record.layout, record.label = match.layout.name, match.layout.label
            try:
                self._sheet(item.path, sheet, match, record)
            except KpiError as problem:
                record.refuse(str(problem))

    def _sheet(self, path: Path, sheet: Sheet, match: Match, record: FileRecord) -> None:
        known, notes = hints(match.places, match.banner, sheet.origin or path.name, match.layout.outside)
        record.notes += notes
        plan = match.layout.plan(match.places, match.names, known)
        loaded = sheet.load(match.header, len(match.names), read(plan))
        loaded = without_blank_rows(sheet, loaded, len(match.names))
        record.read = len(loaded.table) + len(loaded.ragged)
        if not record.read:
            raise KpiError("the file has a header and no rows")
        shop = self.shop or shop_of(loaded.table, plan)
        self.together.add(Part(len(self.records), record, sheet, match, plan, loaded, shop, sheet.origin or path.name))
