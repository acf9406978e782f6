"""The cells of a notebook run by IPython in a process of its own, forked from one that has everything loaded.

The process ends with its notebook, so nothing of it can reach the next one; what it inherits is what `warm` loaded.
Cells behave as in Jupyter: last value, displays, streams and errors become outputs, in the order they came.
"""

import io
import json
import os
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection
from threading import Thread
from time import perf_counter
from typing import Any


def run(pipe: Connection) -> None:
    """Run the code cells of the order that comes first; send when each starts, then its outputs. Never returns.

    The order has `sources` (number of the cell, code), `env`, `cwd`, `memory_bytes` (0: no limit) and `log`, the
    file that takes what is written past Python. The first answer is the number of this process.
    """
    order = pipe.recv()
    pipe.send(os.getpid())
    Thread(target=_follow, args=[pipe], daemon=True).start()
    _settle(order)
    shell = _shell()
    for number, source in order["sources"]:
        pipe.send((number, "start", None))
        started, outputs = perf_counter(), Outputs()
        good = outputs.during(shell, source)
        told = {"outputs": json.loads(json.dumps(outputs.kept, default=str)), "seconds": perf_counter() - started}
        pipe.send((number, "done", told | {"good": good, "count": shell.execution_count - 1}))
        if not good:
            break
    pipe.send((0, "end", None))
    os._exit(0)


def _follow(pipe: Connection) -> None:
    """End with whoever asked: nobody is left to tell once the other end of the pipe is gone."""
    try:
        pipe.recv()
    finally:
        os._exit(1)


def _settle(order: Mapping[str, Any]) -> None:
    """Environment, folder, output and memory of this run, and numbers that are random again."""
    import numpy

    os.environ.clear()
    os.environ.update({"PLOTLY_RENDERER": "plotly_mimetype"} | order["env"])  # as in a kernel, where plotly would ask
    os.chdir(order["cwd"])
    sys.argv = [""]
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    numpy.random.seed()  # else the same in every fork
    if order["memory_bytes"]:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (order["memory_bytes"],) * 2)


def _shell() -> Any:
    """IPython as the server prepared it, with an empty namespace."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    sys.modules["__main__"] = shell.user_module
    return shell


class Outputs:
    """Collects the outputs of one cell as the notebook format has them."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []

    def during(self, shell: Any, source: str) -> bool:
        """Run a cell; whether it went well. The shell's ways of showing things lead here meanwhile."""
        shell.display_pub.publish = self.display
        shell.displayhook.write_format_data = lambda data, metadata=None: self.result(shell, data, metadata)
        shell.displayhook.write_output_prompt = shell.displayhook.log_output = lambda *_: None
        shell._showtraceback = self.error
        streams = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = _Stream(self, "stdout"), _Stream(self, "stderr")
        try:
            return shell.run_cell(source, store_history=True).success
        finally:
            sys.stdout, sys.stderr = streams

    def add(self, kind: str, **fields: Any) -> None:
        """One more output."""
        self.kept.append({"output_type": kind, **fields})

    def write(self, name: str, text: str) -> None:
        """Text on stdout or stderr; pieces that follow each other are one output."""
        if self.kept and self.kept[-1].get("name") == name:
            self.kept[-1]["text"] += text
        elif text:
            self.add("stream", name=name, text=text)

    def result(self, shell: Any, data: dict, metadata: dict | None) -> None:
        """The value of the last line."""
        self.add("execute_result", data=data, metadata=metadata or {}, execution_count=shell.displayhook.prompt_count)

    def display(self, data: dict, metadata: dict | None = None, *_: Any, transient: Any = None, **more: Any) -> None:
        """What `display()` shows; an update replaces what was shown under the same name in this cell."""
        fields = {"data": data, "metadata": metadata or {}}
        known = (transient or {}).get("display_id")
        for kept in self.kept if more.get("update") else ():
            if kept.get("known") == known:
                kept.update(fields)
        if not more.get("update"):
            self.add("display_data", **fields, known=known)

    def error(self, kind: type, value: BaseException, lines: list[str]) -> None:
        """An exception nobody caught."""
        self.add("error", ename=kind.__name__, evalue=str(value), traceback=list(lines))


class _Stream(io.TextIOBase):
    """A text stream that ends in the outputs of a cell."""

    def __init__(self, outputs: Outputs, name: str) -> None:
        self.outputs, self.name = outputs, name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.outputs.write(self.name, text)
        return len(text)
