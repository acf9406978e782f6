"""One thing after the other: what widgets ask for, done in the order of asking, beside the kernel's own thread.

JupyterLab hands the messages of different widgets to the kernel side by side (subshells). Two changes at once would
read one connection together, and each would put back what the other had just chosen.
"""

from collections.abc import Callable
from contextvars import copy_context
from queue import Empty, Queue
from threading import Lock, Thread, current_thread, main_thread
from traceback import print_exc


class Worker:
    """Does what it is given in a thread that lives as long as there is something to do; the kernel stays free.

    A process that ends waits for what is being done, since DuckDB does not survive losing its thread, and no longer.
    """

    def __init__(self) -> None:
        self._jobs, self._lock = Queue(), Lock()
        self._thread: Thread | None = None

    @property
    def here(self) -> bool:
        """Whether the caller is the worker: then a widget was moved by the code, not by a hand."""
        return current_thread() is self._thread

    @property
    def leaving(self) -> bool:
        """Whether the process is about to end."""
        return not main_thread().is_alive()

    def do(self, act: Callable[[], object]) -> None:
        """Do it when everything asked before is done; at once when the worker itself asks."""
        if self.here:
            act()
        else:
            self.later(act)

    def later(self, act: Callable[[], object]) -> None:
        """Do it after everything asked so far, whoever asks."""
        with self._lock:
            self._jobs.put((copy_context(), act))
            if not self._thread:
                self._thread = Thread(target=self._work, name="kpi-explorer", daemon=False)
                self._thread.start()

    def wait(self) -> None:
        """Come back when everything asked so far is done."""
        self._jobs.join()

    def _work(self) -> None:
        while job := self._next():
            context, act = job
            try:
                context.run(act)
            except Exception:  # what is asked says its own errors in place; this is the log's
                print_exc()
            finally:
                self._jobs.task_done()

    def _next(self) -> tuple | None:
        with self._lock:
            try:
                if not self.leaving:
                    return self._jobs.get_nowait()
            except Empty:
                pass
            self._thread = None
            return None
