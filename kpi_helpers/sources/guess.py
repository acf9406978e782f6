"""Best guesses for a file nobody knows: which table its rows are for, and which column is which."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher, get_close_matches
from functools import cache

from kpi_helpers.errors import KpiError
from kpi_helpers.sources.columns import entry
from kpi_helpers.sources.explain import SAMPLED
from kpi_helpers.sources.layouts import FOLDER, PRIVATE, layouts, plain
from kpi_helpers.sources.mapping import WHO
from kpi_helpers.sources.recognise import SEARCHED
from kpi_helpers.sources.shapes import Shape, look
from kpi_helpers.sources.sheet import Sheet
from kpi_helpers.store import canonical
from kpi_helpers.store.plan import kind_of
from kpi_helpers.store.schema import Table, tables

ALIKE, SURE = 0.62, 0.8  # how alike two names must be to be taken, and to be taken without a question mark
BY_SHAPE = 0.3  # the score of a column taken for what its cells look like
LEFT_OUT = ("report", "fact", "value", "basis")  # of agent_daily: filled in from facts
SENDERS = {
    "buyer": r"买家|客户|顾客|访客|用户|^user$|buyer|customer|visitor|contact|^in(coming)?$",
    "bot": r"机器|智能|bot|assistant",
    "system": r"系统|system|activity",
    "agent": r"客服|商家|坐席|卖家|店铺|agent|staff|admin|operator|seller|^out(going)?$",
}


@dataclass
class Draft:
    """A guess: the table, the header's row, column -> (position, score), and the shapes of all columns."""

    table: str
    header: int
    picks: dict[str, tuple[int, float]]
    shapes: list[Shape]
    lacking: list[str] = field(default_factory=list)

    @property
    def rating(self) -> float:
        """The better the guess, the higher: what must be there and is not weighs most."""
        by_shape = sum(score == BY_SHAPE for _, score in self.picks.values())
        return sum(score for _, score in self.picks.values()) - by_shape - 2 * len(self.lacking)

    @property
    def rest(self) -> list[Shape]:
        """The columns that nothing is read from."""
        used = {at for at, _ in self.picks.values()}
        return [shape for at, shape in enumerate(self.shapes) if at not in used and shape.name]


def draft(sheet: Sheet, wanted: str = "") -> Draft:
    """The best guess for a sheet, or the guess that it is for table `wanted`. Raises KpiError without a header."""
    at = _header(sheet)
    names = [" ".join(name.split()) for name in sheet.head[at]] if sheet.head else []
    if not any(names):
        raise KpiError("no row of the file looks like a header; the first row of the table must name its columns")
    shapes = look(names, _cells(sheet, at + 1, len(names)))
    specs = [tables()[wanted]] if wanted else tables().values()
    return max((_fill(spec, at + 1, shapes) for spec in specs), key=lambda found: found.rating)


def _header(sheet: Sheet) -> int:
    """The row that looks most like names: many filled cells, no numbers, no two alike; known names count double."""

    def like(row: list[str]) -> float:
        names = [plain(cell) for cell in row if cell.strip() and not re.fullmatch(r"[\W\d]+", cell.strip())]
        return len(set(names)) + sum(name in _every() for name in set(names))

    rows = sheet.head[:SEARCHED]
    return max(range(len(rows)), key=lambda at: (like(rows[at]), -at), default=0)


def _cells(sheet: Sheet, header: int, width: int) -> list[list[str]]:
    """The first cells of every column, as text."""
    rows = sheet.head[header : header + SAMPLED]
    if rows:
        return [[row[at] if at < len(row) else "" for row in rows] for at in range(width)]
    loaded = sheet.load(header, width, list(range(width))).table.slice(0, SAMPLED)
    return [["" if v is None else str(v) for v in loaded[f"c{at}"].to_pylist()] for at in range(width)]


# -- which column is which ----------------------------------------------------------------------------------


def columns_of(spec: Table) -> dict[str, str]:
    """Column -> kind of everything a mapping for this table can name."""
    if spec.name != "agent_daily":
        return {column: kind_of(spec, column) for column in spec.columns}
    facts = dict.fromkeys(canonical.rules()["facts"], "number")
    return {column: kind_of(spec, column) for column in WHO if column != "attribution_rule"} | facts


def needed(spec: Table) -> list[str]:
    """The columns a file for this table must have."""
    gone = ("shop_id", *LEFT_OUT)
    return [column for column in spec.columns if column not in spec.optional and column not in gone]


@cache
def _aliases() -> dict[str, set[str]]:
    """table.column or fact -> the names of the columns that the kit's layouts take for it as they stand."""
    found: dict[str, set[str]] = {}
    for layout in layouts()[-len(list(FOLDER.glob("*.toml"))) :]:
        every = {name: [(at, 1.0)] for at, name in enumerate(dict.fromkeys(f for f, _, _ in layout.names.values()))}
        for output in layout.plan(every, [""] * len(every), {}).outputs:
            taken = {f"{output.table}.{column}": sql for column, sql in output.columns.items()}
            for target, sql in {**taken, **{fact.name: fact.value for fact in output.facts}}.items():
                own = {alias for alias, (name, factor, _) in layout.names.items() if name == sql and factor == 1}
                found.setdefault(target, set()).update(own)
    return found


@cache
def _names(table: str, column: str) -> frozenset[str]:
    """Everything a column is called, as `plain` writes it."""
    known = entry(table, column)
    own = {plain(name) for name in (column, known["zh"].partition("（")[0], known["en"], *known.get("more", ()))}
    return frozenset(own | _aliases().get(f"{table}.{column}", set()) | _aliases().get(column, set()))


@cache
def _every() -> frozenset[str]:
    columns = [(spec.name, column) for spec in tables().values() for column in columns_of(spec)]
    return frozenset(name for table, column in columns for name in _names(table, column))


@cache
def bare(name: str) -> str:
    """A name without the signs that stand between words."""
    return re.sub(r"[\W_]+", "", plain(name)) or plain(name)


def _alike(name: str, known: Iterable[str]) -> float:
    """How alike a header is to the names a column goes by, 0 to 1."""
    said, others = bare(name), {bare(one) for one in known}
    if said in others:
        return 1.0
    near = get_close_matches(said, others, n=1, cutoff=ALIKE)
    best = 0.9 * SequenceMatcher(None, said, near[0]).ratio() if near else 0.0
    for one in others:
        if min(len(said), len(one)) >= 2 and (said in one or one in said):
            best = max(best, 0.6 + 0.3 * min(len(said), len(one)) / max(len(said), len(one)))
    return best


def _fill(spec: Table, header: int, shapes: list[Shape]) -> Draft:
    """The columns of one table, each given to the name most like it; then those that must be there, by their cells."""
    columns = columns_of(spec)
    scored = []
    for column, kind in columns.items():
        for at, shape in enumerate(shapes):
            score = _alike(shape.name, _names(spec.name, column)) * shape.fits(kind) if shape.name else 0
            score *= score == 1 or not personal(shape.name)
            scored += [(score, -at, column)] if score >= ALIKE * (1 if shape.filled else 0.5) else []
    picks: dict[str, tuple[int, float]] = {}
    for score, at, column in sorted(scored, reverse=True):
        if column not in picks and -at not in {spot for spot, _ in picks.values()}:
            picks[column] = (-at, score)
    for column in needed(spec):
        if column not in picks and (spot := _by_shape(columns[column], shapes, picks)) is not None:
            picks[column] = (spot, BY_SHAPE)
    lacking = [column for column in needed(spec) if column not in picks]
    if spec.name == "agent_daily" and not set(picks) & set(canonical.rules()["facts"]):
        lacking.append("received_buyers")
    if spec.name == "agents" and len(picks) < 2:
        lacking.append("name")
    return Draft(spec.name, header, {c: picks[c] for c in columns if c in picks}, shapes, lacking)


def _by_shape(kind: str, shapes: list[Shape], picks: dict) -> int | None:
    """The first free column whose cells can be nothing else: times, amounts with decimals, ids without repeats."""
    taken = {spot for spot, _ in picks.values()}
    for at, shape in enumerate(shapes):
        if at in taken or not (shape.filled and shape.name) or personal(shape.name):
            continue
        money = kind == "money" and shape.number >= 0.8 and shape.decimals >= 0.5
        one_each = kind == "id" and shape.distinct >= 0.99 and shape.filled >= 5 and not shape.time + shape.decimals
        if (kind in ("time", "day") and shape.time >= 0.8) or money or one_each:
            return at
    return None


def personal(name: str) -> bool:
    """Is it a column about people that no metric needs?"""
    return bool(PRIVATE.search(plain(name)))


def senders(seen: Iterable[str]) -> dict[str, str]:
    """What the values of a sender column probably mean; "" where they need no word or nothing tells."""
    meant = {
        value: next((who for who, words in SENDERS.items() if re.search(words, value, re.I)), "") for value in seen
    }
    return {value: "" if value in SENDERS else who for value, who in meant.items()}
