"""What real exports do to a reader, where no other test of the readers shows it already.

Elsewhere: encodings, tabs and blanks around ids, rates, money, blanks, sentinel dates (test_ingest_cells, _bad);
banners, two-line headers, totals among agents, column drift, bracket widths (_chitu, _agent_reports, _orders); one
order on many rows (_platform_orders); text with line breaks and protected workbooks (_bad).
"""

import datetime as dt

import pytest
from exports import Desk, text_file, workbook
from headers import TAOBAO_REFUNDS

from kpi_helpers.store import kinds
from kpi_helpers.store.convert import convert
from kpi_helpers.store.normalise import positioned
from kpi_helpers.store.plan import Field, Output, Plan

ORDERS = ["shop_id", "order_id", "created_at", "paid_at", "paid_amount"]
CHITU = ["旺旺昵称", "Date", "接待人数", "平均接待时长"]


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "data")


def moments(cells: list[str], form: str, scale: float = 1) -> list[str]:
    """Cells read as times of a source that writes them in its own way, in UTC."""
    import pyarrow as pa

    field = Field("created_at", "time", ((0, scale),), True, "time", "", form)
    output = Output("orders", {"shop_id": "'s'", "order_id": "row", "created_at": "created_at"})
    plan = Plan("test", (field,), ("created_at",), (output,))
    [found] = convert([positioned(pa.table({"t": cells}))], plan, "s", lambda _: "Asia/Shanghai", kinds.connect())
    return [f"{v:%Y-%m-%d %H:%M:%S}" for v in found.tables["orders"]["created_at"].to_pylist()]


def test_times_are_read_as_their_source_declares_them():
    assert moments(["21/02/2026 08:05", "01/02/2026 00:00"], "%d/%m/%Y %H:%M") == [
        "2026-02-21 00:05:00",
        "2026-01-31 16:00:00",
    ]
    assert moments(["26-Aug-23"], "%d-%b-%y") == ["2023-08-25 16:00:00"]
    seconds, written = ["1793495107"], ["2026-11-01 01:05:07"]
    assert moments(seconds, "epoch") == written
    assert moments(["1793495107250"], "epoch", 0.001) == written
    assert moments(["1793495107250123"], "epoch", 0.000001) == written


@pytest.mark.parametrize("status", ["退款成功", "退款成功 ", "退款成功（已退）", "退款成功(已退)"])
def test_status_words_of_both_widths(status, desk, tmp_path):
    cells = {
        "订单编号": "1",
        "退款编号": "2",
        "买家退款金额": "5",
        "退款状态": status,
        "退款完结时间": "2026-11-03 10:00:00",
    }
    table = [TAOBAO_REFUNDS, [cells.get(name, "") for name in TAOBAO_REFUNDS]]
    desk.take(text_file(tmp_path / "r.csv", table, "gb18030"), shop="店")
    assert desk.query("SELECT completed_at IS NOT NULL FROM refunds") == [(True,)]


def test_durations_that_excel_keeps_as_parts_of_a_day(desk, tmp_path):
    rows = [["花店:小美", dt.date(2026, 11, 1), 10, dt.timedelta(minutes=2, seconds=30)],
            ["花店:小丽", dt.date(2026, 11, 1), 10, dt.time(0, 2, 30)]]  # fmt: skip
    desk.take(workbook(tmp_path / "w.xlsx", 日=[CHITU, *rows]))
    facts = desk.facts()
    assert facts["花店:小美", "reception_seconds"] == facts["花店:小丽", "reception_seconds"] == 1500


def test_rows_that_cover_a_week_are_not_days(desk, tmp_path):
    weeks = [[f"花店:{n}", "02.05-02.11", "10", "60"] for n in range(6)]
    report = desk.take(text_file(tmp_path / "w.csv", [CHITU, *weeks]))
    assert report.status == 2
    assert report.files[0].error == "Date: rows cover periods such as '02.05-02.11', not days; export the report by day"
    one = desk.take(text_file(tmp_path / "d.csv", [CHITU, ["花店:a", "2026-11-01", "10", "60"], weeks[0]])).files[0]
    assert (one.used, one.reasons) == (1, {"Date is not a day": 1})


def test_one_row_that_covers_a_week(desk, tmp_path):
    [record] = desk.take(text_file(tmp_path / "w.csv", "日期,旺旺,接待人数\n02.05-02.11,店:a,350\n")).files
    assert "rows cover periods such as '02.05-02.11'" in record.error


def test_texts_that_were_encoded_twice_are_counted_and_kept(desk, tmp_path):
    header = ["shop_id", "buyer_id", "sender", "sent_at", "text"]
    texts = ["I donâ€™t", "ä½ å¥½", "café, señor, 你好 – “ok”", "Ça va"]
    rows = [["店", "b", "buyer", f"2026-11-01 10:00:0{n}", text] for n, text in enumerate(texts)]
    [record] = desk.take(text_file(tmp_path / "m.csv", [header, *rows])).files
    assert "text: 2 texts were encoded twice (donâ€™t), kept as they are" in record.notes
    assert {row[0] for row in desk.query("SELECT text FROM messages")} == set(texts)


def test_the_day_comes_from_the_cells_and_the_files_name_is_only_compared(desk, tmp_path):
    row = ["花店:小美", "2026-11-01", "10", "60"]
    [record] = desk.take(text_file(tmp_path / "客服_2026-11-05至2026-11-06.csv", [CHITU, row])).files
    assert (
        "the file's name says 2026-11-05 to 2026-11-06, its rows 2026-11-01 to 2026-11-01: the rows count"
        in record.notes
    )
    assert desk.query("SELECT DISTINCT day::VARCHAR FROM agent_daily") == [("2026-11-01",)]
    [record] = desk.take(text_file(tmp_path / "客服_20261101.csv", [CHITU, row])).files
    assert not [note for note in record.notes if note.startswith("the file's name says")]


def test_an_order_exported_again_has_its_newer_state(desk, tmp_path):
    first = ["店", "1", "2026-11-01 10:00:00", "", "5"]
    desk.take(text_file(tmp_path / "a.csv", [ORDERS, first]))
    desk.take(text_file(tmp_path / "b.csv", [ORDERS, [*first[:3], "2026-11-01 10:00:09", "6"]]))
    assert desk.query("SELECT paid_at IS NOT NULL, paid_amount::INT FROM orders") == [(True, 6)]
    assert [commit.number for commit in desk.store.commits()] == [1, 2]


def test_many_small_exports_with_overlapping_windows(desk, tmp_path):
    for day in range(1, 21):
        rows = [["店", str(n), f"2026-11-{n:02} 10:00:00", "", "5"] for n in range(day, day + 5)]
        text_file(tmp_path / f"orders_{day:02}.csv", [ORDERS, *rows])
    report = desk.take(*sorted(tmp_path.glob("*.csv")))
    assert (sum(r.used for r in report.files), report.commit) == (100, 1)
    assert desk.query("SELECT count(*) FROM orders") == [(24,)]
