"""Unit tables are kept beside the store, and after an ingest only what it touched is made again.

<data>/store/units/<shop>/ holds Parquet files and manifest.json, which is replaced in one step when all of them are
there: readers see the old tables or the new ones. Other settings, other code or a damaged manifest make all of it anew.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from kpi_helpers import facts
from kpi_helpers.engine import duck, lines, stages
from kpi_helpers.engine.history import Changes, Snapshot, changes, snapshot
from kpi_helpers.engine.manifest import Manifest, code_of
from kpi_helpers.engine.renew import all_units, changed_units
from kpi_helpers.engine.schema import schema
from kpi_helpers.engine.units import Units
from kpi_helpers.settings import Settings
from kpi_helpers.store.lock import only_writer
from kpi_helpers.store.names import slug
from kpi_helpers.store.store import Store

PATIENCE = 3600  # seconds to wait for another process that is making the same tables
LARGE = ("messages", "orders")  # tables that are not read to learn which days they cover
SHOWN = ("waits", "chat_sessions", "served", "outcomes", "orders", "assists")
ASKED = (
    "chats", "rounds", "chat_sessions", "orders", "assists", "sold", "placed", "refunds", "ratings", "traffic",
    "raw_agents", "raw_shifts",
)  # fmt: skip

Describe = Callable[[duckdb.DuckDBPyConnection], dict]


def current(store: Store, shop: str, settings: Settings, describe: Describe) -> tuple[Snapshot, Manifest, Path]:
    """The shop's unit tables as the store and the settings are now, made where they are not there yet.

    `describe` gives what is to be remembered about coverage, from a connection with all tables open.
    """
    folder, code, now = store.root / "units" / slug(shop), code_of(settings), snapshot(store, shop)
    found = Manifest.load(folder)
    if found and found.code == code and found.source == now.fingerprint:
        return now, found, folder
    with only_writer(folder, PATIENCE):
        now, found = snapshot(store, shop), Manifest.load(folder)
        if not (found and found.code == code and found.source == now.fingerprint):
            found = _refresh(
                store, now, settings, code, found if found and found.code == code else None, folder, describe
            )
    return now, found, folder


def open_units(
    con: duckdb.DuckDBPyConnection, now: Snapshot, manifest: Manifest, folder: Path, settings: Settings
) -> None:
    """Views over the stored unit tables and the small raw tables; messages are not read."""
    duck.open_tables(con, now.tables, settings, manifest.reach() or (0, 0), sending=False)
    _show(con, Units(folder, manifest.tables), settings)


def _show(
    con: duckdb.DuckDBPyConnection,
    units: Units,
    settings: Settings,
    tables: Iterable[str] = SHOWN,
    views: Iterable[str] = facts.VIEWS,
) -> None:
    for name in tables:
        con.execute(f"CREATE VIEW {name} AS SELECT * FROM {units.rows(name)}")
    for name in views:
        con.execute(f"CREATE VIEW {name} AS {facts.render(name, settings)}")


def _refresh(
    store: Store,
    now: Snapshot,
    settings: Settings,
    code: str,
    old: Manifest | None,
    folder: Path,
    describe: Describe,
) -> Manifest:
    scratch = folder / f"scratch-{os.getpid()}"
    try:
        shop = _shop(store, now, settings, old, folder, scratch)
        spans = _spans(shop, store.root, old.spans if old else {})
        moments = {
            name: _ends_of(name, files, spans, store.root) for name, files in shop.tables.items() if name in LARGE
        }
        shop.reach, shop.messages = _reach(spans), moments.get("messages", (0, 0))
        people = _people(shop.base)
        known = _changes(store, now, old, people)
        shop.units.tables = Units(folder, old.tables if known else {}).tables
        tell = partial(_told, shop, describe, moments)
        if known:
            done, coverage = changed_units(shop, known, old.next_row), tell()
        else:
            done, coverage = {"all": True}, all_units(shop, tell)
        fresh = Manifest(code, people, now.fingerprint, now.head.state, now.head.next_row, shop.units.tables, spans)
        fresh.done, fresh.coverage = done, coverage
        fresh.save(folder, Manifest.load(folder))
        return fresh
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _shop(store, now: Snapshot, settings: Settings, old: Manifest | None, folder: Path, scratch: Path) -> stages.Shop:
    reach, kept = old.reach() if old else (0, 0), Units(folder, {})
    return stages.Shop(now.tables, settings, reach, (0, 0), kept, scratch, lines.home(store, now.shop))


def _changes(store: Store, now: Snapshot, old: Manifest | None, people: str) -> Changes | None:
    """None: everything has to be made anew."""
    if old is None or old.people != people:
        return None
    return changes(store, now.shop, old.state, now.head.state)


def _people(con: duckdb.DuckDBPyConnection) -> str:
    """A fingerprint of what names mean: aliases, and the shop's own accounts where a filter asks for them."""
    rows = [con.execute(f"FROM {name} ORDER BY ALL").fetchall() for name in ("aliases", "own_agents")]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def _spans(shop: stages.Shop, root: Path, known: dict) -> dict[str, dict[str, list]]:
    """First and last second of every time column of every stored file; only files not yet known are asked."""
    found = {}
    for name, files in shop.tables.items():
        columns = [c for c, kind in schema()[name]["columns"].items() if kind.startswith("time")]
        for file in files if columns else []:
            key = Path(file).relative_to(root).as_posix()
            found[key] = known.get(key) or _ends(name, file, columns)
    return found


def _ends(name: str, file: str, columns: list[str]) -> dict[str, list]:
    """From the statistics in the file; from its rows where they say nothing."""
    meta = pq.read_metadata(file)
    place = {meta.schema.column(i).name: i for i in range(meta.num_columns)}
    groups = [meta.row_group(i) for i in range(meta.num_row_groups)]
    known = {c: [group.column(place[c]).statistics for group in groups] for c in columns}
    if not all(s and (s.has_min_max or not s.num_values) for stated in known.values() for s in stated):
        con, ends = duck.connect(), ", ".join(f"MIN({c}), MAX({c})" for c in columns)
        (row,) = con.execute(f"SELECT {ends} FROM ({duck.raw(con, name, [file])})").fetchall()
        return {c: list(row[2 * i : 2 * i + 2]) for i, c in enumerate(columns) if row[2 * i] is not None}
    told = {c: [s for s in stated if s.has_min_max] for c, stated in known.items()}
    return {
        c: [int(min(s.min for s in stated).timestamp()), int(max(s.max for s in stated).timestamp())]
        for c, stated in told.items()
        if stated
    }


def _reach(spans: dict) -> tuple[int, int]:
    seen = [second for columns in spans.values() for span in columns.values() for second in span]
    return (min(seen), max(seen)) if seen else (0, 0)


def _ends_of(name: str, files: list[str], spans: dict, root: Path) -> tuple[int, int]:
    """First and last second of a table's own times."""
    times = schema()[name]["time"]
    keys = [Path(file).relative_to(root).as_posix() for file in files]
    return _reach({key: {c: span for c, span in spans[key].items() if c in times} for key in keys})


def _told(shop: stages.Shop, describe: Describe, moments: Mapping[str, tuple[int, int]]) -> dict:
    """Coverage; of large tables the first and the last moment stand for all of them."""
    with shop.room() as con:
        _show(con, shop.units, shop.settings, ["orders"], [])
        for name, ends in moments.items():
            if ends == (0, 0):  # no moment at all
                continue
            first, *others = schema()[name]["time"]
            nothing = "".join(f", CAST(NULL AS BIGINT) AS {column}" for column in others)
            con.execute(f"CREATE VIEW raw_{name} AS SELECT UNNEST({list(ends)}) AS {first}{nothing}")
        return describe(con)
