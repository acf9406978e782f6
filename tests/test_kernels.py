"""Forked kernels: clean from run to run, the same outputs as a plain kernel, and an end to every way of hanging."""

import os
import signal
import sys
import time
from pathlib import Path

import nbformat
import nbformat.v4 as nbf
import pytest

from kpi_helpers.engine.nearby import sharing
from kpi_helpers.report.run import USUAL, Executed, Limits, NotebookFailed, execute_all, plan

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")

DIRTY = """
import builtins, decimal, importlib, locale, math, os, random, sys, warnings
import duckdb, numpy, pandas, plotly.io as pio
import kpi_helpers.metrics.compute as compute
left = "global"
builtins.left = sys.left = math.pi = pandas.left = compute.left = "left"
os.environ["LEFT"] = "1"; os.chdir("/"); os.umask(0o077)
pandas.set_option("display.max_rows", 3); pandas.DataFrame.sum = None
pio.renderers.default = "png"; pio.templates.default = "plotly_dark"
decimal.getcontext().prec = 3; sys.path.insert(0, "/left"); sys.modules["left"] = math; sys.argv.append("left")
warnings.simplefilter("error"); random.seed(1); numpy.random.seed(1)
duckdb.sql("CREATE TABLE left_behind AS SELECT 1"); con = duckdb.connect(":memory:")
get_ipython().display_formatter.active_types = ["text/plain"]
get_ipython().events.register("post_execute", lambda: print("left"))
"""
LOOK = """
import builtins, decimal, math, os, random, sys, warnings
import duckdb, numpy, pandas, plotly.io as pio
import kpi_helpers.metrics.compute as compute
state = {
    "global": "left" in globals() or hasattr(builtins, "left") or hasattr(sys, "left"),
    "modules": "left" in sys.modules or hasattr(pandas, "left") or hasattr(compute, "left"), "pi": math.pi,
    "env": "LEFT" in os.environ, "cwd": os.getcwd(), "umask": os.umask(0o022), "path": "/left" in sys.path,
    "argv": "left" in sys.argv,
    "rows": pandas.get_option("display.max_rows"), "sum": pandas.DataFrame.sum is None,
    "plotly": (pio.renderers.default, pio.templates.default), "precision": decimal.getcontext().prec,
    "warnings": warnings.filters[0][0] == "error",
    "duckdb": duckdb.sql("SELECT COUNT(*) FROM duckdb_tables()").fetchall(),
    "shown": len(get_ipython().display_formatter.active_types), "In": In[1:-1] == [c for c in In[1:-1]],
}
print(state)
"""
LUCK = """
import random, numpy, uuid
from kpi_helpers.engine import nearby
near = nearby.opened("one", lambda con: con.execute("CREATE VIEW one AS SELECT 1 AS one"), ["one"])
drawn = near.execute("SELECT random(), uuid()").fetchone()
print(random.random(), numpy.random.random(), uuid.uuid4(), *drawn)
"""
SHOWN = """
from IPython.display import display, HTML, Markdown
import sys
print("a"); print("b"); print("c", file=sys.stderr)
shown = display(HTML("<p>1</p>"), display_id=True); shown.update(HTML("<p>2</p>"))
display(Markdown("**m**"))
_ = 3
"值"
"""


def book(folder: Path, *sources: str) -> Path:
    """A notebook of these cells, after an empty parameters cell."""
    cells = [nbf.new_code_cell("a = 1", metadata={"tags": ["parameters"]}), *map(nbf.new_code_cell, sources)]
    path = folder / f"{len(list(folder.glob('*.ipynb')))}_made.ipynb"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbf.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def ran(*paths: Path, limits: Limits = USUAL) -> list[Executed | NotebookFailed]:
    """What became of the notebooks, run one after the other."""
    return execute_all(plan(list(paths), {}), workers=1, limits=limits)


def text(done: Executed) -> str:
    return done.notebook.cells[-1].outputs[0].text


def test_nothing_leaks_from_run_to_run(tmp_path):
    before, _, after = ran(book(tmp_path, LOOK), book(tmp_path, DIRTY), book(tmp_path, LOOK))
    assert text(before) == text(after)


def test_luck_is_not_inherited(tmp_path):
    with sharing():
        first, second = (text(done).split() for done in ran(book(tmp_path, LUCK), book(tmp_path, LUCK)))
    assert not set(first) & set(second)


def test_outputs_are_those_of_a_plain_kernel(tmp_path, monkeypatch):
    path = book(tmp_path, SHOWN, "import asyncio\nawait asyncio.sleep(0)\n%time 1", "")
    seen = {}
    for kernel in ("fork", "plain"):
        monkeypatch.setenv("KPI_KERNEL", kernel)
        (done,) = ran(path)
        seen[kernel] = [[dict(out) for out in cell.get("outputs", [])] for cell in done.notebook.cells[:2]]
    assert seen["fork"] == seen["plain"]


@pytest.mark.parametrize(
    ("source", "limits", "said"),
    [
        ("while True: pass", Limits(cell_seconds=1), "a cell took longer than 1 seconds"),
        ("import time\nfor _ in range(90): print(time.sleep(1))", Limits(notebook_seconds=1), "longer than 1"),
        ("held = bytearray(20 << 30)", Limits(memory_bytes=8 << 30), "MemoryError"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", Limits(), "its kernel died"),
    ],
    ids=["endless cell", "endless notebook", "memory", "killed"],
)
def test_every_end_is_told(tmp_path, source, limits, said):
    (failed,) = ran(book(tmp_path, source), limits=limits)
    assert said in str(failed)


def test_a_plain_kernel_is_watched_too(tmp_path, monkeypatch):
    monkeypatch.setenv("KPI_KERNEL", "plain")
    (failed,) = ran(book(tmp_path, "import time; time.sleep(90)"), limits=Limits(notebook_seconds=3))
    assert isinstance(failed, NotebookFailed)


def test_last_words_of_a_crash_are_kept(tmp_path):
    crash = "import faulthandler, os; faulthandler.enable(); os.write(2, b'no more memory'); os.abort()"
    (failed,) = ran(book(tmp_path, crash))
    assert any("no more memory" in line for line in failed.lines)


def test_a_killed_command_leaves_no_kernel(tmp_path):
    """The kernel notices that nobody is left to tell, even inside an endless cell."""
    path = book(
        tmp_path, f"import os, time\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)"
    )
    if (command := os.fork()) == 0:
        code = "import sys; from pathlib import Path; from kpi_helpers.report.run import *; "
        os.execv(sys.executable, [sys.executable, "-c", code + f"execute(plan([Path({str(path)!r})], {{}})[0])"])
    assert eventually(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    number = int((tmp_path / "pid").read_text())
    os.kill(command, signal.SIGKILL)
    os.waitpid(command, 0)
    assert eventually(lambda: not Path(f"/proc/{number}").exists())


def eventually(true) -> bool:
    """Whether something comes true within a minute."""
    until = time.monotonic() + 60
    while not true() and time.monotonic() < until:
        time.sleep(0.05)
    return true()
