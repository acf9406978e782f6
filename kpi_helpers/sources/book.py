"""Workbooks (.xlsx, .xls) through calamine, and Parquet files."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from kpi_helpers.errors import KpiError
from kpi_helpers.sources.sheet import Loaded, cell_text, texts

HEAD_ROWS = 40
LARGEST_UNPACKED = 4 << 30
DAMAGED = "the workbook is damaged or incomplete; export it again"
LOCKED = "the workbook is protected with a password; open it in Excel, save it without one, and try again"


class BookSheet:
    """One sheet of a workbook; row numbers are the sheet's own."""

    origin = ""

    def __init__(self, name: str, rows: list[list]) -> None:
        self.name, self.rows = name, rows
        self.head = [[cell_text(cell) for cell in row] for row in rows[:HEAD_ROWS]]

    def load(self, header: int, width: int, columns: list[int]) -> Loaded:
        """The wanted columns as text."""
        body = self.rows[header:]
        arrays = [pa.array([cell_text(row[at]) for row in body], pa.string()) for at in columns]
        numbers = pa.array(range(header + 1, header + 1 + len(body)), pa.int64())
        return Loaded(pa.table([*arrays, numbers], names=[*(f"c{at}" for at in columns), "row"]))

    def verbatim(self, rows: list[int], width: int) -> Iterable[tuple[int, list[str]]]:
        """The given rows with all their cells."""
        return ((row, [cell_text(cell) for cell in self.rows[row - 1]]) for row in rows)


@contextmanager
def _parquet() -> Iterator[None]:
    """Damage in a sentence."""
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        raise KpiError("the Parquet file is damaged or incomplete; export it again") from None


class ParquetSheet:
    """A Parquet file: its schema is the header."""

    name = origin = ""

    def __init__(self, path: Path) -> None:
        with _parquet():
            self.file = pq.ParquetFile(path)
            self.names = self.file.schema_arrow.names
        self.head = [list(self.names)]

    def load(self, header: int, width: int, columns: list[int]) -> Loaded:
        """The wanted columns with the types they have."""
        with _parquet():
            names = [self.names[at] for at in columns]
            twice = len(set(self.names)) < len(self.names)
            table = self.file.read().select(columns) if twice else self.file.read(columns=names)
            table.validate(full=True)  # texts that are no UTF-8
        table = table.rename_columns([f"c{at}" for at in columns])
        plain = [c.cast(c.type.value_type) if pa.types.is_dictionary(c.type) else c for c in table.columns]
        numbers = pa.array(range(2, len(table) + 2), pa.int64())
        return Loaded(pa.table([*plain, numbers], names=[*table.column_names, "row"]))

    def verbatim(self, rows: list[int], width: int) -> Iterable[tuple[int, list[str]]]:
        """The given rows with all their cells as text."""
        at = pa.array([row - 2 for row in rows], pa.int64())
        with _parquet():
            columns = [texts(column) for column in self.file.read().take(at).columns]
        return zip(rows, map(list, zip(*columns, strict=True)), strict=True)


def _too_big(data: bytes) -> bool:
    try:
        return sum(item.file_size for item in zipfile.ZipFile(io.BytesIO(data)).infolist()) > LARGEST_UNPACKED
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):  # damaged: calamine will say so
        return False


def sheets(path: Path) -> list[BookSheet]:
    """Every sheet with rows. Raises KpiError for damaged, protected and oversized workbooks."""
    data = path.read_bytes()
    if _too_big(data):
        raise KpiError("the workbook unpacks to more than 4 GB; split it")
    try:
        book = CalamineWorkbook.from_object(io.BytesIO(data))
        found = [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names]
    except PasswordError:
        raise KpiError(LOCKED) from None
    except (CalamineError, ValueError, OSError) as problem:
        looks_locked = data.startswith(b"\xd0\xcf\x11\xe0") and path.suffix.lower() == ".xlsx"
        raise KpiError(LOCKED if looks_locked else DAMAGED) from problem
    return [BookSheet(name, rows) for name, rows in found if rows]
