"""A progress bar for people at a terminal; nothing anywhere else."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def no_progress(total: int) -> Iterator[Callable[[str], None]]:
    """Says nothing."""
    yield lambda name: None


@contextmanager
def bar(total: int) -> Iterator[Callable[[str], None]]:
    """A bar with the file's name and the time left, on stderr when that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda name: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("", total=total)
        yield lambda name: shown.update(task, advance=1, description=name[-40:])
