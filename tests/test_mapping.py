"""Mapping files: guessed by `kpi map`, corrected by hand, used by `kpi ingest`; a mistake is a sentence with a line."""

import os

import pytest
from click.testing import CliRunner
from exports import Desk, text_file, workbook

from kpi_helpers import quality
from kpi_helpers.cli import cli
from kpi_helpers.engine import lines
from kpi_helpers.errors import KpiError
from kpi_helpers.runs.errand import take_in
from kpi_helpers.sources import mapping
from kpi_helpers.sources.drafted import name_of, write
from kpi_helpers.sources.intake import ingest
from kpi_helpers.store.schema import tables

T = "2026-11-01 10:00:0"
CHAT = [["客户昵称", "接待客服", "角色", "时间", "说了什么"]]
CHAT += [[f"b{n}", "店:小麦", "买家" if n % 2 else "客服", f"{T}{n}", "在吗"] for n in range(6)]
SHOP = [["单号", "客户", "下单日期", "付款日期", "实际付款", "收货人电话", "渠道"]]
SHOP += [[f"A{n}", f"b{n}", f"{T}{n}", f"{T}{n}", f"{n}9.50", "13800000000", "直播"] for n in range(6)]
DAYS = [["统计日", "客服", "当日接待人数", "销售额(元)", "平均响应(秒)"], ["2026-11-01", "店:小麦", "30", "99.5", "12"]]


def taken(desk, path, shop="店"):
    return ingest([path], desk.folder, shop, known=mapping.known(desk.folder))


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "data")


@pytest.mark.parametrize(
    ("rows", "table", "query", "answer"),
    [
        (CHAT, "messages", "SELECT sender, agent_id, text FROM messages ORDER BY sent_at LIMIT 1", "agent"),
        (SHOP, "orders", "SELECT order_id, paid_amount::VARCHAR FROM orders ORDER BY 1 LIMIT 1", "A0"),
        (
            DAYS,
            "agent_daily",
            "SELECT agent_id FROM agent_daily WHERE fact = 'received_buyers' AND value = 30",
            "店:小麦",
        ),
    ],
    ids=["chats", "orders", "daily report"],
)
def test_a_guess_is_read_as_it_stands(desk, tmp_path, rows, table, query, answer):
    path = text_file(tmp_path / "导出 20261101.csv", rows, "gb18030")
    assert taken(desk, path).status == 2
    write(path, desk.folder, "zh")
    [record] = taken(desk, path).files
    assert (record.layout, record.read, record.used, record.error) == ("导出", len(rows) - 1, len(rows) - 1, "")
    assert desk.query(query)[0][0] == answer


def test_a_header_below_a_banner(desk, tmp_path):
    path = workbook(tmp_path / "a.xlsx", 说明=[["x"]], 数据=[["2026 年报表"], [], *SHOP])
    write(path, desk.folder, "en", sheet="数据")
    assert sum(record.used for record in taken(desk, path).files) == 6


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("table", list(tables()))
def test_every_draft_can_be_read_back(tmp_path, table, lang):
    """Whatever is missing is a sentence about a column, never a broken file."""
    said = write(text_file(tmp_path / "x.csv", SHOP), tmp_path, lang, wanted=table)
    try:
        mapping.load(tmp_path / "layouts" / "x.toml")
    except KpiError as problem:
        assert "needs" in str(problem) or "fact" in str(problem)
    assert len(said) in (2, 3)


def test_people_are_not_copied_into_the_file(desk, tmp_path):
    write(text_file(tmp_path / "o.csv", SHOP), desk.folder, "zh")
    text = (desk.folder / "layouts" / "o.toml").read_text("utf-8")
    assert "13800000000" not in text and '"b1"' not in text and 'private = ["收货人电话"]' in text


def test_nothing_to_map_writes_nothing(tmp_path):
    with pytest.raises(KpiError, match="no column looks like anything the kit reads"):
        write(text_file(tmp_path / "x.txt", "甲乙丙\n" + "x" * 300_000), tmp_path, "zh")
    assert not (tmp_path / "layouts").exists()


def test_a_mapping_file_is_never_overwritten(desk, tmp_path):
    path = text_file(tmp_path / "o.csv", SHOP)
    write(path, desk.folder, "zh")
    with pytest.raises(KpiError, match="is there already"):
        write(path, desk.folder, "zh")


GOOD = 'table = "orders"\n[fields]\norder_id = "单号"\ncreated_at = "下单日期"\npaid_amount = "实际付款"\n'
WRONG = {
    "a typing mistake": (GOOD.replace('"单号"', '"单号'), "m.toml cannot be read: .*line 3"),
    "no such table": (GOOD.replace("orders", "order"), "line 1: unknown table 'order'; did you mean orders"),
    "no such column": (GOOD + 'payed_at = "付款日期"\n', "line 6: unknown column .* did you mean paid_at"),
    "no such entry": ('tabel = "orders"\n' + GOOD, "line 1: unknown entry 'tabel'; did you mean table"),
    "no such option": (GOOD + 'paid_at = { name = "x", names = ["x"] }\n', "line 6: unknown option of paid_at 'name'"),
    "no such kind": (GOOD + 'paid_at = { names = ["x"], kind = "date" }\n', "line 6: unknown kind of paid_at 'date'"),
    "a column twice": (GOOD + 'paid_at = "下单日期"\n', "line 6: the column '下单日期' is given to created_at and"),
    "a column that is needed": (GOOD.replace("created_at", "# created_at"), "orders needs the column created_at"),
    "no name": (GOOD + "paid_at = 5\n", "line 6: the field paid_at needs the name of a column"),
    "nothing": ('table = "orders"\n', "no field has a column's name"),
    "no table": (GOOD.replace('table = "orders"\n', ""), "neither `table` nor `requires`"),
    "numbers as names": (GOOD + "paid_at = [5]\n", "line 6: the names of paid_at are text"),
    "no fact": ('table = "agent_daily"\n[fields]\nday = "日"\nagent_id = "人"\n', "needs at least one fact"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_mistakes_are_named_with_their_line(tmp_path, name):
    text, sentence = WRONG[name]
    (tmp_path / "m.toml").write_text(text, "utf-8")
    with pytest.raises(KpiError, match=sentence) as raised:
        mapping.load(tmp_path / "m.toml")
    assert "\n" not in str(raised.value)


def test_a_mapping_file_by_name_and_its_mistakes_on_the_command_line(tmp_path):
    path, good = text_file(tmp_path / "o.csv", SHOP), tmp_path / "m.toml"
    good.write_text(GOOD, "utf-8")
    words = ["ingest", str(path), "--shop", "店", "--data", str(tmp_path / "data"), "--map", str(good)]
    assert CliRunner().invoke(cli, words).exit_code == 0
    good.write_text("table = 5", "utf-8")
    assert isinstance(CliRunner().invoke(cli, words).exception, KpiError)


def test_the_full_schema_of_layouts_works_too(desk, tmp_path):
    layouts = desk.folder / "layouts"
    layouts.mkdir(parents=True)
    (layouts / "own.toml").write_text(
        """
requires = ["day", "uv"]
key = ["shop_id", "day"]
[fields]
day = { kind = "day", required = true, names = ["日子"] }
uv = { kind = "integer", required = true, names = ["人次"], scale = { "人次" = 10 } }
[[outputs]]
table = "traffic"
columns = { shop_id = "shop_id", day = "day", visitors = "uv" }
""",
        "utf-8",
    )
    taken(desk, text_file(tmp_path / "t.csv", "日子,人次\n2026-11-01,5\n"))
    assert desk.query("SELECT visitors FROM traffic") == [(50,)]


def test_names_of_mapping_files():
    from pathlib import Path

    assert name_of(Path("订单 导出-20261101.csv")) == "订单_导出"
    assert name_of(Path("20261101.csv")) == "mapping"


def test_the_drop_folder_is_read_like_any_export(desk, tmp_path):
    """By mapping files too, with what disagrees kept, and its messages prepared."""
    home = desk.folder
    (home / "raw").mkdir(parents=True)
    chat = text_file(home / "raw" / "聊天.csv", [[*row, "店"] for row in CHAT])
    chat.write_text(chat.read_text("utf-8").replace("说了什么,店", "说了什么,店铺"), "utf-8")
    odd = [["shop_id", "day", "agent_id", "received_buyers", "answered_buyers"], ["店", "2026-11-01", "a", "5", "6"]]
    text_file(home / "raw" / "日报.csv", odd)
    for path in (home / "raw").iterdir():
        os.utime(path, (0, 0))
    write(chat, home, "zh")
    assert take_in(home) == []
    assert desk.query("SELECT count(*) FROM messages", "店") == [(6,)]
    assert [finding.key for finding in quality.kept(home)["店"]] == ["pair"]
    assert list(lines.home(desk.store, "店").glob("2026-*"))
