"""Ingest: canonical files of every kind in, one commit out, every row accounted for."""

import json
from contextlib import contextmanager

import pandas as pd
import pytest
from click.testing import CliRunner
from exports import Desk, text_file, workbook

from kpi_helpers.cli import cli
from kpi_helpers.output import commits, write
from kpi_helpers.sources.files import walk
from kpi_helpers.sources.intake import ingest
from kpi_helpers.sources.summary import render

HEADER = ["shop_id", "message_id", "buyer_id", "agent_id", "sender", "sent_at", "text"]
LINES = [
    ["店", "1", "b", "", "buyer", "2026-11-01 23:59:59", "在吗"],
    ["店", "2", "b", "a", "agent", "2026-11-02 00:00:04", "在的, 亲"],
]


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "data")


def frame(rows=LINES):
    return pd.DataFrame(rows, columns=HEADER)


@pytest.mark.parametrize("kind", ["csv", "gb18030", "bom", "tab", "parquet", "xlsx"])
def test_canonical_messages_from_any_kind_of_file(kind, desk, tmp_path):
    path = tmp_path / f"m.{kind}"
    {
        "csv": lambda: frame().to_csv(path, index=False),
        "gb18030": lambda: frame().to_csv(path, index=False, encoding="gb18030"),
        "bom": lambda: frame().to_csv(path, index=False, encoding="utf-8-sig"),
        "tab": lambda: frame().to_csv(path, index=False, sep="\t"),
        "parquet": lambda: frame().to_parquet(path),
        "xlsx": lambda: frame().to_excel(path, index=False),
    }[kind]()
    report = desk.take(path)
    assert [(r.layout, r.read, r.used, r.set_aside, r.error) for r in report.files] == [("messages", 2, 2, 0, "")]
    assert desk.query("SELECT agent_id, sender, sent_at::VARCHAR, text FROM messages ORDER BY row_order") == [
        (None, "buyer", "2026-11-01 23:59:59+08", "在吗"),
        ("a", "agent", "2026-11-02 00:00:04+08", "在的, 亲"),
    ]


def test_typed_parquet_keeps_its_types(desk, tmp_path):
    table = frame()
    table["sent_at"] = pd.to_datetime(table["sent_at"]).dt.tz_localize("Asia/Tokyo")
    table["sender"] = table["sender"].astype("category")
    table.to_parquet(tmp_path / "m.parquet")
    desk.take(tmp_path / "m.parquet")
    assert desk.query("SELECT min(sent_at)::VARCHAR FROM messages") == [("2026-11-01 22:59:59+08",)]


def test_every_canonical_table_is_recognised(desk, tmp_path):
    files = {
        "orders": "shop_id,order_id,created_at,paid_amount\n店,1,2026-11-01 10:00:00,5\n",
        "order_lines": "shop_id,order_id,line_id,item_id,quantity,paid_amount\n店,1,1,i,2,5\n",
        "refunds": "shop_id,refund_id,order_id,applied_at,amount\n店,r,1,2026-11-01 10:00:00,5\n",
        "ratings": "shop_id,buyer_id,agent_id,rated_at,score\n店,b,a,2026-11-01 10:00:00,5\n",
        "agents": "agent_id,name,team\na,小明,一组\n",
        "shifts": "agent_id,start_at,end_at\na,2026-11-01 09:00:00,2026-11-01 17:00:00\n",
        "reminders": "shop_id,order_id,agent_id,script,sent_at\n店,1,a,催付一,2026-11-01 10:00:00\n",
        "traffic": "shop_id,day,visitors\n店,2026-11-01,100\n",
        "agent_daily": "shop_id,day,agent_id,received_buyers,sales\n店,2026-11-01,a,3,5.5\n",
    }
    for name, text in files.items():
        text_file(tmp_path / f"{len(name)}_{name}.csv", text)
    report = desk.take(tmp_path)
    assert {r.layout: (r.read, r.used) for r in report.files} == {name: (1, 1) for name in files}
    assert report.commit == 1
    assert set(desk.store.tables("店")) == set(files)
    assert desk.facts() == {("a", "received_buyers"): 3.0, ("a", "sales"): 5.5}


def test_recognition_goes_by_columns_not_by_order_or_file_name(desk, tmp_path):
    path = text_file(tmp_path / "orders.csv", [[c.upper() for c in reversed(HEADER)], [*reversed(LINES[0])]])
    assert desk.take(path).files[0].layout == "messages"


def test_what_is_set_aside_is_kept_as_it_came(desk, tmp_path):
    bad = ["店", "3", "b", "a", "robot", "2026-11-01 10:00:00", " 你好 "]
    report = desk.take(text_file(tmp_path / "m.csv", [HEADER, LINES[0], bad]))
    [record] = report.files
    assert (record.read, record.used, record.set_aside) == (2, 1, 1)
    [kept] = desk.rejected()
    assert (kept["file"], kept["row"]) == ("m.csv", 3)
    assert kept["reason"] == "sender is none of buyer, agent, assist, bot, system, note"
    assert kept["cells"] == dict(zip(HEADER, bad, strict=True))


def test_reading_again_changes_nothing(desk, tmp_path):
    path = text_file(tmp_path / "m.csv", [HEADER, *LINES, ["店", "", "", "", "x", "y", ""]])
    assert desk.take(path).commit == 1
    before = desk.store.fingerprint("店")
    again = desk.take(path)
    assert (again.commit, again.status, again.files[0].used) == (None, 0, 2)
    assert desk.store.fingerprint("店") == before


def test_rows_twice_in_one_file(desk, tmp_path):
    newer = ["店", "2", "b", "a", "agent", "2026-11-02 00:00:04", "改过"]
    report = desk.take(
        text_file(tmp_path / "m.csv", [HEADER, *[[*r[:6], "在的"] for r in LINES], [*LINES[0][:6], "在的"], newer])
    )
    assert report.files[0].reasons == {"same row again": 1, "replaced by a later row with the same key": 1}
    assert desk.query("SELECT text FROM messages WHERE message_id = '2'") == [("改过",)]


def test_several_shops_in_one_file(desk, tmp_path):
    desk.take(text_file(tmp_path / "m.csv", [HEADER, LINES[0], ["店二", *LINES[0][1:]]]))
    assert desk.store.shops() == ["店", "店二"]
    assert desk.query("SELECT count(*) FROM messages", "店二") == [(1,)]


def test_each_shop_has_its_own_time_zone(tmp_path):
    from kpi_helpers.sources import ingest

    zones = {"店": "Asia/Shanghai", "Boston": "America/New_York"}
    path = text_file(tmp_path / "m.csv", [HEADER, LINES[0], ["Boston", *LINES[0][1:]]])
    ingest([path], tmp_path, None, zones.get)
    desk = Desk(tmp_path)
    assert desk.query("SELECT sent_at::VARCHAR FROM messages", "Boston") == [("2026-11-02 12:59:59+08",)]
    assert desk.query("SELECT sent_at::VARCHAR FROM messages", "店") == [("2026-11-01 23:59:59+08",)]


def test_shop_option_only_where_the_file_does_not_say(desk, tmp_path):
    path = text_file(tmp_path / "m.csv", [HEADER[1:], LINES[0][1:]])
    refused = desk.take(path)
    assert (refused.status, "--shop" in refused.files[0].error) == (2, True)
    desk.take(path, shop="新店")
    assert desk.store.shops() == ["新店"]
    desk.take(text_file(tmp_path / "n.csv", [HEADER, LINES[0]]), shop="新店")
    assert desk.store.shops() == ["店", "新店"]


def test_a_folder_is_walked_and_says_what_it_skips(desk, tmp_path):
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    text_file(folder / "sub" / "m.csv", [HEADER, *LINES])
    text_file(folder / "notes.md", "hello")
    text_file(folder / "~$m.xlsx", "x")
    (folder / "link.csv").symlink_to(folder / "sub" / "m.csv")
    report = desk.take(folder)
    assert {r.name: r.skipped for r in report.files} == {
        "link.csv": "a symbolic link, not followed",
        "notes.md": "not a data file",
        "sub/m.csv": "",
        "~$m.xlsx": "a hidden or temporary file",
    }
    assert report.status == 0
    assert "skipped 3" in render(report)


def test_a_folder_is_read_as_people_number_files(tmp_path):
    """The row read last wins: by letters, 9月 would come after 10月 and an order be unpaid again."""
    names = ["订单.csv", "订单 (1).csv", "订单 (2).csv", "订单 (10).csv", "9月/a.csv", "10月/a.csv"]
    for name in reversed(names):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        text_file(tmp_path / name, "x")
    assert [found.shown for found in walk([tmp_path])] == names


def test_one_bad_file_does_not_stop_the_others(desk, tmp_path):
    good = text_file(tmp_path / "a.csv", [HEADER, *LINES])
    bad = text_file(tmp_path / "b.csv", "foo,bar\n1,2\n")
    report = desk.take(good, bad)
    assert (report.status, [r.name for r in report.refused]) == (0, ["b.csv"])
    assert desk.query("SELECT count(*) FROM messages") == [(2,)]


def test_several_sheets_of_one_workbook(desk, tmp_path):
    path = workbook(
        tmp_path / "all.xlsx",
        聊天=[HEADER, *LINES],
        说明=[["how to read this"]],
        名单=[["agent_id", "name"], ["a", "小明"]],
    )
    report = desk.take(path)
    assert [(r.name, r.layout, r.used) for r in report.files] == [
        ("all.xlsx [聊天]", "messages", 2),
        ("all.xlsx [名单]", "agents", 1),
    ]


def test_long_agent_daily_is_taken_too(desk, tmp_path):
    rows = [
        ["shop_id", "day", "agent_id", "report", "fact", "value", "basis"],
        ["店", "2026-11-01", "a", "x", "sales", "5", "exact"],
    ]
    desk.take(text_file(tmp_path / "d.csv", rows))
    assert desk.facts() == {("a", "sales"): 5.0}


def test_unknown_files_name_their_columns_and_the_nearest_layouts(desk, tmp_path):
    report = desk.take(text_file(tmp_path / "x.csv", "order_id,created_at,foo\n1,2026-11-01,3\n"))
    [record] = report.files
    assert "kpi map" in render(report, "zh", 160) and "kpi map" not in render(desk.take(tmp_path / "nothing.csv"), "zh")
    assert record.error.startswith("not recognised; its columns are: order_id, created_at, foo; nearest: orders")
    assert "lacks paid_amount" in record.error


def test_history_keeps_what_was_ingested(desk, tmp_path):
    desk.take(text_file(tmp_path / "m.csv", [HEADER, *LINES]))
    [commit] = desk.store.commits()
    assert [(f["name"], f["layout"], f["used"]) for f in commit.files] == [("m.csv", "messages", 2)]
    assert json.loads((desk.folder / "store" / "commits" / "000001.json").read_text())["kind"] == "ingest"


def test_names_in_brackets_and_long_lists_in_the_history(desk, tmp_path, capsys):
    files = [text_file(tmp_path / f"[chats] :smile: {n}.csv", [HEADER, *LINES]) for n in range(9)]
    desk.take(*files)
    write([commits(desk.store.commits(), 2)], "table")
    shown = capsys.readouterr().out
    assert "[chats] :smile: 0.csv (" in shown and "1.csv" in shown and "2.csv" not in shown and "… 9" in shown
    assert "8.csv" in commits(desk.store.commits())["files"][0]


def test_progress_is_counted_in_bytes(desk, tmp_path):
    told = []

    @contextmanager
    def progress(total):
        told.append(total)
        yield lambda name, size: told.append((name, size))

    files = [text_file(tmp_path / f"{n}.csv", [HEADER, *LINES[:n]]) for n in (1, 2)]
    ingest([*files, tmp_path / "gone.csv"], desk.folder, progress=progress)
    sizes = [path.stat().st_size for path in files]
    assert told == [sum(sizes), ("1.csv", sizes[0]), ("2.csv", sizes[1]), ("gone.csv", 0)]


def test_the_summary_shows_three_numbers_and_why(desk, tmp_path):
    report = desk.take(text_file(tmp_path / "m[1].csv", [HEADER, *LINES, ["店", "3", "", "", "x", "y", ""]]))
    text = render(report, width=160)
    assert "m[1].csv" in text and "no buyer_id: 1" in text and "stored as commit 1" in text
    assert "搁置行" in render(report, "zh", 160)


def test_undo_speaks_chinese_unless_told_otherwise(desk, tmp_path, monkeypatch):
    desk.take(text_file(tmp_path / "m.csv", [HEADER, *LINES]))
    monkeypatch.setenv("KPI_LANG", "zh")
    assert "已撤销上一次导入" in CliRunner().invoke(cli, ["undo", "--data", str(desk.folder)]).output
