"""Stored unit tables: made in parts, brought up to date after every change, equal to making all of them at once."""

import json
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Event

import kept
import pyarrow as pa
import pytest
from kept import SHOP
from shops import random_shop
from typed import typed

from kpi_helpers import desk, facts
from kpi_helpers.engine import keep, lines, redo_chats, renew
from kpi_helpers.engine import manifest as manifest_of
from kpi_helpers.engine.clock import day_number
from kpi_helpers.store.store import Store

LATE = ("messages", "orders", "refunds", "ratings")


def manifest(store: Store) -> Path:
    return next((store.root / "units").glob("*/manifest.json"))


def done(store: Store) -> dict:
    return json.loads(manifest(store).read_text("utf-8"))["done"]


def in_parts_of(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    for module, name in ((redo_chats, "MESSAGES"), (renew, "MESSAGES"), (renew, "ORDERS"), (renew, "CHATS")):
        monkeypatch.setattr(module, name, rows)
    monkeypatch.setattr(lines, "SLICE", rows)


@pytest.mark.parametrize("rows", [1, 40, 10**6], ids=["days", "some", "whole"])
@pytest.mark.parametrize(("seed", "size"), [(0, "small"), (2, "large")])
def test_made_in_parts(tmp_path, monkeypatch, seed: int, size: str, rows: int):
    in_parts_of(monkeypatch, rows)
    tables, given = random_shop(seed, size)
    store = kept.stored(tmp_path, tables, given)
    assert kept.wrong(kept.kept(store, given), kept.in_memory(store, given)) == []


@pytest.mark.parametrize("seed", range(3))
def test_late_rows_and_undo(tmp_path, seed: int):
    """After every late file and every undo: right numbers, and no day made anew whose rows stayed the same."""
    tables, given = random_shop(seed)
    early, late = split(tables, random.Random(seed))
    store, zone = kept.stored(tmp_path, early, given), kept.chosen(given).timezone
    before = kept.kept(store, given)
    assert kept.wrong(before, kept.in_memory(store, given)) == []
    for step in [*late, None, None]:
        store.undo() if step is None else kept.put(store, typed(step, zone))
        after = kept.kept(store, given)
        assert kept.wrong(after, kept.in_memory(store, given)) == []
        assert changed_days(before, after, "rounds") <= set(done(store)["chats"])
        assert changed_days(before, after, "chats") <= set(done(store)["outcomes"])
        before = after


def split(tables: dict[str, list[dict]], rng: random.Random) -> tuple[dict, list[dict]]:
    """The shop without a few rows of each table, and those rows, file by file."""
    early, late = dict(tables), []
    for name in LATE:
        if name in tables:
            rows = rng.sample(tables[name], len(tables[name]))
            cut = rng.choice((1, 1, 2, 5))
            early[name] = rows[cut:]
            late.append({name: rows[:cut]})
    return early, late


def changed_days(before: dict, after: dict, unit: str) -> set[int]:
    """Days with a row that the other state has not (buyer, agent, day are the first columns)."""
    return {row[2] for row in set(before[unit]) ^ set(after[unit])}


# -- a shop of one buyer a day, where every touched day can be named ---

START = datetime(2026, 6, 1, tzinfo=UTC)
DAYS = 60


def at(day: int, hour: float = 4) -> datetime:
    return START + timedelta(days=day, hours=hour)


def number(day: int) -> int:
    return day_number(START.date()) + day


def talk(buyer: str, moment: datetime) -> list[dict]:
    first = {"shop_id": SHOP, "buyer_id": buyer, "agent_id": "A", "sender": "buyer", "sent_at": moment, "text": "在吗"}
    return [first, first | {"sender": "agent", "sent_at": moment + timedelta(seconds=20)}]


def rows(name: str, listed: list[dict]) -> pa.Table:
    from kpi_helpers.store.normalise import as_arrow

    times = [c for c in ("sent_at", "created_at", "paid_at") if c in listed[0]]
    table = pa.Table.from_pylist(listed)
    for column in times:
        place = table.schema.get_field_index(column)
        table = table.set_column(place, column, table[column].cast(pa.timestamp("us", "UTC")))
    return as_arrow(table)


def order(number_: int, buyer: str, created: datetime, paid: datetime | None) -> dict:
    made = {"shop_id": SHOP, "order_id": f"o{number_}", "buyer_id": buyer, "created_at": created}
    return made | {"paid_at": paid, "item_count": 1}


@pytest.fixture
def quiet_shop(tmp_path) -> Store:
    """Buyer `same` asks once a day for 60 days; buyer `other` too; one old order of somebody else."""
    store = Store(tmp_path)
    lines = [line for day in range(DAYS) for buyer in ("same", "other") for line in talk(buyer, at(day))]
    kept.put(store, {"messages": rows("messages", lines), "orders": rows("orders", [order(0, "x", at(0), at(0))])})
    kept.kept(store, {})
    return store


def test_a_part_that_goes_wrong_ends_the_build_and_leaves_the_old_tables(quiet_shop, monkeypatch):
    in_parts_of(monkeypatch, 40)
    monkeypatch.setattr(renew, "AT_ONCE", 1)
    begun, before, make = [], manifest(quiet_shop).read_text("utf-8"), renew._all_chats

    def failing(shop, first: int, end: int) -> None:
        begun.append(first)
        if len(begun) == 2:
            raise RuntimeError("no room")
        if len(begun) > 2:  # it may have begun before anybody knew: the others must not
            Event().wait(1)
        make(shop, first, end)

    monkeypatch.setattr(renew, "_all_chats", failing)
    with pytest.raises(RuntimeError, match="no room"):
        kept.kept(quiet_shop, {"session_gap_minutes": 45})
    assert len(begun) in (2, 3) and manifest(quiet_shop).read_text("utf-8") == before


def test_orders_from_before_the_first_chat_wait_for_it(tmp_path, monkeypatch):
    """Chats here go on only once an order part has begun."""
    begun, chats, orders = Event(), renew._all_chats, renew._all_orders
    monkeypatch.setattr(renew, "_all_chats", lambda *part: begun.wait(60) and chats(*part))
    monkeypatch.setattr(renew, "_all_orders", lambda *part: begun.set() or orders(*part))
    store = Store(tmp_path)
    early = order(0, "same", at(0), at(0))
    kept.put(store, {"messages": rows("messages", talk("same", at(40))), "orders": rows("orders", [early])})
    assert kept.wrong(kept.kept(store, {}), kept.in_memory(store, {})) == []


def test_a_late_message_touches_its_day(quiet_shop):
    kept.put(quiet_shop, {"messages": rows("messages", talk("third", at(30)))})
    kept.kept(quiet_shop, {})
    assert done(quiet_shop) == {"all": False, "chats": [number(30)], "orders": 0, "outcomes": [number(30)]}


def test_a_late_message_at_midnight_touches_the_day_its_session_began(quiet_shop):
    kept.put(quiet_shop, {"messages": rows("messages", talk("third", at(30, 15.95)))})  # 23:57 in the shop
    kept.kept(quiet_shop, {})
    kept.put(quiet_shop, {"messages": rows("messages", talk("third", at(30, 16.05)))})  # 00:03
    kept.kept(quiet_shop, {})
    assert done(quiet_shop)["chats"] == [number(30)]
    assert kept.wrong(kept.kept(quiet_shop, {}), kept.in_memory(quiet_shop, {})) == []


def test_a_late_order_touches_the_inquiries_around_it(quiet_shop):
    """Created on day 30 (W = 2, unpaid life 3 days), paid on day 31: chats from 4 days before to 15 days after."""
    kept.put(quiet_shop, {"orders": rows("orders", [order(1, "same", at(30, 5), at(31, 5))])})
    assert kept.wrong(kept.kept(quiet_shop, {}), kept.in_memory(quiet_shop, {})) == []
    touched = [number(day) for day in range(31 - 4, 31 + 15 + 1)]
    assert done(quiet_shop) == {"all": False, "chats": [], "orders": 1, "outcomes": touched}


def test_lines_that_arrive_after_their_order_make_it_anew(quiet_shop):
    bare = {key: value for key, value in order(1, "same", at(30), at(30)).items() if key != "item_count"}
    line = {"shop_id": SHOP, "line_id": "1", "item_id": "i", "quantity": 2, "paid_amount": Decimal(5)}
    kept.put(
        quiet_shop, {"orders": rows("orders", [bare]), "order_lines": rows("order_lines", [line | {"order_id": "o0"}])}
    )
    kept.kept(quiet_shop, {})
    kept.put(quiet_shop, {"order_lines": rows("order_lines", [line | {"order_id": "o1"}])})
    after = kept.kept(quiet_shop, {})
    assert not done(quiet_shop)["all"] and kept.wrong(after, kept.in_memory(quiet_shop, {})) == []


def test_an_order_of_a_buyer_without_chats_touches_no_day(quiet_shop):
    kept.put(quiet_shop, {"orders": rows("orders", [order(2, "nobody", at(30), at(30))])})
    kept.kept(quiet_shop, {})
    assert done(quiet_shop) == {"all": False, "chats": [], "orders": 1, "outcomes": []}


def test_files_of_other_months_stay(quiet_shop):
    before = json.loads(manifest(quiet_shop).read_text("utf-8"))["tables"]["waits"]
    kept.put(quiet_shop, {"messages": rows("messages", talk("third", at(45)))})
    kept.kept(quiet_shop, {})
    after = json.loads(manifest(quiet_shop).read_text("utf-8"))["tables"]["waits"]
    assert {month for month in before if before[month] != after[month]} == {"2026-07"}
    assert all((manifest(quiet_shop).parent / name).exists() for name in before["2026-07"])  # for open desks


# -- what makes everything anew ---


def test_an_unchanged_shop_is_only_opened(quiet_shop, monkeypatch):
    monkeypatch.setattr(keep, "_refresh", None)
    assert desk.from_store(quiet_shop, SHOP, kept.chosen({"min_denominator": 5})).shop == SHOP


@pytest.mark.parametrize("given", [{"session_gap_minutes": 5}, {"business_day_cut": "04:00"}])
def test_another_setting_makes_all_anew(quiet_shop, given):
    assert kept.wrong(kept.kept(quiet_shop, given), kept.in_memory(quiet_shop, given)) == []
    assert done(quiet_shop)["all"]


@pytest.mark.parametrize("damage", ["", "{", '{"code": 1}', "null"])
def test_a_damaged_manifest_makes_all_anew(quiet_shop, damage: str):
    manifest(quiet_shop).write_text(damage)
    assert kept.wrong(kept.kept(quiet_shop, {}), kept.in_memory(quiet_shop, {})) == []


def test_a_lost_file_makes_all_anew(quiet_shop):
    next(manifest(quiet_shop).parent.glob("waits-2026-06*")).unlink()
    assert kept.wrong(kept.kept(quiet_shop, {}), kept.in_memory(quiet_shop, {})) == []


def test_an_alias_makes_all_anew(quiet_shop):
    quiet_shop.upsert("agents", None, pa.table({"agent_id": ["A"], "alias_of": ["B"]}))
    assert kept.wrong(kept.kept(quiet_shop, {}), kept.in_memory(quiet_shop, {})) == []


def test_every_model_has_its_file():
    folder = Path(facts.__file__).parent
    assert sorted(facts.MODELS) == sorted(path.stem for path in folder.glob("*.sql"))


def test_all_code_of_the_engine_is_in_the_fingerprint(monkeypatch):
    """Tables made by other code are made anew, whichever module it is in."""
    there = {path.name for path in Path(manifest_of.__file__).parent.glob("*.py")}
    assert {module.name for module in manifest_of.modules()} == there
    before, others = manifest_of.code_of(kept.chosen({})), manifest_of.modules()[1:]
    monkeypatch.setattr(manifest_of, "modules", lambda: others)
    assert manifest_of.code_of(kept.chosen({})) != before


def test_another_process_finds_the_same_code():
    """The fingerprint of models and settings does not depend on how a process happens to order a set."""
    names = "from kpi_helpers import settings; from kpi_helpers.engine import manifest"
    ask = f"{names}; print(manifest.code_of(settings.load()))"
    run = [subprocess.check_output([sys.executable, "-c", ask], env={"PYTHONHASHSEED": seed}) for seed in "12"]
    assert run[0] == run[1]
