"""One table inside a file, whatever the file is: its first lines, its columns as Arrow, its rows as they
stand."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Protocol

import pyarrow as pa


@dataclass
class Ragged:
    """A record with another number of cells than the header."""

    row: int
    reason: str
    cells: list[str]


@dataclass
class Loaded:
    """Columns c<position> and `row` (the record's number in its file, header lines counted), and what did
    not fit."""

    table: pa.Table | None
    ragged: list[Ragged] = field(default_factory=list)


class Sheet(Protocol):
    """What every kind of file offers."""

    name: str
    head: list[list[str]]
    origin: str  # the file's name inside an archive

    def load(self, header: int, width: int, columns: list[int]) -> Loaded:
        """The wanted columns of all records after record `header` (counted from 1), as text or typed."""

    def verbatim(self, rows: list[int], width: int) -> Iterable[tuple[int, list[str]]]:
        """The given records with all their cells, as text."""


@dataclass
class Broken:
    """A file inside an archive that cannot be read, and why."""

    name: str
    error: str
    origin: str = ""
    head: list[list[str]] = field(default_factory=list)


def cell_text(value: object) -> str:
    """A spreadsheet's cell as text: 83.0 is 83, times are ISO (to the millisecond), durations H:MM:SS."""
    kind = type(value)
    if kind is str:
        return value
    if kind is float:
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return _rare(value)


def texts(column: pa.ChunkedArray) -> list[str]:
    """The cells of a typed column as text, "" for missing ones."""
    try:
        return ["" if value is None else str(value) for value in column.to_pylist()]
    except OverflowError:  # days that Python's calendar does not have
        return [value or "" for value in column.cast(pa.string()).to_pylist()]


def _rare(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return _to_millisecond(value).isoformat(" ")
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _to_millisecond(moment: datetime) -> datetime:
    """Excel keeps days as floats: 12:00:00 may come as 11:59:59.9999995."""
    moment += timedelta(microseconds=500)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
