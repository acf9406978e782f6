"""Reports on disk: private folders, files and folders replaced in one step."""

import ctypes
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from kpi_helpers.errors import KpiError
from kpi_helpers.store.lock import only_writer

PRIVATE = ".run-"
OLD = ".old"  # a folder being replaced, where the system cannot exchange two in one step
_EXCHANGE = {"linux": ("renameat2", 2), "darwin": ("renameatx_np", 2)}
_AT_FDCWD = {"linux": -100, "darwin": -2}


def period_slug(label: str) -> str:
    """A period's label as a folder name: `2026-W44`, `2026-11-01_2026-11-11`."""
    name = label.replace("..", "_")
    if not re.fullmatch(r"[0-9A-Za-z_-]+", name):
        raise KpiError(f"{label!r} is not a period's label")
    return name


@contextmanager
def private_folder(parent: Path) -> Iterator[Path]:
    """A folder of one run, on the same disk as `parent` so that moving it is one step; gone afterwards.

    One run at a time has one; what a killed run left is cleared away. Raises KpiError, with the reason, when
    anything cannot be written (no right to, disk full) or another run takes too long.
    """
    try:
        with only_writer(parent / ".lock", seconds=60), TemporaryDirectory(prefix=PRIVATE, dir=parent) as folder:
            for left in set(parent.glob(f"{PRIVATE}*")) - {Path(folder)}:
                shutil.rmtree(left, ignore_errors=True)
            yield Path(folder)
    except OSError as error:
        raise KpiError(
            f"cannot write to {parent} ({error.strerror}); the last good reports stay as they were"
        ) from None


def switch(new: Path, target: Path) -> None:
    """Put the folder `new` in the place of `target`. Readers see the old one or the new one, never a mixture.

    Linux and macOS exchange the two in one step; elsewhere the old one is set aside first, and `recover` puts
    it back if the process ends in between.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    recover(target)
    if not target.exists():
        os.replace(new, target)
    elif not _exchange(new, target):
        _in_two_steps(new, target)


def recover(target: Path) -> None:
    """Put back what an interrupted switch had set aside."""
    aside = target.with_name(target.name + OLD)
    if not aside.exists():
        return
    if target.exists():
        shutil.rmtree(aside)
    else:
        os.replace(aside, target)


def _in_two_steps(new: Path, target: Path) -> None:
    aside = target.with_name(target.name + OLD)
    os.replace(target, aside)
    os.replace(new, target)
    shutil.rmtree(aside, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False where the system or the disk cannot."""
    name, flag = _EXCHANGE.get(sys.platform, ("", 0))
    call = getattr(ctypes.CDLL(None), name, None) if name else None
    if call is None:
        return False
    here = _AT_FDCWD[sys.platform]
    return call(here, os.fsencode(one), here, os.fsencode(other), ctypes.c_uint(flag)) == 0
