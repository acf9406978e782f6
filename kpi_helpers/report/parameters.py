"""The contract of a notebook's `parameters` cell: literals, by name; what is given must be there and fit."""

import ast
from collections.abc import Mapping
from typing import Any

import nbformat

from kpi_helpers.errors import KpiError, unknown

TAG = "parameters"


def check_parameters(name: str, notebook: nbformat.NotebookNode, given: Mapping[str, Any]) -> None:
    """Raises KpiError when a given parameter is unknown to the notebook `name`, or has another type there."""
    defaults = read_parameters(name, notebook)
    for key, value in given.items():
        if key not in defaults:
            raise unknown(f"parameter of {name}", key, list(defaults))
        if type(value) is not type(defaults[key]):
            wanted, got = type(defaults[key]).__name__, type(value).__name__
            raise KpiError(f"{name}: parameter {key} = {value!r} is {got}, the notebook's default is {wanted}")


def read_parameters(name: str, notebook: nbformat.NotebookNode) -> dict[str, Any]:
    """Names and defaults of the cell tagged `parameters`; KpiError when it holds more than literals."""
    cells = [cell for cell in notebook.cells if TAG in cell.metadata.get("tags", [])]
    if len(cells) != 1:
        raise KpiError(f"{name} has {len(cells)} cells tagged {TAG!r}; give it exactly one, with its defaults")
    try:
        return dict(_assignment(line) for line in ast.parse(cells[0].source).body)
    except (SyntaxError, ValueError, TypeError):
        raise KpiError(f"{name}: the parameters cell may hold only lines such as period = 'latest-week'") from None


def _assignment(line: ast.stmt) -> tuple[str, Any]:
    """`name = literal` or `name: type = literal`; ValueError for anything else."""
    target = line.target if isinstance(line, ast.AnnAssign) else getattr(line, "targets", [None])[0]
    if not isinstance(target, ast.Name) or len(getattr(line, "targets", [0])) != 1:
        raise ValueError
    return target.id, ast.literal_eval(line.value)
