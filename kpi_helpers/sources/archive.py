"""Zip archives of exports: every file inside is read as if it lay there by itself. Nothing inside can choose a path."""

import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from kpi_helpers.errors import KpiError
from kpi_helpers.sources.sheet import Broken, Sheet

MOST_FILES = 5_000
LARGEST_UNPACKED = 4 << 30
DAMAGED = (zipfile.BadZipFile, zlib.error, UnicodeDecodeError, NotImplementedError, OSError, EOFError)
BOOK = {"[Content_Types].xml", "mimetype"}  # a workbook is a zip archive, too


def is_archive(path: Path) -> bool:
    """True for a zip archive that is no workbook (nor says by its ending that it is one)."""
    if path.suffix.lower() in (".xlsx", ".xlsm", ".xls"):
        return False
    try:
        return not BOOK & set(_names(path))
    except DAMAGED:
        return True


def _names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def sheets(path: Path, read: Callable[[Path], list[Sheet]], endings: set[str]) -> list[Sheet]:
    """The sheets of all files inside, read by `read`. Raises KpiError for damaged, hostile and locked archives."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [item for item in archive.infolist() if not item.is_dir()]
            _check(members)
            folder = tempfile.TemporaryDirectory(prefix="kpi-", ignore_cleanup_errors=True)
            found = [s for nth, item in enumerate(members) for s in _member(archive, item, nth, folder, read, endings)]
    except DAMAGED as problem:
        raise KpiError("the archive is damaged or incomplete; download it again") from problem
    if not found:
        raise KpiError("the archive holds no table")
    return found


def _check(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_FILES or sum(item.file_size for item in members) > LARGEST_UNPACKED:
        raise KpiError(f"the archive holds more than {MOST_FILES:,} files or 4 GB; unpack it and give the folder")
    for item in members:
        place = PurePosixPath(item.filename.replace("\\", "/"))
        if place.is_absolute() or ".." in place.parts or ":" in str(place).partition("/")[0]:
            raise KpiError(f"the archive names a file outside of itself ({item.filename[:80]!r}); do not trust it")
        if item.flag_bits & 1:
            raise KpiError("the archive is protected with a password; unpack it and give the folder")


def _member(archive, item, nth: int, folder, read, endings: set[str]) -> list[Sheet]:
    """The sheets of one file, unpacked under a name of our own; they keep the folder alive."""
    name = _shown(item)
    ending = PurePosixPath(name).suffix.lower()
    if ending not in endings:
        return [Broken(name, "not a data file")]
    place = Path(folder.name) / f"{nth}{ending}"
    with archive.open(item) as packed, place.open("wb") as out:
        while block := packed.read(1 << 20):
            out.write(block)
    try:
        found = read(place)
    except KpiError as problem:
        return [Broken(name, str(problem))]
    for sheet in found:
        sheet.name, sheet.origin, sheet.keep = f"{name} {sheet.name}".strip(), name, folder
    return found


def _shown(item: zipfile.ZipInfo) -> str:
    """The file's name; Windows writes Chinese ones in GBK without saying so."""
    if item.flag_bits & 0x800:
        return item.filename
    try:
        return item.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return item.filename
