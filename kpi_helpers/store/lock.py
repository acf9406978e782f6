"""One writer at a time: a lock the operating system drops by itself when its holder dies."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kpi_helpers.errors import KpiError

try:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

except ImportError:  # Windows
    import msvcrt

    def _take(handle: int) -> None:
        # far behind the text, so that others can still read who holds it
        os.lseek(handle, 1 << 20, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)


def _wait(handle: int, path: Path, seconds: float) -> None:
    """Take the lock, or say who has it after `seconds`. A dead holder's lock is free at once."""
    until = time.monotonic() + seconds
    while True:
        try:
            return _take(handle)
        except OSError:
            if time.monotonic() > until:
                holder = path.read_text(errors="replace").strip() or "another process"
                raise KpiError(f"{holder} is writing to {path.parent}; wait until it is done") from None
            time.sleep(0.1)


@contextmanager
def only_writer(folder: Path, seconds: float = 10) -> Iterator[None]:
    """Hold the store's lock while the block runs. Raises KpiError when another process keeps it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "LOCK"
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        _wait(handle, path, seconds)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"process {os.getpid()}".encode(), 0) if hasattr(os, "pwrite") else None
        yield
    finally:
        os.close(handle)
