"""Many reports at once: on this machine side by side, or on the workers of a Dask cluster; resumable, because what
is there and unchanged is not made again."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path

from kpi_helpers import periods
from kpi_helpers.desk import find_data, open_desk
from kpi_helpers.engine.nearby import sharing
from kpi_helpers.errors import KpiError
from kpi_helpers.periods import Period
from kpi_helpers.runs.journal import Run, append, failed
from kpi_helpers.runs.make import Wanted, make
from kpi_helpers.store import Store

Task = tuple[str, str, Wanted]  # shop, period, how


def backfill(
    first: str, last: str, shop: str, wanted: Wanted, workers: int = 2, scheduler: str = "", show: bool = True
) -> list[Run]:
    """Make every period from `first` to `last` (both of one kind), of one shop or all. Returns the runs, in order.

    `scheduler`: the address of a Dask scheduler whose workers see the same data and reports folders.
    Raises KpiError when the periods are not of one kind, or the scheduler does not answer.
    """
    home = find_data(wanted.data_dir)
    names = [shop] if shop else Store(home).shops() or [""]
    tasks = [(name, span.label, wanted) for name in names for span in spans(first, last)]
    with sharing():
        for name in names:
            open_desk(name, home)  # brought up to date once, before several ask for it
        finished = _on_cluster(tasks, scheduler) if scheduler else _here(tasks, workers)
        runs = list(_shown(finished, len(tasks)) if show else finished)
    order = {(name, label): n for n, (name, label, _) in enumerate(tasks)}
    return sorted(runs, key=lambda run: order[run.shop, run.period])


def spans(first: str, last: str) -> list[Period]:
    """The periods from one to the other. Raises KpiError when they are of different kinds or the wrong way round."""
    begin, end = periods.parse(first), periods.parse(last)
    if begin.kind != end.kind or begin.kind == "range":
        raise KpiError(f"{first} and {last} are not periods of one kind; write 2026-W01 2026-W44, or 2026-01 2026-10")
    if end.start < begin.start:
        raise KpiError(f"{first} comes after {last}; write the earlier one first")
    found = [begin]
    while found[-1].start < end.start:
        found.append(found[-1].following())
    return found


def one(task: Task) -> Run:
    """One task, wherever it runs. What goes wrong is in the run."""
    name, label, wanted = task
    try:
        return make(open_desk(name, wanted.data_dir), label, wanted)
    except Exception as wrong:  # the others go on
        return append(wanted.reports_dir, failed(name, label, wanted.lang, wrong))


def _here(tasks: list[Task], workers: int) -> Iterator[Run]:
    with ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
        yield from _results(as_completed([pool.submit(one, task) for task in tasks]))


def _on_cluster(tasks: list[Task], scheduler: str) -> Iterator[Run]:
    """The same tasks on Dask's workers; a worker that dies has its tasks done by another."""
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise KpiError("--scheduler needs Dask: pip install 'kpi-notebooks[cluster]'") from None
    try:
        client = Client(scheduler, timeout=10)
    except (OSError, ValueError) as error:
        raise KpiError(f"no Dask scheduler answers at {scheduler} ({type(error).__name__}); start one there") from None
    with client:
        yield from _results(as_completed(client.map(one, [_absolute(task) for task in tasks], pure=False)))


def _absolute(task: Task) -> Task:
    """The task with folders that mean the same on another machine."""
    name, label, wanted = task
    folders = {"data_dir": str(find_data(wanted.data_dir).resolve()), "reports_dir": Path(wanted.reports_dir).resolve()}
    return name, label, Wanted(**{**vars(wanted), **folders})


def _results(futures: Iterable[Future]) -> Iterator[Run]:
    return (future.result() for future in futures)


def _shown(runs: Iterator[Run], total: int) -> Iterator[Run]:
    """The runs as they end, with a bar that moves."""
    from rich.progress import track

    return iter(track(runs, description="", total=total))
