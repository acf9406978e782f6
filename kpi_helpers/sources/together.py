"""Files with the same columns are converted together, and accounted for one by one."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from kpi_helpers.errors import KpiError
from kpi_helpers.sources.hints import other_days
from kpi_helpers.sources.private import shown
from kpi_helpers.sources.recognise import Match
from kpi_helpers.sources.record import FileRecord
from kpi_helpers.sources.sheet import Loaded, Sheet
from kpi_helpers.store.batch import Batch
from kpi_helpers.store.convert import Converted, convert
from kpi_helpers.store.plan import Plan

MOST_ROWS = 200_000  # of the files that wait together


@dataclass
class Part:
    """A table read from a file and not yet converted. `at`: its place in reading order."""

    at: int
    record: FileRecord
    sheet: Sheet
    match: Match
    plan: Plan
    loaded: Loaded
    shop: str | None
    named: str = ""  # the file's own name

    @property
    def like(self) -> tuple:
        """Parts that are equal in this can be converted together."""
        return repr(self.plan), self.shop, str(self.loaded.table.schema)


class Together:
    """Parts waiting for others like them."""

    def __init__(self, batch: Batch, timezone_for: Callable[[str], str], con: duckdb.DuckDBPyConnection) -> None:
        self.batch, self.timezone_for, self.con = batch, timezone_for, con
        self.waiting: dict[tuple, list[Part]] = {}
        self.rejected: list[dict] = []

    def add(self, part: Part) -> None:
        """Take a part; when many rows wait, convert what is there."""
        self.waiting.setdefault(part.like, []).append(part)
        if sum(p.record.read for parts in self.waiting.values() for p in parts) > MOST_ROWS:
            self.flush()

    def flush(self) -> None:
        """Convert everything that waits."""
        for parts in self.waiting.values():
            self._convert(parts)
        self.waiting = {}

    def _convert(self, parts: list[Part]) -> None:
        """All parts at once; where one of them cannot be trusted, each on its own."""
        first = parts[0]
        try:
            raws = [part.loaded.table for part in parts]
            if len(parts) == 1:
                first.loaded.table = None  # no second try: convert may let go of a large file's cells
            found = convert(raws, first.plan, first.shop, self.timezone_for, self.con)
        except KpiError as problem:
            if len(parts) == 1:
                return first.record.refuse(str(problem))
            for part in parts:
                self._convert([part])
            return
        for part, converted in zip(parts, found, strict=True):
            try:
                self._account(part, converted)
            except KpiError as problem:  # a part of the file that was not read before is damaged
                part.record.refuse(str(problem))

    def _account(self, part: Part, converted: Converted) -> None:
        """Count the rows, keep what was set aside as it came, hand on the others."""
        record, reasons = part.record, converted.rejected | {r.row: r.reason for r in part.loaded.ragged}
        self.rejected += _kept(part, reasons)
        record.set_aside, record.used = len(reasons), record.read - len(reasons)
        record.reasons = dict(Counter(reasons.values()).most_common())
        record.notes += converted.notes + other_days(part.named, converted.tables)
        if unused := part.match.unused():
            record.notes.append(f"columns not used: {', '.join(unused)}")
        self._stage(part, converted)

    def _stage(self, part: Part, converted: Converted) -> None:
        """Hand the rows to the batch, shop by shop."""
        for name, rows in converted.tables.items():
            shops = pc.unique(rows["shop_id"]).to_pylist() if "shop_id" in rows.column_names else [None]
            for shop in shops:
                mine = rows if len(shops) == 1 else rows.filter(pc.equal(rows["shop_id"], shop))
                self.batch.add(name, shop, mine, converted.given[name], part.at)
            part.record.shops = sorted({*part.record.shops, *shops} - {None})


def _kept(part: Part, reasons: dict[int, str]) -> list[dict]:
    """The rows set aside, in their original form."""
    cells = {r.row: r.cells for r in part.loaded.ragged}
    ragged = set(cells)
    wanted = sorted(reasons.keys() - ragged)
    cells |= dict(part.sheet.verbatim(wanted, len(part.match.names))) if wanted else {}
    file = part.record.name
    return [
        {
            "file": file,
            "row": row,
            "reason": reasons[row],
            "cells": shown(part.match, part.plan, cells[row], row in ragged),
        }
        for row in sorted(reasons)
    ]


def without_blank_rows(sheet: Sheet, loaded: Loaded, width: int) -> Loaded:
    """Lines without any cell are no rows. Only rows whose read columns are all blank are looked at again."""
    doubtful = loaded.table["row"].filter(_blank(loaded.table)).to_pylist() if loaded.table.num_rows else []
    seen = sheet.verbatim(doubtful, width) if doubtful else ()
    gone = [row for row, cells in seen if not any(cell.strip() for cell in cells)]
    if not gone:
        return loaded
    keep = pc.invert(pc.is_in(loaded.table["row"], pa.array(gone, pa.int64())))
    return Loaded(loaded.table.filter(keep), loaded.ragged)


def _blank(table: pa.Table) -> pa.ChunkedArray:
    """For every row: are all its cells blank? Columns are looked at as long as there is a row of which that holds."""
    blank = pc.is_valid(table["row"])
    for column in table.drop_columns(["row"]).columns:
        empty = pc.is_null(column)
        if pa.types.is_string(column.type):
            empty = pc.or_(empty, pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(pc.fill_null(column, ""))), 0))
        blank = pc.and_(blank, empty)
        if not pc.any(blank).as_py():
            break
    return blank
