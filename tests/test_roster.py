"""Agents: spellings that are forgiven, nicknames that match nobody, and the table to put them right in."""

import pandas as pd
import pytest
from click.testing import CliRunner
from exports import Desk, text_file

from kpi_helpers import compute, open_desk
from kpi_helpers.cli import cli
from kpi_helpers.errors import KpiError
from kpi_helpers.roster import strangers, template
from kpi_helpers.store.spelling import folded, variants

HEADER = "shop_id,day,agent_id,received_buyers\n"
DAYS = (
    HEADER
    + "店,2026-11-01,店:Amy,10\n店,2026-11-02,店：ａｍｙ ,5\n店,2026-11-02,店:小麦穗,3\n店,2026-11-03,店:小麦穗,4\n"
)
ROSTER = "agent_id,name,team\n店:Amy,艾米,一组\n店:小麦,小麦,一组\n"


@pytest.fixture
def home(tmp_path):
    text_file(tmp_path / "days.csv", DAYS)
    text_file(tmp_path / "agents.csv", ROSTER)
    return tmp_path


def by_agent(home):
    rows = compute("received_buyers", open_desk(data_dir=home / "data"), "2026-11-01..2026-11-03", by="agent")
    return dict(zip(rows["agent"], rows["value"], strict=True))


@pytest.mark.parametrize("order", [["agents", "days"], ["days", "agents"]])
def test_case_blanks_and_width_are_forgiven_in_either_order(home, order):
    for name in order:
        Desk(home / "data").take(home / f"{name}.csv")
    assert by_agent(home) == {"店:Amy": 15, "店:小麦穗": 7}


def test_ids_of_canonical_tables_are_taken_letter_by_letter(tmp_path):
    lines = [
        "shop_id,buyer_id,agent_id,sender,sent_at",
        *(f"店,b{who},{who},buyer,2026-11-01 10:00:00" for who in "aA"),
    ]
    said = "\n".join(lines)
    files = [text_file(tmp_path / "messages.csv", said), text_file(tmp_path / "agents.csv", "agent_id\na\n")]
    Desk(tmp_path / "data").take(*files)
    rows = compute("received_buyers", open_desk(data_dir=tmp_path / "data"), "2026-11-01", by="agent")
    assert dict(zip(rows["agent"], rows["value"], strict=True)) == {"A": 1, "a": 1}


def test_a_row_of_the_analyst_comes_before_a_spelling(home):
    desk = Desk(home / "data")
    desk.take(home / "agents.csv", home / "days.csv")
    desk.take(text_file(home / "own.csv", "agent_id,name,alias_of\n店：ａｍｙ,另一位,店:小麦\n"))
    assert by_agent(home) == {"店:Amy": 10, "店:小麦": 5, "店:小麦穗": 7}


def test_spellings_are_taken_back_with_their_ingest(home):
    desk = Desk(home / "data")
    desk.take(home / "agents.csv")
    before = desk.store.rows("店") if desk.store.shops() else 2
    desk.take(home / "days.csv")
    assert desk.query("SELECT count(*) FROM agents") == [(3,)]
    desk.store.undo()
    desk.take(text_file(home / "t.csv", "shop_id,day,visitors\n店,2026-11-01,9\n"))
    assert (before, desk.query("SELECT count(*) FROM agents")) == (2, [(2,)])


def test_who_matches_nobody(home):
    Desk(home / "data").take(home / "agents.csv", home / "days.csv")
    [row] = strangers(open_desk(data_dir=home / "data")).to_dict("records")
    assert (row["agent"], row["rows"], row["nearest"]) == ("店:小麦穗", 2, "店:小麦")
    assert (str(row["first"]), str(row["last"]), row["in"]) == ("2026-11-02", "2026-11-03", "agent_daily")


def test_a_table_to_fill_and_read_back(home):
    Desk(home / "data").take(home / "agents.csv", home / "days.csv")
    path = home / "fill.csv"
    done = CliRunner().invoke(cli, ["agents", "--template", str(path), "--data", str(home / "data")])
    assert done.exit_code == 0, done.output
    rows = pd.read_csv(path, dtype=str)
    assert rows["agent_id"].tolist() == ["店:Amy", "店:小麦", "店：ａｍｙ", "店:小麦穗"]
    rows.assign(name=rows["name"].fillna("新人")).to_csv(path, index=False)
    Desk(home / "data").take(path)
    assert strangers(open_desk(data_dir=home / "data")).empty
    with pytest.raises(KpiError, match="is there already"):
        template([open_desk(data_dir=home / "data")], path)


def test_spellings_that_could_be_two_people_are_nobody():
    assert variants(["Amy", "AMY"], ["amy", "Amy"]) == {}
    assert variants(["Amy"], ["ＡＭＹ", "Ami"]) == {"ＡＭＹ": "Amy"}
    assert folded("店： ａ Ｂ") == "店:ab"


def test_what_nobody_is_named_for_is_no_nickname(tmp_path):
    report = '{"data": {"sellerCSTrend": [{"dtm": "20261102", "caseCnt": 5, "avgRplDur": 1.5}]}}'
    desk = Desk(tmp_path)
    desk.take(text_file(tmp_path / "x.json", report), shop="店")
    assert {row[0] for row in desk.query("SELECT agent_id FROM agent_daily")} == {"(unassigned)"}
    assert strangers(open_desk(data_dir=tmp_path)).empty
