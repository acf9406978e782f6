"""A guess as a mapping file that somebody who knows Excel can correct."""

import json
import re
from pathlib import Path

from kpi_helpers.errors import KpiError, unknown
from kpi_helpers.sources.columns import label
from kpi_helpers.sources.explain import letters
from kpi_helpers.sources.files import open_sheets
from kpi_helpers.sources.guess import SURE, Draft, columns_of, draft, needed, personal, senders
from kpi_helpers.sources.mapping import FOLDER
from kpi_helpers.sources.shapes import Shape, day_first
from kpi_helpers.store.schema import table, tables
from kpi_helpers.wording.book import Book

SHOWN = 2  # examples of a column
say = Book(Path(__file__).with_name("mapping.toml"), spaces=False)


def write(path: Path, home: Path, lang: str, wanted: str = "", sheet: str = "", out: Path | None = None) -> list[str]:
    """Write the mapping file for an export into the data folder. Returns what to say about it.

    `wanted` names the table the rows are for, `sheet` the sheet of a workbook. Raises KpiError where there is a mapping
    file of this name already, or nothing in the export looks like a table.
    """
    if wanted and wanted not in tables():
        raise unknown("table", wanted, list(tables()))
    place = out or home / FOLDER / f"{name_of(path)}.toml"
    if place.exists():
        raise KpiError(f"{place} is there already; correct that one, or remove it first")
    found = draft(_sheet(path, sheet), wanted)
    if not found.picks:
        raise KpiError(f"{path.name}: no column looks like anything the kit reads; no mapping file was written")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text(found, path.name, name_of(path), lang), encoding="utf-8")
    guesses = sum(score < SURE for _, score in found.picks.values())
    said = [say("said.written", lang, path=place, n=len(found.picks), guesses=guesses)]
    if found.lacking:
        lacking = [label(found.table, column, lang) for column in found.lacking]
        said.append(say("said.lacking", lang, columns=", ".join(lacking)))
    return [*said, say("said.next", lang, file=path.name)]


def name_of(path: Path) -> str:
    """A file name for the mapping: that of the export without dates and signs."""
    plain = re.sub(r"\d{4,}|[^\w]+", "_", path.stem)
    return re.sub(r"_+", "_", plain).strip("_") or "mapping"


def _sheet(path: Path, wanted: str):
    """The named sheet, or the one with the most columns."""
    sheets = open_sheets(path)
    named = [sheet for sheet in sheets if sheet.name == wanted] if wanted else sheets
    if not sheets:
        raise KpiError(f"{path.name}: the workbook has no rows")
    if not named:
        raise unknown("sheet", wanted, [sheet.name for sheet in sheets])
    return max(named, key=lambda sheet: max((sum(bool(c.strip()) for c in row) for row in sheet.head), default=0))


def text(found: Draft, file: str, name: str, lang: str) -> str:
    """The mapping file itself."""
    choices = ", ".join(f"{one.name} ({one.label[lang]})" for one in tables().values())
    lines = [*_comment(say("file.head", lang, file=file)), "#", f"# {say('file.columns', lang, row=found.header)}"]
    lines += [f"#   {letters(at):>2}  {_shown(shape)}" for at, shape in enumerate(found.shapes) if shape.name]
    lines += ["", f"name = {quoted(name)}", f"label = {{ zh = {quoted(name)}, en = {quoted(name)} }}"]
    lines += [*_comment(say("file.table", lang, tables=choices)), f"table = {quoted(found.table)}", ""]
    for key, private in (("private", True), ("ignored", False)):
        names = [shape.name for shape in found.rest if personal(shape.name) == private]
        lines += [f"# {say(f'file.{key}', lang)}", f"{key} = [{', '.join(map(quoted, names))}]", ""]
    return "\n".join([*lines, "[fields]", *_fields(found, lang), ""])


def _fields(found: Draft, lang: str) -> list[str]:
    """A line a column: what was found first, then what is needed, then what else there could be."""
    columns, must = columns_of(table(found.table)), needed(table(found.table))
    lines = []
    for column, (at, score) in found.picks.items():
        said = say("file.sure" if score >= SURE else "file.guess", lang, label=label(found.table, column, lang))
        lines.append(f"{column} = {_value(column, found.shapes[at])}  # {said}")
    rest = sorted((column for column in columns if column not in found.picks), key=lambda column: column not in must)
    for column in rest if found.table != "agent_daily" else [c for c in rest if c in (*must, *found.lacking)]:
        key = "file.needed" if column in (*must, *found.lacking) else "file.absent"
        lines.append(f'# {column} = ""  # {say(key, lang, label=label(found.table, column, lang))}')
    return lines


def _value(column: str, shape: Shape) -> str:
    """A name, or a name with what has to be known of its cells."""
    if written := day_first(shape):
        return f"{{ names = [{quoted(shape.name)}], format = {quoted(written)} }}"
    if column != "sender":
        return quoted(shape.name)
    values = ", ".join(f"{quoted(value)} = {quoted(meant)}" for value, meant in senders(shape.examples).items())
    return f"{{ names = [{quoted(shape.name)}], values = {{ {values} }} }}"


def _shown(shape: Shape) -> str:
    """A column's name and its first values; people's names are not copied."""
    hidden = personal(shape.name) or re.search("买家|客户|会员|buyer|customer|user", shape.name, re.I)
    examples = [] if hidden else [" ".join(cell.split())[:24] for cell in shape.examples[:SHOWN]]
    return "  ".join([shape.name, *map(quoted, examples)])


def _comment(lines: str) -> list[str]:
    return [f"# {line}" for line in lines.splitlines()]


def quoted(text: str) -> str:
    """Text as a TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
