"""Run notebooks with papermill: parameters checked first, a clean kernel for each, two at a time.

The notebooks stay ordinary: stock papermill and JupyterLab run them as well. Cells tagged `explore` (widgets)
are for people at a keyboard and are left out here.
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import nbformat
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError, strip_color
from papermill.execute import raise_for_execution_errors
from papermill.parameterize import parameterize_notebook

from kpi_helpers import kernels
from kpi_helpers.errors import KpiError
from kpi_helpers.kernels.engine import NAME
from kpi_helpers.kernels.plain import ReportKernel
from kpi_helpers.report.parameters import check_parameters

logging.getLogger("papermill").setLevel(logging.CRITICAL)  # what it would say, the failure says better
EXPLORE = "explore"
NUMBER = "kpi_cell"  # metadata: which cell of the notebook this is, as people count
ALWAYS = {"engine_name": None, "kernel_name": "python3", "progress_bar": False, "autosave_cell_every": 0}


@dataclass(frozen=True)
class Limits:
    """What a notebook may take; more is a failure. `memory_bytes` 0 is no limit, and it holds for forked kernels."""

    cell_seconds: float = 600
    notebook_seconds: float = 1800
    memory_bytes: int = 0

    def engine(self) -> dict[str, Any]:
        """How papermill is to run a notebook."""
        held = {**ALWAYS, "execution_timeout": self.cell_seconds}
        if kernels.kernel() == "fork":
            limits = {"run_timeout": self.notebook_seconds, "memory_bytes": self.memory_bytes}
            return {**held, "engine_name": NAME, **limits}
        patient = {"iopub_timeout": 60, "shutdown_kernel": "immediate"}
        return {**held, **patient, "kernel_manager_class": ReportKernel.until(self.notebook_seconds)}


USUAL = Limits()


@dataclass(frozen=True)
class Job:
    """One notebook to run, with the parameters it gets."""

    path: Path
    parameters: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The notebook's file name without its ending: `10_reception`."""
        return self.path.stem


@dataclass(frozen=True)
class Executed:
    """A notebook that ran to its end."""

    job: Job
    notebook: nbformat.NotebookNode = field(repr=False)
    seconds: float

    @property
    def cell_seconds(self) -> float:
        """What its own cells took; the rest of `seconds` is the price of running it."""
        return sum(cell.metadata.get("papermill", {}).get("duration") or 0 for cell in self.notebook.cells)

    @property
    def warnings(self) -> list[str]:
        """What was written to stderr: for the owner, never for readers."""
        outputs = (output for cell in self.notebook.cells for output in cell.get("outputs", []))
        return ["".join(output.text).strip() for output in outputs if output.get("name") == "stderr"]


class NotebookFailed(KpiError):
    """A notebook stopped: `job`, the number and source of the `cell`, its last `lines`."""

    def __init__(self, job: Job, message: str, cell: int = 0, source: str = "", lines: tuple[str, ...] = ()) -> None:
        super().__init__(f"{job.name}: {message}")
        self.job, self.cell, self.source, self.lines = job, cell, source, lines


def load(path: Path) -> nbformat.NotebookNode:
    """A notebook as a value. Raises KpiError when the file is missing or is not a notebook."""
    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise KpiError(f"there is no notebook {path.name} in {path.parent}") from None
    except Exception as error:
        raise KpiError(f"{path.name} is not a readable notebook ({type(error).__name__}); restore it") from None


def plan(notebooks: list[Path], given: Mapping[str, Any]) -> list[Job]:
    """Jobs for notebooks, all with the given parameters, checked against each notebook's own parameters cell.

    Raises KpiError, before any kernel starts, for a parameter that a notebook lacks or has with another type.
    """
    for path in notebooks:
        check_parameters(path.name, load(path), given)
    return [Job(path, dict(given)) for path in notebooks]


def _prepared(path: Path) -> nbformat.NotebookNode:
    """The notebook as papermill wants it, its cells numbered, without those that are for people at a keyboard."""
    notebook = load(path)
    notebook.metadata["papermill"] = {}
    for number, cell in enumerate(notebook.cells, 1):
        cell.metadata |= {NUMBER: number, "tags": cell.metadata.get("tags", [])}
    notebook.cells = [cell for cell in notebook.cells if EXPLORE not in cell.metadata.get("tags", [])]
    return notebook


def execute(job: Job, limits: Limits = USUAL) -> Executed:
    """Run one notebook in a kernel of its own. Raises NotebookFailed when a cell fails or the kernel dies.

    In papermill's steps without its last one, which writes the notebook as text even where there is no file.
    """
    started = perf_counter()
    try:
        notebook = parameterize_notebook(_prepared(job.path), dict(job.parameters))
        done = papermill_engines.execute_notebook_with_engine(nb=notebook, output_path=None, **limits.engine())
        raise_for_execution_errors(done, None)
    except PapermillExecutionError as error:
        raise _cell_failed(job, error) from None
    except Exception as error:
        raise _kernel_failed(job, error, limits) from None
    return Executed(job, done, perf_counter() - started)


def execute_all(
    jobs: list[Job], workers: int = 2, limits: Limits = USUAL, then: Callable[[Executed], Any] = lambda done: done
) -> list[Any]:
    """What `then` makes of each notebook, run `workers` at a time; NotebookFailed for those that stopped."""

    def attempt(job: Job) -> Any:
        try:
            return then(execute(job, limits))
        except NotebookFailed as failure:
            return failure

    with ThreadPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(attempt, jobs))


def _cell_failed(job: Job, error: PapermillExecutionError) -> NotebookFailed:
    """A cell raised: the kit's own errors are sentences already, others are named."""
    said = error.evalue if error.ename == "KpiError" else f"{error.ename}: {error.evalue}"
    lines = strip_color("\n".join(error.traceback)).splitlines()
    return NotebookFailed(job, said, _cell_number(job, error.source), error.source, tuple(lines[-30:]))


def _cell_number(job: Job, source: str) -> int:
    """Which cell of the notebook as people see it has this source, counted from 1; 0 when none has."""
    return next((n for n, cell in enumerate(load(job.path).cells, 1) if cell.source == source), 0)


def _kernel_failed(job: Job, error: Exception, limits: Limits) -> NotebookFailed:
    """No cell can be blamed: the kernel died, did not start, or a cell ran out of time."""
    reasons = {
        "DeadKernelError": "its kernel died, most often for lack of memory; close other programs and retry",
        "CellTimeoutError": f"a cell took longer than {limits.cell_seconds:g} seconds, or all of them longer than "
        f"{limits.notebook_seconds:g}, and it was stopped",
    }
    said = reasons.get(type(error).__name__, f"it could not be run ({type(error).__name__}: {error})")
    return NotebookFailed(job, said, lines=tuple(str(error).splitlines()[-30:]))
