"""The first-published value stays beside the current one: of a row (kpi history --of) and of a figure (--as-of)."""

import json

import pytest
from click.testing import CliRunner
from exports import Desk, text_file

from kpi_helpers import compute, open_desk
from kpi_helpers.cli import cli
from kpi_helpers.desk import open_as_of
from kpi_helpers.errors import KpiError
from kpi_helpers.versions import values

HEADER = "shop_id,order_id,buyer_id,created_at,paid_at,paid_amount\n"
FIRST = HEADER + "店,1,小王,2026-11-01 10:00:00,,0\n店,2,小李,2026-11-01 11:00:00,2026-11-01 11:00:09,7\n"
LATER = HEADER + "店,1,小王,2026-11-01 10:00:00,2026-11-01 12:00:00,5\n"


@pytest.fixture
def home(tmp_path):
    desk = Desk(tmp_path / "data")
    for text in (FIRST, LATER):
        desk.take(text_file(tmp_path / "o.csv", text))
    return tmp_path / "data"


def test_every_value_of_a_row(home):
    rows = values(home, "orders", ["order_id=1"]).to_dict("records")
    assert [(row["commit"], row["state"], float(row["paid_amount"])) for row in rows] == [
        (1, "first", 0),
        (2, "changed", 5),
    ]
    assert {row["buyer_id"] for row in rows} == {"小**"}
    assert values(home, "orders", ["order_id=2"])["state"].tolist() == ["first"]


def test_a_row_taken_back_is_gone(home):
    Desk(home).store.undo()
    Desk(home).store.undo()
    assert values(home, "orders", ["order_id=2"])["state"].tolist() == ["first", "gone"]


def test_a_figure_as_first_published(home):
    now = compute("sales", open_desk(data_dir=home), "2026-11-01")["value"].item()
    first = compute("sales", open_as_of(1, data_dir=home), "2026-11-01")["value"].item()
    assert (first, now) == (7, 12)
    words = ["compute", "sales", "--period", "2026-11-01", "--as-of", "1", "--format", "json", "--data", str(home)]
    assert json.loads(CliRunner().invoke(cli, words).output)[0]["value"] == 7


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["history", "--of", "order"], "unknown table 'order'; did you mean orders"),
        (["history", "--of", "orders"], "say which row with --where"),
        (["history", "--of", "orders", "--where", "order_id"], "is no condition"),
        (["history", "--of", "orders", "--where", "oder_id=1"], "did you mean order_id"),
        (["history", "--of", "orders", "--where", "order_id=9"], "never had a row"),
        (["compute", "sales", "--period", "2026-11-01", "--as-of", "9"], "no commit 9"),
    ],
)
def test_mistakes(home, words, sentence):
    done = CliRunner().invoke(cli, [*words, "--data", str(home)])
    assert isinstance(done.exception, KpiError) and sentence in str(done.exception)
