"""Notebooks are run as they are, with parameters that were checked before any kernel starts."""

from pathlib import Path

import nbformat
import nbformat.v4 as nbf
import pytest

from kpi_helpers.errors import KpiError
from kpi_helpers.report.run import Executed, NotebookFailed, execute_all, plan

PARAMETERS = "period = 'x'\nlimit: int = 5\n"


def notebook(folder: Path, *sources: str, parameters: str = PARAMETERS) -> Path:
    """A notebook with a parameters cell and some code."""
    cells = [
        nbf.new_code_cell(parameters, metadata={"tags": ["parameters"]}),
        *map(nbf.new_code_cell, sources),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / "10_made.ipynb"
    nbformat.write(nbf.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"perod": "2026"}, "unknown parameter of 10_made.ipynb 'perod'; did you mean period?"),
        ({"period": 2026}, "parameter period = 2026 is int, the notebook's default is str"),
        ({"limit": True}, "parameter limit = True is bool, the notebook's default is int"),
        ({"x = 1; import os; y": "v"}, "unknown parameter"),
    ],
)
def test_parameters_are_checked_first(tmp_path: Path, given: dict, said: str) -> None:
    with pytest.raises(KpiError, match=said.replace("?", r"\?")):
        plan([notebook(tmp_path)], given)


@pytest.mark.parametrize("cell", ["period = today()", "import os", "a = b = 'x'", "period =", "x[0] = 1"])
def test_the_parameters_cell_holds_literals(tmp_path: Path, cell: str) -> None:
    with pytest.raises(KpiError, match="may hold only lines such as"):
        plan([notebook(tmp_path, parameters=cell)], {})


def test_a_missing_or_broken_notebook_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "broken.ipynb").write_text("{", "utf-8")
    for name, said in (("none.ipynb", "there is no notebook"), ("broken.ipynb", "not a readable notebook")):
        with pytest.raises(KpiError, match=said):
            plan([tmp_path / name], {})


def test_each_run_is_clean_and_a_failure_stays_alone(tmp_path: Path) -> None:
    """Two good runs of one notebook, one that fails: same order, nothing shared, no traceback."""
    good = notebook(tmp_path, "seen = 'seen' in globals(); print(period, seen)")
    (tmp_path / "bad").mkdir()
    bad = notebook(tmp_path / "bad", "ok = 1", "from kpi_helpers.errors import KpiError\nraise KpiError('没有订单')")
    first, failed, second = execute_all([*plan([good], {"period": "2026-W44"}), *plan([bad], {}), *plan([good], {})])
    assert isinstance(first, Executed) and isinstance(second, Executed)
    assert [done.notebook.cells[-1].outputs[0].text.strip() for done in (first, second)] == [
        "2026-W44 False",
        "x False",
    ]
    assert isinstance(failed, NotebookFailed)
    assert (str(failed), failed.cell) == ("10_made: 没有订单", 3)
    assert "raise KpiError" in failed.source and any("KpiError" in line for line in failed.lines)


def test_a_dead_kernel_is_told(tmp_path: Path) -> None:
    (failed,) = execute_all(plan([notebook(tmp_path, "import os; os._exit(9)")], {}))
    assert "its kernel died" in str(failed)
