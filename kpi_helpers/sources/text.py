"""Delimited text: which delimiter, and columns read in blocks so that large files stay small in memory."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from kpi_helpers.errors import KpiError
from kpi_helpers.sources.coding import Transcoded, decoded, encoding
from kpi_helpers.sources.sheet import Loaded, Ragged

LONGEST_RECORD = 16 << 20
HEAD_BYTES = 1 << 18
HEAD_ROWS = 40
TOO_LONG = f"a record is longer than {LONGEST_RECORD >> 20} MB; a quotation mark may be missing"
csv.field_size_limit(LONGEST_RECORD)


def _head(path: Path, name: str) -> str:
    with path.open("rb") as file:
        raw = file.read(HEAD_BYTES)
    try:
        return codecs.getincrementaldecoder(name)().decode(raw, final=len(raw) < HEAD_BYTES)
    except UnicodeDecodeError:
        raise KpiError("the file is neither UTF-8 nor GB18030; save it as UTF-8") from None


def _records(text: str, delimiter: str, whole: bool) -> list[list[str]]:
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) > HEAD_ROWS:
                break
    except csv.Error:
        pass
    return rows[:HEAD_ROWS] if whole or len(rows) > HEAD_ROWS else rows[:-1] or rows


def _regular(rows: list[list[str]]) -> tuple[int, int]:
    """How table-like lines look when cut at a delimiter: how many share the commonest width, and that width.

    The widest cut alone would be wrong: 拼多多 ends every cell in a tab, but not those of the header.
    """
    widths = Counter(len(row) for row in rows if len(row) > 1)
    return max(((n, width) for width, n in widths.items()), default=(0, 0))


class TextSheet:
    """A csv, tsv or txt file."""

    name = origin = ""

    def __init__(self, path: Path) -> None:
        self.path, self.encoding = path, encoding(path)
        text = _head(path, self.encoding)
        whole = path.stat().st_size < HEAD_BYTES
        heads = {d: _records(text, d, whole) for d in (",", "\t", ";")}
        self.delimiter = max(heads, key=lambda d: _regular(heads[d]))
        self.head = heads[self.delimiter]
        self.even: bool | None = None  # is every record as wide as the header? None: not known yet

    def _options(self, width: int, columns: list[int], form: pa.DataType, aside: Callable | None) -> dict:
        names = [f"c{i}" for i in range(width)]
        threads = not aside and self.path.stat().st_size > LONGEST_RECORD  # one block is not worth a second thread
        return {
            "parse_options": arrow_csv.ParseOptions(
                delimiter=self.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=aside,
            ),
            "convert_options": arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, form),
                strings_can_be_null=False,
                include_columns=[f"c{i}" for i in columns],
                check_utf8=False,
            ),
            "read_options": arrow_csv.ReadOptions(column_names=names, block_size=LONGEST_RECORD, use_threads=threads),
        }

    def _blocks(self, width: int, columns: list[int], bad: list) -> Iterator[pa.RecordBatch]:
        """Record batches of the wanted columns; records of another width go to `bad` as (number, text)."""

        def set_aside(row) -> str:
            bad.append((row.number, row.text))
            return "skip"

        with Transcoded(self.path, self.encoding) as file:
            try:
                yield from arrow_csv.open_csv(file, **self._options(width, columns, pa.string(), set_aside))
            except pa.ArrowInvalid as problem:
                raise KpiError(_sentence(problem)) from None

    def load(self, header: int, width: int, columns: list[int]) -> Loaded:
        """The wanted columns as text."""
        if self.even is not False and (table := self._quickly(header, width, columns)):
            return Loaded(table)
        bad: list[tuple[int, str]] = []
        table = pa.Table.from_batches(self._blocks(width, columns, bad), _schema(columns))
        numbers = _numbers(len(table), [number for number, _ in bad])
        table = table.append_column("row", numbers).slice(_before(numbers, header))
        repaired, ragged = self._mend([(n, t) for n, t in bad if n > header], width, columns)
        return Loaded(pa.concat_tables([table, repaired]) if len(repaired) else table, ragged)

    def _quickly(self, header: int, width: int, columns: list[int]) -> pa.Table | None:
        """The wanted columns where every record is as wide as the header (else None), only they decoded.

        The bytes of GB18030 that stand for signs and line ends never stand inside a wide character.
        """
        try:
            table = arrow_csv.read_csv(self.path, **self._options(width, columns, pa.binary(), None)).slice(header)
            cells = [decoded(column, self.encoding) for column in table.columns]
        except (pa.ArrowInvalid, UnicodeDecodeError):
            self.even = False
            return None
        self.even = True
        return pa.table([*cells, _numbers(len(table) + header, []).slice(header)], names=[*table.column_names, "row"])

    def _mend(self, bad: list[tuple[int, str]], width: int, columns: list[int]) -> tuple[pa.Table, list[Ragged]]:
        """Records that are only longer by empty cells are taken; the others cannot be trusted."""
        good, ragged = [], []
        for number, text in bad:
            cells = self._cells(text)
            if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
                good.append([*(cells[at] for at in columns), number])
            elif any(cell.strip() for cell in cells):
                reason = f"{'more' if len(cells) > width else 'fewer'} cells than the header"
                ragged.append(Ragged(number, reason, cells))
        by_column = list(zip(*good, strict=True)) or [[] for _ in range(len(columns) + 1)]
        schema = _schema(columns).append(pa.field("row", pa.int64()))
        return pa.table([pa.array(v, f.type) for v, f in zip(by_column, schema, strict=True)], schema=schema), ragged

    def _cells(self, text: str) -> list[str]:
        try:
            return next(csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter), [])
        except csv.Error:
            raise KpiError(TOO_LONG) from None

    def verbatim(self, rows: list[int], width: int) -> Iterable[tuple[int, list[str]]]:
        """The given records with all their cells, in a second pass through the file."""
        every, wanted, bad, before = list(range(width)), set(rows), [], 0
        options = self._options(width, every, pa.binary(), None)
        blocks = arrow_csv.open_csv(self.path, **options) if self.even else self._blocks(width, every, bad)
        for batch in blocks:
            yield from _picked(batch, before, wanted, bad, self.encoding)
            before += batch.num_rows
        yield from ((number, self._cells(text)[:width]) for number, text in bad if number in wanted)


def _picked(batch, before: int, wanted: set[int], bad: list, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """Those rows of a batch whose record numbers are wanted."""
    numbers = _numbers(before + batch.num_rows, [number for number, _ in bad])[before:].to_pylist()
    at = [i for i, number in enumerate(numbers) if number in wanted]
    if at:
        columns = [column.to_pylist() for column in batch.take(pa.array(at)).columns]
        for i, cells in zip(at, zip(*columns, strict=True), strict=True):
            yield numbers[i], [c if isinstance(c, str) else c.decode(encoding, "replace") for c in cells]


def _schema(columns: list[int]) -> pa.Schema:
    return pa.schema([pa.field(f"c{i}", pa.string()) for i in columns])


def _numbers(kept: int, skipped: list[int]) -> pa.Array:
    """The record numbers (from 1) of the kept rows when those in `skipped` were left out."""
    every = np.arange(1, kept + len(skipped) + 1)
    return pa.array(np.setdiff1d(every, skipped, assume_unique=True)[:kept] if skipped else every)


def _before(numbers: pa.Array, header: int) -> int:
    """How many kept rows belong to the banner and the header."""
    return sum(1 for n in numbers[: header + 1].to_pylist() if n <= header)


def _sentence(problem: Exception) -> str:
    if "straddl" in str(problem):
        return TOO_LONG
    return f"the text cannot be read as a table: {str(problem).splitlines()[0][:200]}"
