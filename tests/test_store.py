"""The store: upsert by natural key, one commit at a time, history and undo."""

import os
from pathlib import Path

import pandas as pd
import pytest
from exports import Desk

from kpi_helpers.errors import KpiError
from kpi_helpers.store import Store, normalise, tables
from kpi_helpers.store import commits as commits_module
from kpi_helpers.store.lock import only_writer
from kpi_helpers.store.names import slug


def orders(*rows: tuple, columns=("order_id", "created_at", "paid_at", "paid_amount")):
    return normalise("orders", pd.DataFrame(rows, columns=list(columns)), shop="店")[0]


def messages(*rows: tuple):
    frame = pd.DataFrame(rows, columns=["message_id", "buyer_id", "sender", "sent_at", "text"])
    return normalise("messages", frame, shop="店")[0]


ONE = ("1", "2026-10-31 10:00:00", "2026-10-31 10:00:05", "10")
TWO = ("2", "2026-11-01 10:00:00", "", "20")


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_an_empty_folder_is_an_empty_store(tmp_path):
    store = Store(tmp_path)
    assert store.shops() == []
    assert store.commits() == []
    with pytest.raises(KpiError, match="unknown shop"):
        store.tables("店")


def test_the_row_read_last_wins(desk):
    desk.store.upsert("orders", "店", orders(ONE, TWO))
    desk.store.upsert("orders", "店", orders(("2", "2026-11-01 10:00:00", "2026-11-01 11:00:00", "21")))
    assert desk.query("SELECT order_id, paid_amount::DOUBLE, paid_at IS NOT NULL FROM orders ORDER BY 1") == [
        ("1", 10.0, True),
        ("2", 21.0, True),
    ]


def test_reading_the_same_again_changes_nothing(desk):
    assert desk.store.upsert("orders", "店", orders(ONE, TWO)).number == 1
    before = desk.store.fingerprint("店")
    assert desk.store.upsert("orders", "店", orders(ONE, TWO)) is None
    assert (desk.store.fingerprint("店"), len(desk.store.commits())) == (before, 1)


def test_a_row_whose_month_changed_is_moved(desk):
    desk.store.upsert("orders", "店", orders(ONE, TWO))
    desk.store.upsert("orders", "店", orders(("1", "2026-09-30 10:00:00", "", "10")))
    assert desk.query("SELECT order_id FROM orders ORDER BY created_at") == [("1",), ("2",)]
    months = {file.split("month=")[1][:7] for file in desk.store.tables("店")["orders"]}
    assert months == {"2026-09", "2026-11"}


def test_a_column_the_export_lacks_keeps_what_is_there(desk):
    desk.store.upsert(
        "orders", "店", orders((*ONE, "买家"), columns=("order_id", "created_at", "paid_at", "paid_amount", "buyer_id"))
    )
    desk.store.upsert("orders", "店", orders(("1", "2026-10-31 10:00:00", "", "11")))
    assert desk.query("SELECT buyer_id, paid_at, paid_amount::DOUBLE FROM orders") == [("买家", None, 11.0)]
    assert "postage" not in desk.store.columns("店")["orders"]


def test_messages_without_an_id_are_one_when_all_is_equal(desk):
    line = (None, "b", "buyer", "2026-11-01 10:00:00", "在吗")
    desk.store.upsert("messages", "店", messages(line, (None, "b", "buyer", "2026-11-01 10:00:00", "在吗?")))
    assert desk.store.upsert("messages", "店", messages(line)) is None
    assert desk.query("SELECT count(*) FROM messages") == [(2,)]


def test_row_order_keeps_growing(desk):
    desk.store.upsert("orders", "店", orders(ONE))
    desk.store.upsert("orders", "店", orders(TWO))
    desk.store.undo()
    desk.store.upsert("orders", "店", orders(("3", "2026-11-01 10:00:00", "", "1")))
    assert desk.query("SELECT order_id, row_order FROM orders ORDER BY row_order") == [("1", 0), ("3", 2)]


def test_undo_goes_back_step_by_step_and_forgets_nothing(desk):
    desk.store.upsert("orders", "店", orders(ONE))
    first = desk.store.fingerprint("店")
    desk.store.upsert("orders", "店", orders(TWO))
    assert desk.store.undo().number == 3
    assert desk.store.fingerprint("店") == first
    desk.store.undo()
    assert desk.store.shops() == []
    with pytest.raises(KpiError, match="nothing to undo"):
        desk.store.undo()
    assert [commit.kind for commit in desk.store.commits()] == ["upsert", "upsert", "undo", "undo"]


def test_writing_goes_on_from_what_undo_left(desk):
    for rows in ([ONE], [TWO], [("3", "2026-11-02 10:00:00", "", "1")]):
        desk.store.upsert("orders", "店", orders(*rows))
    desk.store.undo()
    desk.store.upsert("orders", "店", orders(("4", "2026-10-30 10:00:00", "", "1")))
    assert desk.query("SELECT order_id FROM orders ORDER BY 1") == [("1",), ("2",), ("4",)]


def test_a_crash_before_the_commit_leaves_the_old_state(desk, monkeypatch):
    desk.store.upsert("orders", "店", orders(ONE))
    before = desk.store.fingerprint("店")

    def crash(*_):
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(commits_module.os, "replace", crash)
        with pytest.raises(OSError, match="full"):
            desk.store.upsert("orders", "店", orders(TWO))
    assert desk.store.fingerprint("店") == before
    desk.store.upsert("orders", "店", orders(("3", "2026-10-01 10:00:00", "", "1")))
    assert desk.query("SELECT order_id FROM orders ORDER BY 1") == [("1",), ("3",)]


def test_rows_without_commit_are_not_there(desk):
    with desk.store.writing() as batch:
        batch.add("orders", "店", orders(ONE))
    assert desk.store.shops() == []


def test_one_writer_at_a_time(tmp_path):
    with (
        only_writer(tmp_path),
        pytest.raises(KpiError, match=f"process {os.getpid()} is writing"),
        only_writer(tmp_path, 0),
    ):
        pass
    with only_writer(tmp_path, 0):
        pass


def test_a_dead_writers_lock_is_free(tmp_path):
    (tmp_path / "LOCK").write_text("process 999999999")
    with only_writer(tmp_path, 0):
        pass


def test_agents_belong_to_every_shop(desk):
    desk.store.upsert("orders", "店", orders(ONE))
    agents, _ = normalise("agents", pd.DataFrame({"agent_id": ["a"], "name": ["小明"]}))
    desk.store.upsert("agents", None, agents)
    assert desk.query("SELECT agent_id, valid_from FROM agents") == [("a", None)]
    assert desk.store.shops() == ["店"]


@pytest.mark.parametrize("name", ["../../etc", "a/b\\c", "con", "  店铺：一 ", "x" * 500, "店\0铺", "%2e%2e", "."])
def test_any_shop_name_makes_a_safe_folder(name, desk):
    folder = slug(name)
    assert len(folder) <= 51
    assert not set(folder) & set("/\\.%:\0 ")
    desk.store.upsert("orders", name, orders(ONE))
    assert desk.store.shops() == [name]
    assert len(list((desk.folder / "store" / "shops").iterdir())) == 1


def test_shops_with_similar_names_stay_apart():
    assert len({slug(name) for name in ("店", "店 ", "店!", "Shop", "shop", "shop-")}) == 6


def test_a_shop_needs_a_name(desk):
    with pytest.raises(KpiError, match="--shop"):
        desk.store.upsert("orders", "", orders(ONE))


def test_a_damaged_commit_is_named(desk):
    desk.store.upsert("orders", "店", orders(ONE))
    (desk.folder / "store" / "commits" / "000001.json").write_text("{")
    with pytest.raises(KpiError, match=r"000001\.json"):
        desk.store.shops()


def test_the_table_dictionary_names_every_table_and_column():
    text = (Path(__file__).parent.parent / "data" / "README.md").read_text(encoding="utf-8")
    for table in tables().values():
        part = text.split(f"### {table.name} ")[1].split("###")[0]
        assert table.label["zh"] in part
        for column in table.columns:
            assert f"`{column}`" in part, f"{table.name}.{column}"
            assert (f"`{column}` ?" in part) == (column in table.optional), f"{table.name}.{column}"
