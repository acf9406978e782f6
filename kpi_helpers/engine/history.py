"""What changed in the store since the unit tables were made."""

from dataclasses import dataclass

from kpi_helpers.store.commits import Commit
from kpi_helpers.store.store import Store

Spans = list[tuple[int, int]]  # [from, to) in seconds


@dataclass(frozen=True)
class Snapshot:
    """One shop at one commit."""

    shop: str
    head: Commit
    tables: dict[str, list[str]]
    fingerprint: str


def snapshot(store: Store, shop: str) -> Snapshot:
    """The shop as of the current commit, never half of one and half of the next."""
    while True:
        head = store.history.head()
        found = Snapshot(shop, head, store.tables(shop), store.fingerprint(shop))
        if store.history.head_number() == head.number:
            return found


@dataclass(frozen=True)
class Changes:
    """Where rows changed: table -> time column -> spans; and whether anything was taken back."""

    spans: dict[str, dict[str, Spans]]
    undone: bool

    def of(self, table: str, column: str) -> Spans:
        """The spans of one time column."""
        return self.spans.get(table, {}).get(column, [])


def changes(store: Store, shop: str, before: int, after: int) -> Changes | None:
    """What changed between two commits, either way round. None when the history does not tell."""
    if before > store.history.head_number():
        return None
    old, new = _line(store, before), _line(store, after)
    path = sorted(set(old) ^ set(new))
    spans: dict[str, dict[str, Spans]] = {}
    for number in path:
        commit, parent = store.history.get(number), store.history.get(store.history.get(number).parent)
        for table in _changed(commit, parent, shop):
            touched = commit.touched.get(shop, {}).get(table)
            if touched is None:
                return None
            there = spans.setdefault(table, {})  # also of a table without times
            for column, found in touched.items():
                there.setdefault(column, []).extend(map(tuple, found))
    return Changes(spans, undone=bool(set(old) - set(new)))


def _line(store: Store, number: int) -> list[int]:
    """A state and those it was made from."""
    line = []
    while number:
        line.append(number)
        number = store.history.get(number).parent
    return line


def _changed(commit: Commit, parent: Commit, shop: str) -> list[str]:
    now, was = commit.tables.get(shop, {}), parent.tables.get(shop, {})
    return [name for name in ("messages", "orders", "order_lines") if now.get(name) != was.get(name)]
