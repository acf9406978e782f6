"""Which layout is this? Told by the header's names only, wherever the header stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from kpi_helpers.errors import KpiError, language
from kpi_helpers.sources.layouts import Layout, Places, layouts, plain
from kpi_helpers.sources.private import blotted
from kpi_helpers.sources.sheet import Sheet

EITHER = {"zh": "或", "en": " or "}
LONGEST = 200  # characters of a name that are shown
SEARCHED = 30  # rows in which a header may stand below banners


@dataclass(frozen=True)
class Match:
    """A recognised sheet: its layout, where data begin (`header`: records above them), its names and
    places."""

    layout: Layout
    header: int
    names: list[str]
    places: Places
    banner: list[list[str]]  # the rows above the header

    def unused(self) -> list[str]:
        """Columns that no field reads and that nobody told us to pass over."""
        used = {at for spots in self.places.values() for at, _ in spots}
        # what stands around a JSON record is context, not a column
        rest = [n for at, n in enumerate(self.names) if at not in used and n.strip() and not n.startswith("../")]
        return [" ".join(n.split()) for n in rest if not self.layout.hides(n) and plain(n) not in self.layout.ignored]


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", ""))
    except ValueError:
        return False
    return True


def _two_lines(head: list[list[str]], at: int) -> list[str] | None:
    """The names of a header whose second line names the parts of the groups above, or None."""
    below = head[at + 1] if at + 1 < len(head) else []
    filled = [i for i, cell in enumerate(below) if cell.strip()]
    above = head[at] + [""] * (len(below) - len(head[at]))
    under_blank = any(not above[i].strip() for i in filled)
    if not filled or filled[0] == 0 or not under_blank or any(_is_number(below[i]) for i in filled):
        return None
    names, group = [], ""
    for i, name in enumerate(above):
        part = below[i] if i < len(below) else ""
        group = name if name.strip() else group if part.strip() else ""
        names.append(f"{group} {part}" if part.strip() else name)
    return names


def _best(names: list[str], known: Sequence[Layout]) -> tuple[Layout, Places] | None:
    """The layout that is complete in this header and knows most of its names."""
    fits = []
    for layout in known:
        places = layout.places(names)
        if places and not layout.lacks(places):
            fits.append((sum(map(len, places.values())), layout, places))
    if not fits:
        return None
    _, layout, places = max(fits, key=lambda fit: fit[0])
    return layout, places


def recognise(sheet: Sheet, known: Sequence[Layout] = ()) -> Match | None:
    """The layout of a sheet (of those `known`, or else of all that come with the kit) and where its header stands."""
    for at, names in enumerate(sheet.head[:SEARCHED]):
        best = _best(names, known or layouts())
        if best is None:
            continue
        double = _two_lines(sheet.head, at)
        if double:
            return Match(best[0], at + 2, double, best[0].places(double), sheet.head[:at])
        width = max(map(len, sheet.head[at : at + 2]))
        return Match(best[0], at + 1, names + [""] * (width - len(names)), best[1], sheet.head[:at])
    return None


@dataclass(frozen=True)
class Near:
    """A layout that a sheet comes near to: how many of its columns are there, and the groups of fields that are not."""

    layout: Layout
    has: int
    lacks: list[list[str]]


def nearest(sheet: Sheet, known: Sequence[Layout] = ()) -> tuple[list[str], list[Near]]:
    """The column names of a sheet nobody knows, as far as they can be told, and up to three layouts that have more
    than one of them."""
    known = known or layouts()
    best = max(
        sheet.head[:SEARCHED],
        key=lambda row: (max(len(layout.places(row)) for layout in known), sum(bool(c.strip()) for c in row)),
        default=[],
    )
    near = sorted(known, key=lambda layout: -len(layout.places(best)))[:3]
    found = [_near(layout, layout.places(best)) for layout in near if len(layout.places(best)) > 1]
    return [blotted(" ".join(name[:LONGEST].split())) for name in best], found  # without a header these are cells


def _near(layout: Layout, places: Places) -> Near:
    return Near(layout, len(places), [[layout.title(field) for field in group[:3]] for group in layout.lacks(places)])


class Unrecognised(KpiError):
    """A table nobody knows; a mapping file would help."""


def unknown_sheet(sheet: Sheet, known: Sequence[Layout] = ()) -> Unrecognised:
    """A sentence on a table nobody knows: its columns, and the layouts that come nearest with what they miss."""
    names, near = nearest(sheet, known)
    shown = ", ".join(name[:40] for name in names if name) or "none"
    tail = "; ".join(map(_nearest, near))
    tail = f"; nearest: {tail}" if tail else "; no known export comes near to it"
    return Unrecognised(f"not recognised; its columns are: {shown[:600]}{tail}")


def unknown_sheets(sheets: Sequence[Sheet], known: Sequence[Layout] = ()) -> KpiError:
    """A sentence on a file none of whose tables anybody knows: on the one that comes nearest."""
    whole = [sheet for sheet in sheets if not getattr(sheet, "error", "")]
    if whole:
        return unknown_sheet(
            max(whole, key=lambda sheet: max([n.has for n in nearest(sheet, known)[1]], default=0)), known
        )
    if sheets:
        return KpiError(f"{sheets[0].name}: {sheets[0].error}")
    return KpiError("the file has no rows")


def _nearest(near: Near) -> str:
    lacking = ", ".join(EITHER[language()].join(group) for group in near.lacks) or "nothing"
    return f"{near.layout.label[language()]} (has {near.has} of its columns, lacks {lacking})"
