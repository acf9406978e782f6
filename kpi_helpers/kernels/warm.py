"""The fork server: a process that loads everything once and then forks, on request, one process a notebook.

What it loads: the kit with its books of texts, pandas, DuckDB, IPython. It has no threads of Python's own and runs
no cell itself, so a fork of it is as good as a fresh process. It ends with the process that started it.
"""

import gc
import os
import signal
import socket
import sys
from importlib import import_module
from inspect import signature
from multiprocessing.connection import Connection
from select import select
from warnings import catch_warnings

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # see kpi_helpers.report
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy: its threads would not survive the fork


# What only some notebooks use: loaded while nobody asks for a process.
LATER = ("pyarrow.pandas_compat", "scipy.special", "scipy.optimize")


def load() -> None:
    """Import what notebooks use, and read what they read."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    import kpi_helpers.desk
    import kpi_helpers.kernels.cells
    import kpi_helpers.study.study  # noqa: F401  (for the notebooks, as those above)
    from kpi_helpers.engine.manifest import code_of
    from kpi_helpers.engine.nearby import get_ready
    from kpi_helpers.settings import Settings, defaults

    InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    code_of(Settings(defaults()))
    _read_books()
    get_ready()


def _read_books() -> None:
    """Whatever the kit reads once, read now: books of texts, and remembering functions that take nothing."""
    from kpi_helpers.wording.book import Book

    held = [vars(module) for name, module in sys.modules.items() if name.startswith("kpi_helpers.")]
    for thing in [thing for names in held for thing in names.values()]:
        if isinstance(thing, Book):
            _ = thing.records
        elif hasattr(thing, "cache_info") and not signature(thing).parameters:
            thing()


def serve(descriptor: int) -> None:
    """Fork for every pipe that comes in through the socket, until its other end is closed."""
    gc.disable()
    load()
    gc.freeze()  # what was loaded is never garbage: forks need not look at it, and so go on sharing its memory
    gc.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, which then closes the socket
    signal.signal(signal.SIGCHLD, _reap)
    later = list(LATER)
    with socket.socket(fileno=descriptor) as asked:
        while True:
            while later and not select([asked], [], [], 0)[0]:
                with catch_warnings():  # every fork starts from the same filters, early or late
                    import_module(later.pop(0))
            _, pipes, _, _ = socket.recv_fds(asked, 1, 1)
            if not pipes:
                os._exit(0)  # nothing to tidy up, and libraries that would complain about it
            if os.fork() == 0:
                asked.close()
                _serve_one(pipes[0])
            os.close(pipes[0])


def _reap(*_: object) -> None:
    """Let go of notebooks that ended; what they cost is then counted for the command."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _serve_one(pipe: int) -> None:
    from kpi_helpers.kernels.cells import run

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        run(Connection(pipe))
    finally:
        os._exit(1)
