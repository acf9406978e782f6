"""Delimited text: which encoding, which delimiter, and columns read in blocks so that large files stay small
in memory."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import csv as arrow_csv

from kpi_helpers.errors import KpiError
from kpi_helpers.sources.sheet import Loaded, Ragged

BLOCK = 1 << 20
LONGEST_RECORD = 16 << 20
HEAD_BYTES = 1 << 18
HEAD_ROWS = 40
TOO_LONG = f"a record is longer than {LONGEST_RECORD >> 20} MB; a quotation mark may be missing"
csv.field_size_limit(LONGEST_RECORD)


def encoding(path: Path) -> str:
    """utf-8-sig with a BOM; else utf-8 where every byte is; else gb18030. Raises KpiError for anything
    else."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise KpiError("the file is UTF-16 text; save it as UTF-8 (in Excel: CSV UTF-8)")
    if b"\0" in start:
        raise KpiError("the file is neither a table nor text")
    good, wide = _valid_utf8(path)
    if good:
        return "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8"
    if start.startswith(codecs.BOM_UTF8) or wide >= 20:
        raise KpiError("the file mixes encodings: it begins as UTF-8 and goes on as something else")
    return "gb18030"


def _valid_utf8(path: Path) -> tuple[bool, int]:
    """Is the whole file UTF-8, and how many wide characters (汉字 and the like) stand before the
    first bad byte?"""
    decoder, wide = codecs.getincrementaldecoder("utf-8")(), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError as bad:
                return False, wide + sum(c > "\u07ff" for c in bad.object[: bad.start].decode("utf-8", "replace"))
            wide += 0 if text.isascii() else 20
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False, wide
    return True, wide


class Transcoded(io.RawIOBase):
    """A file as UTF-8 bytes, decoded strictly block by block."""

    def __init__(self, path: Path, name: str) -> None:
        self.file, self.path = path.open("rb"), path
        self.decoder = codecs.getincrementaldecoder(name)()
        self.rest = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes (all that is left for -1), fewer at the end."""
        size = size if size >= 0 else 1 << 62
        parts, length = [self.rest], len(self.rest)
        while length < size and (block := self._next()):
            parts.append(block)
            length += len(block)
        whole = b"".join(parts)
        self.rest = whole[size:]
        return whole[:size]

    def _next(self) -> bytes:
        """The next block that is not empty, or b'' at the end."""
        while block := self.file.read(BLOCK):
            if text := self._decode(block):
                return text
        return self._decode(b"", final=True)

    def _decode(self, block: bytes, final: bool = False) -> bytes:
        try:
            return self.decoder.decode(block, final).encode("utf-8")
        except UnicodeDecodeError as bad:
            raise KpiError(
                f"the file is neither UTF-8 nor GB18030 (bad byte {bad.object[bad.start]:#04x} near byte "
                f"{self.file.tell() - len(block) + bad.start}); save it as UTF-8"
            ) from None

    def close(self) -> None:
        """Close the file below."""
        self.file.close()
        super().close()


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

    def _blocks(self, width: int, columns: list[int], bad: list) -> Iterator[pa.RecordBatch]:
        """Record batches of the wanted columns; records of another width go to `bad` as (number, text)."""

        def set_aside(row) -> str:
            bad.append((row.number, row.text))
            return "skip"

        names = [f"c{i}" for i in range(width)]
        with Transcoded(self.path, self.encoding) as file:
            try:
                yield from arrow_csv.open_csv(
                    file,
                    arrow_csv.ReadOptions(column_names=names, block_size=LONGEST_RECORD, use_threads=False),
                    arrow_csv.ParseOptions(
                        delimiter=self.delimiter,
                        newlines_in_values=True,
                        ignore_empty_lines=False,
                        invalid_row_handler=set_aside,
                    ),
                    arrow_csv.ConvertOptions(
                        column_types={name: pa.string() for name in names},
                        strings_can_be_null=False,
                        include_columns=[f"c{i}" for i in columns],
                        check_utf8=False,
                    ),
                )
            except pa.ArrowInvalid as problem:
                raise KpiError(_sentence(problem)) from None

    def load(self, header: int, width: int, columns: list[int]) -> Loaded:
        """The wanted columns as text."""
        bad: list[tuple[int, str]] = []
        table = pa.Table.from_batches(self._blocks(width, columns, bad), _schema(columns))
        numbers = _numbers(len(table), [number for number, _ in bad])
        table = table.append_column("row", numbers).slice(_before(numbers, header))
        repaired, ragged = self._mend([(n, t) for n, t in bad if n > header], width, columns)
        return Loaded(pa.concat_tables([table, repaired]) if len(repaired) else table, ragged)

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
        wanted, bad = set(rows), []
        before = 0
        for batch in self._blocks(width, list(range(width)), bad):
            yield from _picked(batch, before, len(bad), wanted, bad)
            before += batch.num_rows


def _picked(batch, before: int, n_bad: int, wanted: set[int], bad: list) -> Iterator[tuple[int, list[str]]]:
    """Those rows of a batch whose record numbers are wanted."""
    numbers = _numbers(before + batch.num_rows, [number for number, _ in bad])[before:].to_pylist()
    at = [i for i, number in enumerate(numbers) if number in wanted]
    if at:
        columns = [column.to_pylist() for column in batch.take(pa.array(at)).columns]
        yield from ((numbers[i], list(cells)) for i, cells in zip(at, zip(*columns, strict=True), strict=True))


def _schema(columns: list[int]) -> pa.Schema:
    return pa.schema([pa.field(f"c{i}", pa.string()) for i in columns])


def _numbers(kept: int, skipped: list[int]) -> pa.Array:
    """The record numbers (from 1) of the kept rows when those in `skipped` were left out."""
    if not skipped:
        return pa.array(range(1, kept + 1), pa.int64())
    out = set(skipped)
    every = (n for n in range(1, kept + len(out) + 1) if n not in out)
    return pa.array(every, pa.int64()).slice(0, kept)


def _before(numbers: pa.Array, header: int) -> int:
    """How many kept rows belong to the banner and the header."""
    return sum(1 for n in numbers[: header + 1].to_pylist() if n <= header)


def _sentence(problem: Exception) -> str:
    if "straddl" in str(problem):
        return TOO_LONG
    return f"the text cannot be read as a table: {str(problem).splitlines()[0][:200]}"
