"""Mapping files: layouts an analyst keeps beside the data, in the schema of layouts/README.md or its short form.

The short form names a canonical table and says only which column of the file is which column of the table; what the
table itself tells (kinds, key, checks, output) is filled in here.
"""

import re
import tomllib
from pathlib import Path

from kpi_helpers.errors import KpiError, unknown
from kpi_helpers.sources.layouts import Layout, family, layouts, plain
from kpi_helpers.store import canonical
from kpi_helpers.store.kinds import TO_SQL, quoted
from kpi_helpers.store.plan import kind_of, mentioned
from kpi_helpers.store.schema import Table, table, tables

FOLDER = "layouts"  # in the data folder
TOP = {
    "name", "label", "table", "fields", "requires", "key", "ignored", "private", "people", "shop_in", "day_outside",
    "reports", "group", "whole", "over", "zone", "attribution_rule", "traps",
    "derived", "decisions", "checks", "remarks", "without", "outputs",
}  # fmt: skip
OF_FIELD = {"kind", "names", "required", "scale", "format", "values"}
WHO = ("shop_id", "day", "agent_id", "attribution_rule")  # what agent_daily has besides facts


def known(home: Path) -> tuple[Layout, ...]:
    """The mapping files of a data folder, then the layouts that come with the kit. Raises KpiError for a wrong one."""
    return (*(load(path) for path in sorted((home / FOLDER).glob("*.toml"))), *layouts())


def load(path: Path) -> Layout:
    """The layout in a mapping file. Raises KpiError with the line and what to write instead."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        entry = tomllib.loads(text)
    except OSError as problem:
        raise KpiError(f"the mapping file {path} cannot be opened: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise KpiError(f"{path.name} is not UTF-8 text; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as problem:
        raise KpiError(f"{path.name} cannot be read: {problem}; compare the line with its neighbours") from None
    try:
        whole = expanded(entry, path.stem)
        layout = family(whole)
        layout.plan({name: [(0, 1.0)] for name in whole["fields"]}, [""], {})
        return layout
    except Wrong as problem:
        raise KpiError(f"{path.name}{_line(text, problem.where)}: {problem}") from None
    except (KeyError, TypeError, AttributeError, ValueError) as problem:
        raise KpiError(f"{path.name} is no layout: {problem!r}; see layouts/README.md for its entries") from None


class Wrong(KpiError):
    """Something in a mapping file that cannot be meant; `where` is the word that stands on its line."""

    def __init__(self, where: str, sentence: str) -> None:
        super().__init__(sentence)
        self.where = where


def _line(text: str, word: str) -> str:
    """, line 12: the line that sets `word`, or that mentions it."""
    lines = text.splitlines()
    for pattern in (rf"\s*\[?\[?{re.escape(word)}\b\s*[=\].]", rf"[^#]*{re.escape(word)}"):
        if hits := [at for at, line in enumerate(lines, 1) if word and re.match(pattern, line)]:
            return f", line {hits[0]}"
    return ""


def _known(what: str, name: str, names: set[str] | list[str]) -> None:
    if name not in names:
        raise Wrong(name, str(unknown(what, name, sorted(names))))


def expanded(entry: dict, name: str) -> dict:
    """The entry with everything a layout needs. Raises Wrong."""
    for key in entry:
        _known("entry", key, TOP)
    fields = {key: _field(key, value) for key, value in entry.get("fields", {}).items()}
    fields = {key: value for key, value in fields.items() if value["names"]}
    if not fields:
        raise Wrong("fields", 'no field has a column\'s name; write one between the quotes: order_id = "订单号"')
    _once(fields)
    entry = {"name": name, "label": {"zh": name, "en": name}, **entry, "fields": fields}
    if "table" in entry:
        entry = _from_table(entry)
    for key in ("requires", "key", "outputs"):
        if key not in entry:
            raise Wrong("", f'it has neither `table` nor `{key}`; say which table the rows are for: table = "orders"')
    _kinds(entry["fields"])
    return entry


def _field(key: str, value: object) -> dict:
    """`= "name"`, `= ["name", "other"]` or `= { names = [...], ... }`."""
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list):
        value = {"names": value}
    if not isinstance(value, dict) or "names" not in value:
        raise Wrong(key, f'the field {key} needs the name of a column: {key} = "列名"')
    for option in value:
        if option not in OF_FIELD:
            raise Wrong(key, str(unknown(f"option of {key}", option, sorted(OF_FIELD))))
    names = [value["names"]] if isinstance(value["names"], str) else value["names"]
    if not all(isinstance(one, str) for one in names):
        raise Wrong(key, f"the names of {key} are text: put them between quotes")
    return {**value, "names": [one for one in names if one.strip()]}


def _once(fields: dict[str, dict]) -> None:
    """One column, one field."""
    seen: dict[str, str] = {}
    for key, value in fields.items():
        for one in value["names"]:
            if plain(one) in seen and seen[plain(one)] != key:
                raise Wrong(key, f"the column {one!r} is given to {seen[plain(one)]} and to {key}; keep one of them")
            seen[plain(one)] = key


def _kinds(fields: dict[str, dict]) -> None:
    for key, value in fields.items():
        if "kind" not in value:
            raise Wrong(key, f"the field {key} needs a kind, one of {', '.join(TO_SQL)}")
        if value["kind"] not in TO_SQL:
            raise Wrong(key, str(unknown(f"kind of {key}", str(value["kind"]), list(TO_SQL))))


# -- the short form -----------------------------------------------------------------------------------------


def _from_table(entry: dict) -> dict:
    if entry["table"] not in tables():
        raise Wrong("table", str(unknown("table", str(entry["table"]), list(tables()))))
    spec = table(entry["table"])
    facts = canonical.rules()["facts"] if spec.name == "agent_daily" else []
    columns = [c for c in (WHO if facts else spec.columns)]
    for key in entry["fields"]:
        _known(f"column of {spec.name}", key, [*columns, *facts])
    fields = {key: _with_kind(spec, key, value) for key, value in entry["fields"].items()}
    must = [c for c in columns if c not in (*spec.optional, "shop_id") and not (c == "day" and facts)]
    for column in must:
        if column not in fields:
            raise Wrong(column, f'{spec.name} needs the column {column}: write {column} = "its name in your file"')
    if facts and not set(fields) & set(facts):
        raise Wrong("fields", 'agent_daily needs at least one fact, such as received_buyers = "接待人数"')
    rest = {"requires": _requires(must, fields, facts), "key": _key(spec, fields), "outputs": [_output(spec, fields)]}
    rest |= {"checks": _fitting(spec, fields, "checks", "holds"), "remarks": _fitting(spec, fields, "remarks", "count")}
    if facts:
        rest |= {"people": "agent_id", "shop_in": "agent_id", "day_outside": True}
    return {**rest, **_coded({k: v for k, v in entry.items() if k != "table"}, fields, rest["requires"])}


def _with_kind(spec: Table, key: str, value: dict) -> dict:
    kind = kind_of(spec, key) if key in spec.columns else "number"
    may_be_empty = key in spec.optional or key in canonical.rules()["may_be_empty"].get(spec.name, ())
    return {"kind": kind, "required": key in spec.columns and not may_be_empty, **value}


def _requires(must: list[str], fields: dict, facts: list[str]) -> list:
    told = [name for name in fields if name in facts]
    return [*must, *([told] if told else [])]


def _key(spec: Table, fields: dict) -> list[str]:
    """The table's key, as far as the file has its columns; messages without an id are told apart by all they have."""
    every = ["shop_id", *(name for name in fields if name != "shop_id")]
    if spec.name == "messages" and "message_id" not in fields:
        return every
    if spec.name == "messages":
        rest = ", ".join(f"{name}::VARCHAR" for name in every)
        return [*spec.key, f"CASE WHEN message_id IS NULL THEN concat_ws(chr(31), {rest}) END"]
    return [name for name in spec.key if name in fields or name == "shop_id"]


def _output(spec: Table, fields: dict) -> dict:
    lower = canonical.rules()["lower"].get(spec.name, ())
    names = [c for c in spec.columns if c in fields or c == "shop_id"]
    columns = {name: f"lower({name})" if name in lower else name for name in names}
    if spec.name != "agent_daily":
        return {"table": spec.name, "columns": columns}
    told = {name: name for name in fields if name not in WHO}
    who = {"shop_id": "shop_id", "day": "day", "agent_id": "agent_id", "attribution_rule": "attribution_rule"}
    return {"table": spec.name, "columns": {**who, "report": "report"}, "facts": told}


def _fitting(spec: Table, fields: dict, part: str, sql: str) -> list[dict]:
    """The table's own checks or remarks that speak only of columns the file has."""
    columns = set(spec.columns) | set(canonical.rules()["facts"])
    rules = canonical.rules()[part].get(spec.name, [])
    return [rule for rule in rules if mentioned(f"{rule[sql]} {rule.get('when', '')}") & columns <= set(fields)]


def _coded(entry: dict, fields: dict[str, dict], requires: list) -> dict:
    """Fields with `values` (what the file writes = what it means) become a derived name over the column as printed."""
    plain_fields, derived = {}, dict(entry.get("derived", {}))
    for key, value in fields.items():
        values = {k: v for k, v in value.pop("values", {}).items() if v}
        plain_fields[f"{key}_printed" if values else key] = value
        if values:
            cases = " ".join(f"WHEN {quoted(str(k))} THEN {quoted(str(v))}" for k, v in values.items())
            derived[key] = f"CASE {key}_printed {cases} ELSE {key}_printed END"
    requires[:] = [f"{one}_printed" if isinstance(one, str) and one in derived else one for one in requires]
    return {**entry, "fields": plain_fields, "derived": derived}
