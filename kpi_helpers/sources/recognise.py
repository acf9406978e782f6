"""Which layout is this? Told by the header's names only, wherever the header stands."""

from dataclasses import dataclass

from kpi_helpers.errors import KpiError
from kpi_helpers.sources.layouts import Layout, Places, layouts, plain
from kpi_helpers.sources.sheet import Sheet

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
        rest = [n for at, n in enumerate(self.names) if at not in used and n.strip()]
        return [" ".join(n.split()) for n in rest if plain(n) not in self.layout.ignored | self.layout.private]


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


def _best(names: list[str]) -> tuple[Layout, Places] | None:
    """The layout that is complete in this header and knows most of its names."""
    fits = []
    for layout in layouts():
        places = layout.places(names)
        if places and not layout.lacks(places):
            fits.append((sum(map(len, places.values())), layout, places))
    if not fits:
        return None
    _, layout, places = max(fits, key=lambda fit: fit[0])
    return layout, places


def recognise(sheet: Sheet) -> Match | None:
    """The layout of a sheet and where its header stands, or None."""
    for at, names in enumerate(sheet.head[:SEARCHED]):
        best = _best(names)
        if best is None:
            continue
        double = _two_lines(sheet.head, at)
        if double:
            return Match(best[0], at + 2, double, best[0].places(double), sheet.head[:at])
        width = max(map(len, sheet.head[at : at + 2]))
        return Match(best[0], at + 1, names + [""] * (width - len(names)), best[1], sheet.head[:at])
    return None


def unknown_sheet(sheet: Sheet) -> KpiError:
    """A sentence on a table nobody knows: its columns, and the layouts that come nearest with what they
    miss."""
    names = max(sheet.head[:SEARCHED], key=lambda row: (_known(row), sum(bool(c.strip()) for c in row)), default=[])
    shown = ", ".join(" ".join(name.split())[:40] for name in names if name.strip()) or "none"
    near = sorted(layouts(), key=lambda layout: -len(layout.places(names)))[:3]
    hints = [_nearest(layout, names) for layout in near if layout.places(names)]
    tail = f"; nearest: {'; '.join(hints)}" if hints else "; no layout has a column of these names"
    return KpiError(f"not recognised; its columns are: {shown[:600]}{tail}")


def _known(names: list[str]) -> int:
    return max(len(layout.places(names)) for layout in layouts())


def _nearest(layout: Layout, names: list[str]) -> str:
    places = layout.places(names)
    lacking = [" or ".join(layout.title(field) for field in group[:3]) for group in layout.lacks(places)]
    return f"{layout.label['en']} (has {len(places)} of its columns, lacks {', '.join(lacking) or 'nothing'})"
