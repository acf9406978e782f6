"""Arrays over prepared lines against the models in SQL: the same unit tables, row by row."""

from collections.abc import Callable
from functools import cache

import duckdb
import kept
import pytest
from kept import SHOP
from shops import random_shop
from spec_tables import in_one_shop, load_cases, profiles
from typed import typed

from kpi_helpers import desk
from kpi_helpers.engine import lines, pieces, quick, renew, units
from kpi_helpers.store.store import Store

CASES = load_cases()


@pytest.fixture
def parts(monkeypatch) -> list:
    """The parts that arrays understood."""
    found, real = [], quick.Part
    monkeypatch.setattr(quick, "Part", lambda *a: found.append(a) or real(*a))
    return found


def differences(folder, tables: dict, given: dict) -> list[str]:
    store = kept.stored(folder, tables, given)
    return kept.wrong(kept.kept(store, given), kept.in_memory(store, given))


def with_ids(tables: dict) -> dict:
    """Every message with an id: an alias then makes no two of them equal, which only the models could see."""
    rows = [row | {"message_id": row.get("message_id") or f"no {i}"} for i, row in enumerate(tables["messages"])]
    return tables | {"messages": rows}


def without_aliases(tables: dict) -> dict:
    return {name: rows for name, rows in tables.items() if name != "agents"}


@pytest.fixture(scope="module")
def spec_store(tmp_path_factory) -> Callable[[Callable, dict], Store]:
    """All spec tables in a store, filled once: settings decide what is made of it, only the time zone what is in it."""

    @cache
    def filled(made: Callable, zone: str) -> Store:
        return kept.stored(tmp_path_factory.mktemp("spec"), made(in_one_shop(CASES)), {"timezone": zone})

    return lambda made, given: filled(made, kept.chosen(given).timezone)


@pytest.mark.parametrize("made", [with_ids, without_aliases])
@pytest.mark.parametrize("given", profiles(CASES), ids=lambda given: f"{len(given) or 'no'} other settings")
def test_spec_tables(spec_store, given: dict, made: Callable, parts: list):
    store = spec_store(made, given)
    assert kept.wrong(kept.kept(store, given), kept.in_memory(store, given)) == []
    assert parts or not quick.able(kept.chosen(given))


@pytest.mark.parametrize("made", [with_ids, without_aliases])
@pytest.mark.parametrize(("seed", "size"), [(21, "small"), (23, "large"), (24, "large")])
def test_random_shop(tmp_path, seed: int, size: str, made: Callable, parts: list):
    tables, given = random_shop(seed, size)
    filters = {**given.get("reception_filters", {}), "advert": []}
    assert differences(tmp_path, made(tables), given | {"reception_filters": filters}) == []
    assert parts


def test_days_and_buyers_apart(tmp_path, monkeypatch, parts: list):
    """A part for every day and pieces of few buyers: sessions run over the ends of parts, none over those of pieces."""
    monkeypatch.setattr(renew, "MESSAGES", 1)
    monkeypatch.setattr(pieces, "PIECE", 20)
    monkeypatch.setattr(pieces, "STEP", 2)
    tables, given = random_shop(24, "small")
    filters = {**given.get("reception_filters", {}), "advert": []}
    given |= {"reception_filters": filters, "session_gap_minutes": 300}
    assert differences(tmp_path, with_ids(tables), given) == []
    assert len(parts) > 5


@pytest.mark.parametrize(
    "given", [{"reception_filters": {"advert": ["加微信"]}}, {"human_senders": ["buyer", "agent"]}]
)
def test_what_arrays_do_not_know_is_left_to_the_models(tmp_path, given: dict, parts: list):
    assert differences(tmp_path, random_shop(5)[0], given) == []
    assert not parts


def test_arrays_write_the_columns_the_models_have(tmp_path):
    """Files of a unit table are read together: columns and types are the models' in all of them."""
    store = kept.stored(tmp_path, random_shop(5)[0], {})
    kept.kept(store, {})
    made = desk.from_tables(store.tables(SHOP), SHOP, kept.chosen({})).con
    found: dict[str, set] = {name: {columns(made, name)} for name in units.DAY}
    for file in (store.root / "units").rglob("*.parquet"):
        found[file.name.split("-")[0]].add(columns(made, f"'{file}'"))
    assert {name: len(kinds) for name, kinds in found.items()} == dict.fromkeys(units.DAY, 1)


def columns(con: duckdb.DuckDBPyConnection, rows: str) -> tuple:
    return tuple(column[:2] for column in con.execute(f"DESCRIBE FROM {rows}").fetchall())


@pytest.mark.parametrize("left", ["orders", "messages"])
def test_a_shop_with_one_table(tmp_path, left: str):
    tables, given = random_shop(5)
    assert differences(tmp_path, {left: tables[left]}, given) == []


def test_prepared_lines_follow_the_store(tmp_path):
    """Made once per state of a month; a state that comes back finds its own again."""
    tables, given = random_shop(4)
    store = kept.stored(tmp_path, {**tables, "messages": tables["messages"][5:]}, given)
    folders = [prepared(store)]
    kept.put(store, typed({"messages": tables["messages"][:5]}, kept.chosen(given).timezone))
    folders.append(prepared(store))
    store.undo()
    folders.append(prepared(store))
    assert folders[0] == folders[2] != folders[1]


def prepared(store: Store) -> set[str]:
    """The folders the shop's messages are read from now."""
    lines.prepare(store, SHOP)
    months = lines.months(store.tables(SHOP)["messages"])
    return {lines.prepared(lines.home(store, SHOP), month, files).folder.name for month, files in months.items()}
