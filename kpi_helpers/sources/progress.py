"""A progress bar for people at a terminal; nothing anywhere else. It counts bytes: files differ in size."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Step = Callable[[str, int], None]  # the name of what comes next, and its bytes


@contextmanager
def no_progress(total: int) -> Iterator[Step]:
    """Says nothing."""
    yield lambda name, size: None


@contextmanager
def bar(total: int) -> Iterator[Step]:
    """A bar over `total` bytes with the file's name, the share done and the time left, on stderr when that is a
    terminal."""
    if not sys.stderr.isatty():
        yield lambda name, size: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeElapsedColumn(),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task, before = shown.add_task("", total=total), 0

        def step(name: str, size: int) -> None:
            nonlocal before
            shown.update(task, advance=before, description=name[-40:])
            before = size

        yield step
