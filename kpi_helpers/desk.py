"""A desk: one shop's tables, settings and unit tables, ready to be asked for numbers."""

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import duckdb

from kpi_helpers import engine, periods, settings
from kpi_helpers.engine import duck, keep, nearby, otherwise, within
from kpi_helpers.engine.clock import to_date
from kpi_helpers.engine.duck import Source
from kpi_helpers.engine.people import People
from kpi_helpers.engine.rule import under_rule
from kpi_helpers.engine.stages import Shop
from kpi_helpers.errors import KpiError, unknown
from kpi_helpers.metrics import coverage, vendor
from kpi_helpers.metrics.coverage import Coverage
from kpi_helpers.periods import Period
from kpi_helpers.settings import Settings
from kpi_helpers.store.store import Store


@dataclass(frozen=True)
class Desk:
    """What `compute` needs of one shop. Build it with `open_desk`."""

    shop: str
    settings: Settings
    con: duckdb.DuckDBPyConnection
    coverage: Coverage
    vendor_facts: frozenset[str]
    people: People
    source: str = ""  # the store's fingerprint of the shop: equal sources and settings give equal numbers
    home: Path | None = None  # the data folder; none for a desk over tables given directly
    remembered: dict = field(default_factory=dict, init=False, repr=False, compare=False)  # what is asked once of it

    def period(self, text: str) -> Period:
        """A Period from text; `latest-day|week|month|quarter|year` is the last complete one in the data."""
        if text.startswith("latest-"):
            return self._latest(text.removeprefix("latest-"))
        return periods.parse(text)

    def _latest(self, kind: str) -> Period:
        if kind not in ("day", "week", "month", "quarter", "year"):
            raise unknown(
                "period",
                f"latest-{kind}",
                [f"latest-{k}" for k in ("day", "week", "month", "quarter", "year")],
            )
        return periods.last_complete(kind, self.data_until + timedelta(days=1))

    def messages(self, first: int, end: int) -> str:
        """SQL: the rows of `raw_messages` sent on business days [first, end), without reading the others."""
        store = self._store()
        return within.messages(self.con, first, end, store.tables(self.shop).get("messages", []) if store else None)

    def lines(self) -> Shop | None:
        """The shop with its messages prepared for arrays; None where there are none, or only the models know how."""
        store, span = self._store(), self.coverage.spans.get("messages")
        return within.lines(self.con, store, self.shop, self.settings, span) if store and span else None

    def _store(self) -> Store | None:
        """The store, where the shop in it is still as it was when the desk was opened."""
        store = Store(self.home) if self.home and self.source else None
        return store if store and store.fingerprint(self.shop) == self.source else None

    @property
    def data_until(self) -> date:
        """The last day its busiest tables reach (chats, orders, or a vendor's daily table)."""
        spans = self.coverage.spans
        days = [spans[name][1] for name in ("messages", "orders", "agent_daily") if name in spans]
        if not days:
            raise KpiError(f"shop {self.shop!r} has no chats, no orders and no daily reports yet; run kpi ingest first")
        return to_date(max(days))


def from_tables(
    tables: Mapping[str, Source], shop: str, chosen: Settings, given: Mapping[str, list[str]] | None = None
) -> Desk:
    """A desk over tables given directly, everything computed in memory; `given`: the columns their exports had."""
    con = engine.connect()
    people = engine.open_tables(con, tables, chosen)
    engine.build(con, tables, chosen)
    vendor.prepare(con)
    return _desk(con, shop, chosen, people, coverage.read(con, given))


def open_desk(shop: str = "", data_dir: str | Path = "", attribution_rule: str = "") -> Desk:
    """The desk of a shop in the store; without a name, of the only shop there is.

    `attribution_rule` credits orders by another rule than the shop's settings say.
    Raises KpiError when there is no store, no such shop, more than one to choose from, or no such rule.
    """
    home = find_data(data_dir)
    store = Store(home.resolve())  # the run's file names its places
    name = choose_shop(shop, store.shops(), home)
    chosen = settings.load(name, settings.find(home))
    if attribution_rule in ("", chosen.attribution_rule):
        return replace(from_store(store, name, chosen), home=home)
    other = Settings(settings.merge(chosen.values, {"attribution_rule": attribution_rule}, "attribution_rule"))
    return replace(from_store(store, name, chosen, other), home=home, settings=other)


def from_store(store: Store, shop: str, chosen: Settings, other: Settings | None = None) -> Desk:
    """A desk over the stored unit tables, which are first brought up to date where the store or a setting changed.

    `other`: settings with another attribution rule, by which its orders are credited.
    """
    given = store.columns(shop)
    now, manifest, folder = keep.current(store, shop, chosen, lambda con: coverage.read(con, given).as_json())

    def prepare(con: duckdb.DuckDBPyConnection) -> None:
        keep.open_units(con, now, manifest, folder, chosen)
        if other:
            under_rule(con, other)
        vendor.prepare(con)

    rule = other.attribution_rule if other else ""
    made_from = f"{folder}|{manifest.code}|{manifest.source}|{manifest.tables}|{now.tables}|{rule}"
    con = nearby.opened(made_from, prepare, keep.ASKED, kept=None if other else folder)
    return _desk(con, shop, chosen, duck.people(con), Coverage.from_json(manifest.coverage), now.fingerprint)


def under(
    found: Desk, other: Settings, changed: Collection[str], days: tuple[int, int], paid: bool = True
) -> Desk | None:
    """The desk under other settings, right for business days [first, end); None where arrays cannot make it.

    `changed`: the settings that are others; `paid`: whether owners matter of orders that were placed earlier. Refunds
    keep the owners of orders that were placed or paid long before.
    """
    store, span = found._store(), found.coverage.spans.get("messages")
    shop = otherwise.opened(found.con, store, found.shop, found.settings, other, span) if store and span else None
    if not shop:
        return None
    con, people = otherwise.tables(shop, changed, *days, paid)
    vendor.prepare(con)
    return replace(_desk(con, found.shop, other, people, found.coverage, found.source), home=found.home)


def open_as_of(commit: int, shop: str = "", data_dir: str | Path = "") -> Desk:
    """The desk as it was after an earlier commit: figures as first published. Everything is computed in memory.

    Raises KpiError for a commit there is not, and as `open_desk` does.
    """
    home = find_data(data_dir)
    newest = Store(home).history.head_number()
    if not 0 < commit <= newest:
        raise KpiError(f"there is no commit {commit}; kpi history lists them, the newest is {newest}")
    store = Store(home, commit)
    name = choose_shop(shop, store.shops(), home)
    chosen = settings.load(name, settings.find(home))
    return from_tables(store.tables(name), name, chosen, store.columns(name))


def open_desks(shop: str = "", data_dir: str | Path = "") -> Iterator[Desk]:
    """The desk of one shop, or without a name of every shop in the store, one after the other."""
    names = [shop] if shop else Store(find_data(data_dir)).shops()
    for name in names or [""]:
        yield open_desk(name, data_dir)


def find_data(data_dir: str | Path = "") -> Path:
    """The data folder: as given, else KPI_DATA, else the nearest `data/` from here upwards."""
    if data_dir or os.environ.get("KPI_DATA"):
        return Path(data_dir or os.environ["KPI_DATA"])
    near = [Path.cwd(), *Path.cwd().parents]
    return next((p / "data" for p in near if (p / "data" / "store").is_dir()), Path("data"))


def _desk(
    con: duckdb.DuckDBPyConnection, shop: str, chosen: Settings, people: People, known: Coverage, source: str = ""
) -> Desk:
    return Desk(shop, chosen, con, known, frozenset(vendor.known_facts(con)), people, source)


def choose_shop(shop: str, shops: list[str], home: Path) -> str:
    """The shop named, or the only one there is. Raises KpiError where that does not tell."""
    if not shops:
        raise KpiError(f"no shop in {home}; fill the store first: kpi ingest FILES, or try kpi sample")
    if not shop and len(shops) == 1:
        return shops[0]
    if not shop:
        raise KpiError(f"{len(shops)} shops in {home}: {', '.join(shops[:20])}; say which one with shop")
    if shop not in shops:
        raise unknown("shop", shop, shops)
    return shop
