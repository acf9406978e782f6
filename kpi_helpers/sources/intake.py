"""Ingest: files in, one commit out, and a record of what became of every row."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from kpi_helpers.errors import KpiError
from kpi_helpers.sources.files import Found, open_sheets, walk
from kpi_helpers.sources.hints import hints, shop_of
from kpi_helpers.sources.layouts import plain
from kpi_helpers.sources.progress import no_progress
from kpi_helpers.sources.recognise import Match, recognise, unknown_sheet
from kpi_helpers.sources.sheet import Loaded, Sheet
from kpi_helpers.store import kinds
from kpi_helpers.store.batch import Batch
from kpi_helpers.store.convert import Converted, convert
from kpi_helpers.store.store import Store


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
) -> IngestReport:
    """Read every file under `paths` into the store of `data_dir`, as one commit.

    `shop` names the shop of files that do not name theirs; `timezone_for` gives a shop's zone for naive
    times;
    `progress` is a context manager that yields a function called with each file's name (see progress.py).
    A file that cannot be used is reported with one sentence and leaves the store as it was.
    """
    found = walk([Path(path) for path in paths])
    store = Store(data_dir)
    with store.writing() as batch:
        with progress(len(found)) as step, kinds.connect() as con:
            intake = Intake(batch, shop, timezone_for, con)
            for item in found:
                step(item.shown)
                intake.take(item)
        commit = batch.commit("ingest", [_kept(r) for r in intake.records if not r.skipped], intake.rejected)
    return IngestReport(intake.records, commit.number if commit else None)


def _kept(record: FileRecord) -> dict:
    """A record as the history keeps it."""
    return {key: value for key, value in asdict(record).items() if key not in ("label", "skipped")}


class Intake:
    """Reads files one after the other into a batch."""

    def __init__(self, batch: Batch, shop: str | None, timezone_for: Callable[[str], str], con) -> None:
        self.batch, self.shop, self.timezone_for, self.con = batch, shop, timezone_for, con
        self.records: list[FileRecord] = []
        self.rejected: list[dict] = []

    def take(self, item: Found) -> None:
        """Read one path; what goes wrong becomes a sentence in its record."""
        if item.skip:
            self.records.append(FileRecord(item.shown, skipped=item.skip))
            return
        try:
            sheets = open_sheets(item.path)
            with item.path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            self._sheets(item, sheets, sha256)
        except KpiError as problem:
            self.records.append(FileRecord(item.shown, error=str(problem)))

    def _sheets(self, item: Found, sheets: list[Sheet], sha256: str) -> None:
        matches = [(sheet, recognise(sheet)) for sheet in sheets]
        known = [(sheet, match) for sheet, match in matches if match]
        if not known:
            raise unknown_sheet(sheets[0]) if sheets else KpiError("the workbook has no rows")
        for sheet, match in known:
            shown = f"{item.shown} [{sheet.name}]" if len(sheets) > 1 else item.shown
            record = FileRecord(shown, match.layout.name, match.layout.label, sha256=sha256)
            try:
                self._sheet(item.path, sheet, match, record)
            except KpiError as problem:
                record.read = record.used = record.set_aside = 0
                record.reasons, record.error = {}, str(problem)
            self.records.append(record)

    def _sheet(self, path: Path, sheet: Sheet, match: Match, record: FileRecord) -> None:
        known, said = hints(match.places, match.banner, path.name, match.layout.outside)
        plan = match.layout.plan(match.places, match.names, known)
        columns = sorted({at for f in plan.fields for at, _ in f.sources})
        loaded = _without_blank_rows(sheet, sheet.load(match.header, len(match.names), columns), len(match.names))
        record.read = len(loaded.table) + len(loaded.ragged)
        if not record.read:
            raise KpiError("the file has a header and no rows")
        shop = self.shop or shop_of(loaded.table, plan)
        converted = convert(loaded.table, plan, shop, self.timezone_for, self.con)
        record.notes = said + converted.notes
        self._account(sheet, match, loaded, converted, record)
        self._stage(converted, record)

    def _stage(self, converted: Converted, record: FileRecord) -> None:
        """Hand the rows to the batch, shop by shop."""
        for name, rows in converted.tables.items():
            if "shop_id" not in rows.column_names:
                self.batch.add(name, None, rows, converted.given[name])
                continue
            for shop in pc.unique(rows["shop_id"]).to_pylist():
                mine = rows.filter(pc.equal(rows["shop_id"], shop)) if len(rows) else rows
                self.batch.add(name, shop, mine, converted.given[name])
                record.shops = sorted({*record.shops, shop})

    def _account(self, sheet, match: Match, loaded: Loaded, converted: Converted, record: FileRecord) -> None:
        """Count the rows, keep what was set aside as it came, say what was decided."""
        reasons = dict(zip(*(converted.rejected[c].to_pylist() for c in ("row", "reason")), strict=True))
        reasons |= {r.row: r.reason for r in loaded.ragged}
        record.set_aside, record.used = len(reasons), record.read - len(reasons)
        record.reasons = dict(Counter(reasons.values()).most_common())
        if unused := match.unused():
            record.notes.append(f"columns not used: {', '.join(unused)}")
        cells = {r.row: r.cells for r in loaded.ragged}
        wanted = sorted(row for row in reasons if row not in cells)
        cells |= dict(sheet.verbatim(wanted, len(match.names))) if wanted else {}
        for row in sorted(reasons):
            self.rejected.append(
                {"file": record.name, "row": row, "reason": reasons[row], "cells": _shown(match, cells[row])}
            )


def _shown(match: Match, cells: list[str]) -> dict[str, str]:
    """A row's cells under their column names; names, phones and addresses that no metric needs are left
    out."""
    names = [name or f"({at + 1})" for at, name in enumerate(match.names)]
    names += [f"({at + 1})" for at in range(len(names), len(cells))]
    return {n: c for n, c in zip(names, cells, strict=False) if plain(n) not in match.layout.private}


def _without_blank_rows(sheet: Sheet, loaded: Loaded, width: int) -> Loaded:
    """Lines without any cell are no rows. (Only rows whose read columns are all blank are looked at
    again.)"""
    blank = pa.scalar(True)
    for column in loaded.table.drop_columns(["row"]).columns:
        empty = pc.is_null(column)
        if pa.types.is_string(column.type):
            empty = pc.or_(empty, pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(pc.fill_null(column, ""))), 0))
        blank = pc.and_(blank, empty)
    doubtful = loaded.table["row"].filter(blank).to_pylist() if loaded.table.num_rows else []
    gone = (
        [row for row, cells in sheet.verbatim(doubtful, width) if not any(c.strip() for c in cells)] if doubtful else []
    )
    keep = pc.invert(pc.is_in(loaded.table["row"], pa.array(gone, pa.int64())))
    return Loaded(loaded.table.filter(keep), loaded.ragged) if gone else loaded
