"""What the notebooks of one run share is what each would compute itself, only for the same data and settings."""

import sqlite3
from dataclasses import replace

import pandas as pd
import pytest

import kpi_helpers as kpi
from kpi_helpers.desk import open_desk
from kpi_helpers.engine import answered, nearby
from kpi_helpers.engine.nearby import sharing
from kpi_helpers.metrics import compute as fresh
from kpi_helpers.study import Study

ASKED = [(["sales_per_buyer", "received_buyers", "within_3min_rate"], None), (["sales", "sales_per_order"], "agent")]


def answers(desk) -> pd.DataFrame:
    study = Study(desk, "latest-week")
    return pd.concat([study.rows(names, by, span) for names, by in ASKED for span in study.period.history(3)])


@pytest.fixture
def asked(monkeypatch):
    """How often something was computed."""
    calls, real = [], fresh.answers
    monkeypatch.setattr(fresh, "answers", lambda *a, **k: calls.append(a) or real(*a, **k))
    return calls


def test_shared_answers_are_the_same_and_asked_once(sample_store, asked):
    alone = answers(open_desk(data_dir=sample_store))
    first = len(asked)
    with sharing():
        desk = open_desk(data_dir=sample_store)
        assert desk.con.sql("SELECT COUNT(*) FROM near.chats").fetchall() == desk.con.sql(
            "SELECT COUNT(*) FROM chats").fetchall()  # fmt: skip
        pd.testing.assert_frame_equal(answers(desk), alone)
        pd.testing.assert_frame_equal(answers(open_desk(data_dir=sample_store)), alone)
        assert len(asked) == 2 * first, "the second study read what the first had asked"


def test_whatever_asks_beside_a_notebook_finds_the_same_desk(sample_store):
    """Tables of `kpi.sql`, platforms' rounds on cursors of their own, another rule, a list of rows."""

    def told() -> list[pd.DataFrame]:
        desk, other = open_desk(data_dir=sample_store), open_desk(data_dir=sample_store, attribution_rule="payment")
        asked = fresh.compute(["taobao_within_3min_rate", "agent_sales"], desk, "latest-week")
        listed = kpi.rows("received_buyers", desk, "latest-week")
        return [asked, listed, fresh.compute("agent_sales", other, "latest-week"), kpi.sql("SELECT * FROM chats", desk)]

    alone = told()
    with sharing():
        for frame, same in zip(told(), alone, strict=True):
            assert len(frame)
            pd.testing.assert_frame_equal(frame.sort_values(list(frame)), same.sort_values(list(same)), check_like=True)


def test_other_settings_are_another_question(sample_store, asked):
    with sharing():
        desk = open_desk(data_dir=sample_store)
        answers(desk)
        before = len(asked)
        other = replace(desk.settings, values={**desk.settings.values, "slow_seconds": 30})
        answers(replace(desk, settings=other))
        assert len(asked) == 2 * before


def test_a_run_finds_the_file_of_the_one_before(sample_store, monkeypatch):
    """Beside the unit tables, one file for the data as they are; damaged, it is made anew."""
    made, really = [], nearby._make
    monkeypatch.setattr(nearby, "_make", lambda path, *rest: made.append(path.name) or really(path, *rest))

    def run() -> list[tuple]:
        with sharing():
            return open_desk(data_dir=sample_store).con.sql("SELECT COUNT(*), MIN(buyer_id) FROM chats").fetchall()

    (units,) = (sample_store / "store" / "units").iterdir()
    for old in units.glob("*.duckdb"):
        old.unlink()
    first = run()
    assert run() == first
    assert len(made) == 1
    (kept,) = units.glob("*.duckdb*")
    kept.write_bytes(kept.read_bytes()[:5000])
    assert run() == first
    assert [made[0]] * 2 == made
    monkeypatch.setattr(nearby, "kit", lambda: "another")
    assert run() == first
    assert len(made) == 3, "another kit may make other views"
    assert len(list(units.glob("*.duckdb*"))) == 1


def test_a_run_goes_on_where_nothing_can_be_kept(sample_store, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(nearby.shutil, "copyfile", full)
    with sharing():
        assert open_desk(data_dir=sample_store).con.sql("FROM near.chats LIMIT 1").fetchall()


def test_what_cannot_be_kept_is_asked_again(sample_store, asked, monkeypatch):
    def locked(_: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    alone = answers(open_desk(data_dir=sample_store))
    first = len(asked)
    monkeypatch.setattr(answered, "_connected", locked)
    with sharing():
        for _ in range(2):
            pd.testing.assert_frame_equal(answers(open_desk(data_dir=sample_store)), alone)
    assert len(asked) == 3 * first


def test_no_folder_outside_a_run(sample_store, monkeypatch):
    with sharing():
        pass
    assert "near" not in str(open_desk(data_dir=sample_store).con.sql("SELECT database_name FROM duckdb_databases()"))
