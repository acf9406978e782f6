"""The command line as an analyst meets it: results, and one sentence with exit status 2 for what went wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from kpi_helpers.cli import cli
from kpi_helpers.errors import KpiError

MESSAGES = """shop_id,message_id,buyer_id,agent_id,sender,sent_at,text
甲店,1,小王,a1,buyer,2026-11-02 10:00:00,在吗
甲店,2,小王,a1,agent,2026-11-02 10:00:20,在的
乙店,1,小李,b1,buyer,2026-11-02 11:00:00,你好
"""
ORDERS = """shop_id,order_id,buyer_id,created_at,paid_at,paid_amount,item_count
甲店,o1,小王,2026-11-02 10:05:00,2026-11-02 10:06:00,99.90,2
乙店,o1,小赵,2026-11-02 12:00:00,,0,1
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("kpi")
    for name, text in (("messages", MESSAGES), ("orders", ORDERS)):
        (folder / f"{name}.csv").write_text(text, "utf-8")
    done = kpi("ingest", folder / "messages.csv", folder / "orders.csv", "--data", folder / "data")
    assert done.exit_code == 0, done.output
    return folder / "data"


def kpi(*words):
    return CliRunner().invoke(cli, [str(word) for word in words])


def test_a_row_for_each_shop_as_json(data):
    done = kpi("compute", "received_buyers", "sales", "--period", "2026-11-02", "--format", "json", "--data", data)
    rows = {(row["metric"], row["shop"]): row["value"] for row in json.loads(done.output)}
    assert rows == {
        ("received_buyers", "甲店"): 1, ("received_buyers", "乙店"): 1, ("sales", "甲店"): 99.9, ("sales", "乙店"): 0,
    }  # fmt: skip


def test_zero_over_zero_is_null_and_counts_have_no_denominator(data):
    done = kpi("compute", "inquiry_to_order_rate", "received_buyers", "--period", "2026-11-02", "--shop", "甲店",
               "--by", "agent", "--format", "json", "--data", data)  # fmt: skip
    rate, count = json.loads(done.output)
    assert (rate["agent"], rate["numerator"], rate["denominator"], rate["value"]) == ("a1", 1, 1, 1)
    assert count["denominator"] is None and count["basis"] == "exact"


def test_coverage_tells_how_far_each_table_reaches(data):
    rows = json.loads(kpi("coverage", "--shop", "甲店", "--format", "json", "--data", data).output)
    assert {row["table"]: row["until"] for row in rows} == {"messages": "2026-11-02", "orders": "2026-11-02"}


def test_csv_prints_whole_numbers_whole(data):
    done = kpi(
        "compute", "received_buyers", "--period", "2026-11-02", "--shop", "甲店", "--format", "csv", "--data", data
    )
    assert done.output.splitlines()[1] == "received_buyers,甲店,2026-11-02,2026-11-03,1,,1,,,False,exact"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["compute", "recieved_buyers", "--period", "2026-11"], "did you mean received_buyers"),
        (["compute", "sales", "--period", "2026-13"], "is not a period"),
        (["compute", "sales", "--period", "2026-11", "--by", "agnet"], "did you mean agent"),
        (["compute", "sales", "--period", "2026-11", "--shop", "甲"], "unknown shop"),
        (["rows", "sales", "--period", "2026-11"], "say which one"),
        (["metrics", "sale"], "did you mean sales"),
    ],
)
def test_a_mistake_is_answered_with_a_suggestion(data, words, hint):
    done = kpi(*words, *([] if words[0] == "metrics" else ["--data", data]))
    assert isinstance(done.exception, KpiError) and hint in str(done.exception)


def test_a_mistake_is_one_sentence_and_status_2(data):
    words = [sys.executable, "-m", "kpi_helpers", "compute", "sale", "--period", "2026-11", "--data", str(data)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stdout == "" and done.stderr.strip().count("\n") == 0 and "Traceback" not in done.stderr


def test_history_and_undo(data):
    assert "ingest" in kpi("history", "--data", data).output
    assert kpi("undo", "--data", data).exit_code == 0
    done = kpi("compute", "sales", "--period", "2026-11", "--data", data)
    assert isinstance(done.exception, KpiError) and "no shop" in str(done.exception)
