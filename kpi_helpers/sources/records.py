"""JSON: every list of records in a document is a table, with what stands above the list carried down to its rows.

A column is the path of a value: `body.content` inside the record, `../user` one level above it, `../../id` two. What is
itself a list is kept as JSON text under its name.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from kpi_helpers.errors import KpiError
from kpi_helpers.sources.book import BookSheet
from kpi_helpers.sources.coding import encoding

LARGEST = 512 << 20
ENDINGS = {".json", ".jsonl", ".ndjson"}
DAMAGED = "the JSON is damaged or incomplete (near line {line}); export it again"
Record = dict[str, str]
Tables = dict[str, list[Record]]


def sheets(path: Path) -> list[BookSheet] | None:
    """A sheet for each list of records in the file; None when it is no JSON. Raises KpiError for damaged JSON."""
    must = path.suffix.lower() in ENDINGS
    if path.stat().st_size > LARGEST:
        if must:
            raise KpiError("the JSON is larger than 512 MB; export shorter periods")
        return None
    try:
        document = _parsed(path.read_text(encoding=encoding(path)))
    except (ValueError, RecursionError) as problem:
        if not must:
            return None
        raise KpiError(DAMAGED.format(line=getattr(problem, "lineno", 1))) from None
    tables: Tables = {}
    _collect(document, "", [], tables)
    return [_sheet(name, records) for name, records in tables.items()]


def _parsed(text: str) -> object:
    """One document, or a document a line."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as problem:
        lines = [line for line in text.splitlines() if line.strip()]
        if problem.msg != "Extra data" or len(lines) < 2:
            raise
        return [json.loads(line) for line in lines]


def _collect(node: object, name: str, above: list[Record], tables: Tables) -> None:
    """Add the records of every list below `node` to its table; `above`: the values around them, nearest last."""
    if _is_table(node):
        for item in node:
            own = dict(_flat(item))
            tables.setdefault(name, []).append(own | _carried(above))
            _below(item, own, name, above, tables)
    elif isinstance(node, dict):
        _below(node, dict(_flat(node)), name, above, tables)


def _carried(above: list[Record]) -> Record:
    """The values around a record, named by how far above it they stand."""
    return {"../" * up + key: value for up, around in enumerate(reversed(above), 1) for key, value in around.items()}


def _below(item: dict, own: Record, name: str, above: list[Record], tables: Tables) -> None:
    for path, child in _lists(item):
        around = {key: value for key, value in own.items() if key != path}  # a list is not carried to its own rows
        _collect(child, f"{name}.{path}".strip("."), [*above, around], tables)


def _is_table(node: object) -> bool:
    return isinstance(node, list) and bool(node) and all(isinstance(item, dict) for item in node)


def _lists(item: dict, path: str = "") -> Iterator[tuple[str, list]]:
    """The lists of records inside a record, through its inner records."""
    for key, value in item.items():
        if isinstance(value, dict):
            yield from _lists(value, f"{path}{key}.")
        elif _is_table(value):
            yield path + key, value


def _flat(item: dict, path: str = "") -> Iterator[tuple[str, str]]:
    """A record's values as text, inner records spread out."""
    for key, value in item.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{key}.")
        else:
            yield path + key, _text(value)


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _sheet(name: str, records: list[Record]) -> BookSheet:
    columns = list(dict.fromkeys(key for record in records for key in record))
    return BookSheet(name, [columns, *[[record.get(column, "") for column in columns] for record in records]])
