"""A papermill engine whose kernels are forked from the server (see `warm`)."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import from_dict
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines

from kpi_helpers.kernels.server import server

NAME = "kpi-fork"


class Forked(Engine):
    """Runs every notebook in a fork of the server."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        execution_timeout: float,
        run_timeout: float,
        memory_bytes: int = 0,
        **_: Any,
    ) -> None:
        """Called by papermill. Raises nbclient's CellTimeoutError and DeadKernelError as its own engine does."""
        code = [(n, cell.source) for n, cell in enumerate(nb_man.nb.cells) if cell.cell_type == "code"]
        order = {"sources": code, "env": dict(os.environ), "cwd": os.getcwd(), "memory_bytes": memory_bytes}
        with _kernel(order) as pipe:
            for number, what, told in _messages(pipe, execution_timeout, monotonic() + run_timeout):
                _note(nb_man, number, what, told)


@contextmanager
def _kernel(order: dict[str, Any]) -> Iterator[Any]:
    """A process that runs the order; gone afterwards. Raises DeadKernelError when it ends before its time."""
    ours, theirs = Pipe()
    ended = False
    with TemporaryDirectory(prefix="kpi-", ignore_cleanup_errors=True) as folder, ours:
        log, number = Path(folder, "log"), 0
        try:
            with theirs:
                server().fork(theirs.fileno())
            ours.send({**order, "log": str(log)})
            number = ours.recv()
            yield ours
            ended = True
        except CellTimeoutError:
            raise
        except (EOFError, OSError):
            said = log.read_text("utf-8", "replace")[-4000:] if log.exists() else ""
            raise DeadKernelError(said.strip() or "the process ended without a word") from None
        finally:
            if number and not ended:  # one that ended by itself may have left its number to another
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)


def _messages(pipe: Any, cell_seconds: float, until: float) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
    """What the kernel says until its end. EOFError when it dies, CellTimeoutError when it is silent for too long."""
    while True:
        if not pipe.poll(max(0, min(cell_seconds, until - monotonic()))):
            raise CellTimeoutError("run" if monotonic() >= until else "cell")
        message = pipe.recv()
        if message[1] == "end":
            return
        yield message


def _note(nb_man: NotebookExecutionManager, number: int, what: str, told: Mapping[str, Any]) -> None:
    """Enter a message of the kernel into the notebook."""
    cell = nb_man.nb.cells[number]
    if what == "start":
        return nb_man.cell_start(cell, number)
    kept = [{name: value for name, value in output.items() if name != "known"} for output in told["outputs"]]
    cell.outputs, cell.execution_count = [from_dict(output) for output in kept], told["count"]
    if not told["good"]:
        nb_man.cell_exception(cell, number)
    nb_man.cell_complete(cell, number)
    cell.metadata.papermill["duration"] = told["seconds"]


papermill_engines.register(NAME, Forked)
