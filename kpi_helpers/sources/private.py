"""What is kept of rows set aside: their cells without people's names, numbers and addresses, wherever those stand."""

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_helpers.store.kinds import NUMERIC, words
from kpi_helpers.store.plan import Plan

if TYPE_CHECKING:
    from kpi_helpers.sources.recognise import Match

HIDDEN = "•••"
RULES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
SHAPES = re.compile("|".join(RULES["shapes"]))
PLACE, STREET = (re.compile(RULES["address"][part]) for part in ("place", "street"))
QUOTED = re.compile(r"""'[^']*'|"[^"]*\"""")
LETTERS = re.compile(r"[^\W\d_]")


def shown(match: "Match", plan: Plan, cells: list[str], ragged: bool) -> dict[str, str]:
    """Cells under their column names. Columns about people are left out; what looks like a number or an address of
    people is blotted out; and where the cells may stand under the wrong names, so is every text."""
    names = [n if n and n not in match.names[:at] else f"{n} ({at + 1})".strip() for at, n in enumerate(match.names)]
    names += [f"({at + 1})" for at in range(len(names), len(cells))]
    moved = any(map(match.layout.hides, names)) and (ragged or _moved(plan, cells))
    ids = set() if moved else {at for f in plan.fields if f.kind in ("id", "account") for at, _ in f.sources}
    return {
        name: _blotted(cell, moved, at in ids)
        for at, (name, cell) in enumerate(zip(names, cells, strict=False))
        if not match.layout.hides(name)
    }


def blotted(cell: str) -> str:
    """A cell without what looks like a number or an address of people."""
    lines = SHAPES.sub(HIDDEN, cell).split("\n")
    return "\n".join(HIDDEN if _is_address(line) else line for line in lines)


def _is_address(line: str) -> bool:
    place = PLACE.search(line)
    return bool(place and STREET.search(line, place.end()))


def quoted_cells_blotted(sentence: str) -> str:
    """A sentence whose examples (in quotation marks) say no number and no address of people."""
    return QUOTED.sub(lambda cell: blotted(cell[0]), sentence)


def _moved(plan: Plan, cells: list[str]) -> bool:
    """Do words stand where a number or a time belongs?"""
    kinds = (*NUMERIC, "time", "day")
    read = {at for f in plan.fields if f.kind in kinds for at, _ in f.sources if at < len(cells)}
    return any(_is_text(cells[at]) and not any(c.isdigit() for c in cells[at]) for at in read)


def _is_text(cell: str) -> bool:
    known = cell.strip().lower() in {*words()["missing"], *words()["unsettled"], *words()["summary"]}
    return bool(LETTERS.search(cell)) and not known


def _blotted(cell: str, moved: bool, is_id: bool) -> str:
    if moved and _is_text(cell):
        return HIDDEN
    return cell if is_id else blotted(cell)
