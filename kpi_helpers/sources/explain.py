"""`kpi ingest --explain`: what a file would be taken for, column by column, before anything is written."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import ascii_uppercase

import pyarrow as pa

from kpi_helpers.errors import KpiError
from kpi_helpers.metrics.needs import knowable
from kpi_helpers.sources.files import Found, walk
from kpi_helpers.sources.hints import hints
from kpi_helpers.sources.intake import Intake, read
from kpi_helpers.sources.layouts import Layout, plain
from kpi_helpers.sources.recognise import Match, Near, nearest, recognise
from kpi_helpers.sources.record import FileRecord
from kpi_helpers.sources.sheet import Sheet, texts
from kpi_helpers.sources.together import Together
from kpi_helpers.store import kinds
from kpi_helpers.store.convert import preview
from kpi_helpers.store.plan import Plan, mentioned

SAMPLED = 40  # rows looked at for an example of each column
ANY_SHOP = "(shop)"  # stands in for a shop that is not known yet
HIDDEN = "buyer_id"  # people's names are not printed, not even here
NAMING = ("id", "account", "label", "text")


@dataclass
class Reading:
    """How one column is read: `place` as a spreadsheet names it; `how` is read, ignored, private or unused."""

    place: str
    name: str
    how: str
    field: str = ""
    kind: str = ""
    scale: float = 1.0
    targets: tuple[str, ...] = ()
    printed: str = ""
    value: str = ""
    spare: str = ""  # the column that comes first: this one counts where that is empty


@dataclass
class Look:
    """What was seen of one sheet. `lost`: see `lost`; without a layout nobody knows it, and `near` come nearest."""

    layout: Layout | None = None
    form: str = ""
    header: int = 0
    readings: list[Reading] = field(default_factory=list)
    lost: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    near: list[Near] = field(default_factory=list)


class Nowhere:
    """Stands where a store's batch does, and keeps nothing."""

    def add(self, *_: object) -> None:
        """Forget the rows."""


class Looking(Intake):
    """Reads files as an ingest would, and notes how."""

    def __init__(self, shop: str | None, timezone_for: Callable[[str], str], con, known: Sequence[Layout]) -> None:
        super().__init__(Together(Nowhere(), timezone_for, con), shop, known)
        self.looks: dict[int, Look] = {}

    def _sheet(self, path: Path, sheet: Sheet, match: Match, record: FileRecord) -> None:
        self.looks[id(record)] = look(path, sheet, match, self.shop, self.together.timezone_for)
        super()._sheet(path, sheet, match, record)

    def _sheets(self, item: Found, sheets: list[Sheet], first: FileRecord) -> None:
        if sheets and not any(recognise(sheet, self.known) for sheet in sheets):
            names, near = nearest(sheets[0], self.known)
            self.looks[id(first)] = Look(names=names, near=near)
        super()._sheets(item, sheets, first)


def explain(
    paths: Iterable[str | Path],
    shop: str | None,
    timezone_for: Callable[[str], str],
    known: Sequence[Layout] = (),
) -> list[tuple[FileRecord, Look | None]]:
    """Every file (or sheet) as an ingest would account for it, with what was seen; nothing is written."""
    with kinds.connect() as con:
        looking = Looking(shop, timezone_for, con, known)
        for item in walk([Path(path) for path in paths]):
            looking.take(item)
        looking.together.flush()
    return [(record, looking.looks.get(id(record))) for record in looking.records]


def look(path: Path, sheet: Sheet, match: Match, shop: str | None, timezone_for: Callable[[str], str]) -> Look:
    """How each column of a recognised sheet is read, with an example, and what it lacks."""
    try:
        known, _ = hints(match.places, match.banner, path.name, match.layout.outside)
    except KpiError:  # said when the rows are read
        known = {}
    plan = match.layout.plan(match.places, match.names, known)
    rows = _sample(sheet, match, plan)
    values = preview(rows, plan, shop or ANY_SHOP, timezone_for)
    readings = [_reading(at, name, match, plan, rows, values) for at, name in enumerate(match.names)]
    form = getattr(sheet, "encoding", "") or path.suffix.lstrip(".").lower()
    return Look(match.layout, form, match.header, readings, lost(match.layout, match.places, known))


def _sample(sheet: Sheet, match: Match, plan: Plan) -> pa.Table:
    """The first rows as readers hand them on."""
    width = len(match.names)
    head = [row + [""] * (width - len(row)) for row in sheet.head[match.header : match.header + SAMPLED]]
    if not head:
        return sheet.load(match.header, width, read(plan)).table.slice(0, SAMPLED)
    columns = [pa.array([row[at] for row in head], pa.string()) for at in range(width)]
    numbers = pa.array(range(len(head)), pa.int64())
    return pa.table([*columns, numbers], names=[*(f"c{at}" for at in range(width)), "row"])


def _reading(at: int, name: str, match: Match, plan: Plan, rows: pa.Table, values: pa.Table) -> Reading:
    place, shown = letters(at), " ".join(name.split())
    known = next((f for f in plan.fields if at in {spot for spot, _ in f.sources}), None)
    if known is None:
        how = "ignored" if plain(name) in match.layout.ignored else "unused"
        return Reading(place, shown, "private" if match.layout.hides(name) else how)
    scale = next(scale for spot, scale in known.sources if spot == at)
    into = targets(plan, known.name)
    printed, value = ("", "") if is_hidden(known.kind, into) else _example(rows[f"c{at}"], values[known.name])
    first = known.sources[0][0]
    spare = "" if at == first else " ".join(match.names[first].split())
    return Reading(place, shown, "read", known.name, known.kind, scale, into, printed, value, spare)


def is_hidden(kind: str, into: tuple[str, ...]) -> bool:
    """Do people's names stand in a column read and used so?"""
    return kind in NAMING and any(target.endswith(HIDDEN) for target in into)


def _example(cells: pa.ChunkedArray, values: pa.ChunkedArray) -> tuple[str, str]:
    """The first cell that says something, and its value; "" for a value that there is none of."""
    filled = [pair for pair in zip(texts(cells), values.to_pylist(), strict=True) if pair[0].strip()]
    cell, value = next((p for p in filled if p[1] is not None), filled[0] if filled else ("", None))
    return cell, "" if value is None else str(value)


def targets(plan: Plan, name: str) -> tuple[str, ...]:
    """The canonical columns (table.column) and the reported facts that rest on a field."""
    gives = [d.otherwise for d in plan.decisions] + [c.gives for d in plan.decisions for c in d.choices]
    formulas = [plan.over, plan.derived, *gives]

    def rests(sql: str, seen: frozenset[str] = frozenset()) -> bool:
        words = mentioned(sql) - seen
        below = (made[word] for made in formulas for word in words & made.keys())
        return name in words or any(rests(part, seen | words) for part in below)

    columns = [f"{o.table}.{c}" for o in plan.outputs for c, sql in o.columns.items() if rests(sql)]
    facts = [fact.name for o in plan.outputs for fact in o.facts if rests(fact.value)]
    return tuple(dict.fromkeys([*columns, *facts]))


def lost(layout: Layout, places: dict, known: dict[str, str]) -> dict[tuple[str, ...], list[str]]:
    """Metrics the file lacks columns for: the fields of which it needs one (joined by "|") or all, and the metrics."""
    every = {name: [(0, 1.0)] for name, _, _ in layout.names.values()}
    absent = [name for name in every if name not in places and name not in known]
    have, whole = set(_gives(layout, places, known)), _gives(layout, every, known)
    more = {name: set(_gives(layout, {**places, name: [(0, 1.0)]}, known)) for name in absent}
    less = {name: set(_gives(layout, {k: v for k, v in every.items() if k != name}, known)) for name in absent}
    found: dict[tuple[str, ...], list[str]] = {}
    for metric in [metric for metric in whole if metric not in have]:
        one_of = [name for name in absent if metric in more[name]]
        all_of = tuple(name for name in absent if metric not in less[name])
        found.setdefault(("|".join(one_of),) if one_of else all_of, []).append(metric)
    return found


def _gives(layout: Layout, places: dict, known: dict[str, str]) -> list[str]:
    """The metrics a file with these fields has its part in."""
    width = 1 + max((at for spots in places.values() for at, _ in spots), default=0)
    plan = layout.plan(places, [""] * width, known)
    given: dict[str, set[str]] = {}
    for output in plan.outputs:
        given.setdefault(output.table, set()).update(() if output.facts else plan.given(output))
    raw = {table: columns for table, columns in given.items() if columns}
    return knowable(raw, {fact.name for output in plan.outputs for fact in output.facts})


def letters(at: int) -> str:
    """A column's place as spreadsheets name it: A, B, … Z, AA."""
    head, last = divmod(at, 26)
    return (letters(head - 1) if head else "") + ascii_uppercase[last]
