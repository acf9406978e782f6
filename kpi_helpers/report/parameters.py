"""The contract for parameters, one for the command line, notebooks, the schedule and backfills.

A notebook's `parameters` cell holds literals, by name. What is given must be there, have the same type, and, for the
names of the contract, be one of the values it allows. Nothing else reaches papermill, which writes names as code.
"""

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any
from unicodedata import category

import nbformat

from kpi_helpers import periods
from kpi_helpers.errors import KpiError, unknown
from kpi_helpers.report.words import LANGS
from kpi_helpers.wording.names import AUDIENCES

TAG = "parameters"
LATEST = tuple(f"latest-{kind}" for kind in ("day", "week", "month", "quarter", "year"))
COMPARED = ("previous", "year_before")


def _one_of(*known: str) -> Callable[[str, str], None]:
    def check(name: str, value: str) -> None:
        if value not in known:
            raise unknown(name, value, list(known))

    return check


def _period(name: str, value: str) -> None:
    if value.startswith("latest-"):
        return _one_of(*LATEST)(name, value)
    periods.parse(value)


def _compared(name: str, value: str) -> None:
    if not value[:1].isdigit() and ".." not in value:
        return _one_of(*COMPARED)(name, value)
    periods.parse(value)


def _name(name: str, value: str) -> None:
    # Marks of direction and joiners are part of names as exports have them; pages leave them out.
    if any(category(char) in BROKEN for char in value) or len(value) > LONGEST:
        raise KpiError(f"{name} = {value[:40]!r} is not a name; give it without line breaks, as in the exports")


LONGEST, BROKEN = 1000, ("Cc", "Cs", "Zl", "Zp")  # letters of a name; kinds of characters that break a line
# name -> what it may be; every value is text. A parameter that is not here is the notebook's own.
CONTRACT: dict[str, Callable[[str, str], None]] = {
    "period": _period,
    "shop": _name,
    "lang": _one_of(*LANGS),
    "audience": _one_of(*AUDIENCES),
    "compare_to": _compared,
    "data_dir": _name,
}


def check_value(name: str, value: Any) -> Any:
    """The value, when the contract allows it for `name`. Raises KpiError, with the nearest allowed ones, otherwise."""
    if name in CONTRACT:
        if not isinstance(value, str):
            raise KpiError(f"parameter {name} = {value!r} is {type(value).__name__}; it should be text")
        CONTRACT[name](name, value)
    elif not re.fullmatch(r"[a-z_][a-z0-9_]*", name):
        raise unknown("parameter", name, list(CONTRACT))
    return value


def check_parameters(name: str, notebook: nbformat.NotebookNode, given: Mapping[str, Any]) -> None:
    """Raises KpiError when a given parameter is unknown to the notebook `name`, or has another type there."""
    defaults = read_parameters(name, notebook)
    for key, value in given.items():
        if key not in defaults:
            raise unknown(f"parameter of {name}", key, list(defaults))
        if type(value) is not type(defaults[key]):
            wanted, got = type(defaults[key]).__name__, type(value).__name__
            raise KpiError(f"{name}: parameter {key} = {value!r} is {got}, the notebook's default is {wanted}")
        check_value(key, value)


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
