"""From paths to tables: walking folders and telling by its first bytes what a file is."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from kpi_helpers.errors import KpiError
from kpi_helpers.sources import archive, book, records, transcripts
from kpi_helpers.sources.sheet import Sheet
from kpi_helpers.sources.text import TextSheet

DATA_ENDINGS = {".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".parquet", ".zip", *records.ENDINGS}
BLANK = b"\xef\xbb\xbf \t\r\n"
MARKUP = (b"<html", b"<!doc", b"<?xml", b"<table", b"<head", b"<meta", b"<style")


@dataclass(frozen=True)
class Found:
    """A path to read, or to skip with a word (`skip`)."""

    path: Path
    shown: str
    skip: str = ""


def walk(paths: list[Path]) -> list[Found]:
    """Every file under the given paths, folders in the order of their names, numbers as numbers; links, hidden and lock
    files are skipped with a word."""
    found = []
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            found += _in_folder(path)
        else:
            found.append(
                Found(path, path.name, "" if not path.is_symlink() else "a symbolic link; give the file itself")
            )
    return found


def _in_folder(top: Path) -> list[Found]:
    found = []
    for folder, folders, names in os.walk(top, followlinks=False):
        linked = [name for name in folders if (Path(folder) / name).is_symlink()]
        folders[:] = [name for name in folders if name not in linked and not name.startswith(".")]
        folders.sort(key=_in_order)
        for name in sorted(names + linked, key=_in_order):
            path = Path(folder) / name
            found.append(Found(path, path.relative_to(top).as_posix(), _skip(path)))
    return found


def _in_order(name: str) -> tuple:
    """Names as people number them, because the row read last wins: 9月 before 10月, 订单.csv before 订单 (1).csv."""
    stem, dot, ending = name.rpartition(".")
    parts = re.split(r"(\d+)", stem or name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts], dot + ending


def _skip(path: Path) -> str:
    if path.is_symlink():
        return "a symbolic link, not followed"
    if path.name.startswith((".", "~$")):
        return "a hidden or temporary file"
    return "" if path.suffix.lower() in DATA_ENDINGS else "not a data file"


def open_sheets(path: Path) -> list[Sheet]:
    """The tables in a file, by its content. Raises KpiError, in one sentence, for what cannot be read."""
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except FileNotFoundError:
        raise KpiError("there is no such file; check the path") from None
    except PermissionError:
        raise KpiError("it may not be read; check its permissions, or close the program that has it open") from None
    except OSError as problem:
        raise KpiError(f"cannot be opened: {problem.strerror or problem}") from None
    if not start:
        raise KpiError("the file is empty")
    if start.startswith(b"PAR1"):
        return [book.ParquetSheet(path)]
    if start.startswith(b"PK") and archive.is_archive(path):
        return archive.sheets(path, open_sheets, DATA_ENDINGS - {".zip"})
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")):
        return list(book.sheets(path))
    if start.lstrip(BLANK).lower().startswith(MARKUP):
        raise KpiError("the file is a web page under a table's name; open it in Excel and save it as .xlsx")
    if start.lstrip(BLANK)[:1] in (b"{", b"[") and (found := records.sheets(path)) is not None:
        return found
    return transcripts.sheets(path) or [TextSheet(path)]
