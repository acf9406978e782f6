"""Random shops in a store on disk, for the tests of stored unit tables."""

from pathlib import Path

import pyarrow as pa
from typed import typed

from kpi_helpers import desk, facts, settings
from kpi_helpers.settings import Settings
from kpi_helpers.store.store import Store

SHOP = "s1"
UNITS = ["orders", *facts.UNITS]


def chosen(given: dict) -> Settings:
    return Settings(settings.merge(settings.defaults(), given))


def put(store: Store, tables: dict[str, pa.Table]) -> None:
    """All rows in one commit."""
    with store.writing() as batch:
        for name, rows in tables.items():
            batch.add(name, SHOP, rows)
        batch.commit()


def stored(folder: Path, tables: dict[str, list[dict]], given: dict) -> Store:
    store = Store(folder)
    put(store, typed(tables, chosen(given).timezone))
    return store


def content(one: desk.Desk) -> dict[str, list[tuple]]:
    """Every unit table's rows, in an order of their own, and coverage."""
    found = {name: sorted(one.con.execute(f"FROM {name}").fetchall(), key=repr) for name in UNITS}
    return found | {"coverage": one.coverage.as_json()}


def in_memory(store: Store, given: dict) -> dict[str, list[tuple]]:
    return content(desk.from_tables(store.tables(SHOP), SHOP, chosen(given)))


def kept(store: Store, given: dict) -> dict[str, list[tuple]]:
    return content(desk.from_store(store, SHOP, chosen(given)))


def wrong(found: dict, expected: dict) -> list[str]:
    """What differs, in a few lines."""
    lines = []
    for name in expected:
        if found[name] != expected[name]:
            extra = [row for row in found[name] if row not in expected[name]]
            missing = [row for row in expected[name] if row not in found[name]]
            lines += [f"{name}: extra {extra[:3]}, missing {missing[:3]}"]
    return lines
