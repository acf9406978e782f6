"""How cells are read, whatever they look like: ids, money, durations, rates, times, blanks."""

import pandas as pd
import pyarrow as pa
import pytest

from kpi_helpers.errors import KpiError
from kpi_helpers.store import kinds, normalise
from kpi_helpers.store.plan import Plan
from kpi_helpers.store.work import together


def read(kind: str, *cells: str | None, scale: float = 1, zone: str = "Asia/Shanghai") -> list:
    """Values of cells of one kind; 'unreadable' where the reader says so."""
    how = kinds.reading(kind, "c0", pa.string(), f"'{zone}'", scale)
    names = {step: step for step in "thv"}
    with kinds.connect() as con:
        raw = together([pa.table({"c0": pa.array(cells, pa.string())})], Plan("", (), (), ()))
        con.register("raw", raw)
        sql = f"SELECT {how.text} AS t FROM raw"
        sql = f"SELECT *, {how.half.format(**names)} AS h FROM ({sql})"
        sql = f"SELECT *, {how.value.format(**names)} AS v FROM ({sql})"
        value, bad = how.final.format(**names), how.bad.format(**names)
        rows = con.sql(f"SELECT ({value})::VARCHAR, {bad} FROM ({sql})").fetchall()
    return ["unreadable" if bad else value for value, bad in rows]


def test_ids_lose_what_spreadsheets_put_around_them():
    cells = ('="489012345678901234"', "'10001", "\t6920\t", "1\t", "\u3000７号\u00a0", " x y ", "", None)
    assert read("id", *cells) == ["489012345678901234", "10001", "6920", "1", "７号", "x y", None, None]


@pytest.mark.parametrize("cell", ["4.89012E+17", "4.89012345678901e+17", "5E+3"])
def test_ids_that_became_numbers_are_not_ids(cell):
    assert read("id", cell) == ["unreadable"]


def test_money():
    cells = ("￥1,681.35", "¥28.00\t", "1,234.00", "２８．５", "-3", "12元", "1e2", "", "-", "#DIV/0!", "无退款申请")
    values = ["1681.3500", "28.0000", "1234.0000", "28.5000", "-3.0000", "12.0000", "100.0000", *[None] * 4]
    assert read("money", *cells) == values
    assert read("money", "12,5", "1,23,456", "abc", "买家") == ["unreadable"] * 4


def test_whole_numbers():
    assert read("integer", "83", "83.0", "1,024", "—") == ["83", "83", "1024", None]
    assert read("integer", "1.5") == ["unreadable"]


def test_numbers_that_are_none():
    assert read("number", "延迟统计", "--", "#VALUE!", "nan", "N/A") == [None] * 5
    assert read("number", "inf", "12小时") == ["unreadable"] * 2


def test_durations_in_every_form():
    cells = ("16分3秒", "5分", "0秒", "7小时41分52秒", "39.3", "00:16:03", "2分30秒", "1天2小时", "")
    values = ["963.0", "300.0", "0.0", "27712.0", "39.3", "963.0", "150.0", "93600.0", None]
    assert read("duration", *cells) == values
    assert read("duration", "1.5", "90秒", scale=60) == ["90.0", "90.0"]
    assert read("duration", "很久") == ["unreadable"]


def test_hand_typed_rates():
    assert read("rate", "100%%", "6,25%", "99.71%", "0.9971", "100 %") == ["1.0", "0.0625", "0.9971", "0.9971", "1.0"]
    assert read("rate", "99.71", "0.5%", scale=100) == ["0.9971", "0.005"]


def test_times_in_every_form():
    cells = (
        "2026-02-21 00:00:00",
        "2026/2/21 0:00",
        "2026-02-21T00:00:00.999",
        "2026年2月21日 00:00:00",
        "20260221000000",
        "46074",
        "2026-02-20 16:00:00Z",
        "2026-02-20 11:00:00 -0500",
        "2026-02-20T17:00:00+01:00",
        "２０２６－０２－２１ ００：００：００",
    )
    assert read("time", *cells) == ["2026-02-20 16:00:00+00"] * len(cells)


def test_summer_time_is_looked_up_where_there_is_one():
    assert read("time", "1991-07-01 12:00:00", "1992-07-01 12:00:00") == [
        "1991-07-01 03:00:00+00",
        "1992-07-01 04:00:00+00",
    ]
    assert read("time", "2026-02-21 12:00:00", "2026-07-01 12:00:00", zone="America/New_York") == [
        "2026-02-21 17:00:00+00",
        "2026-07-01 16:00:00+00",
    ]


def test_the_hour_that_clocks_show_twice_is_the_first_one():
    clock = ["2026-11-01 00:59:59", "2026-11-01 01:30:00", "2026/11/01 1:30", "2026-11-01 02:00:00"]
    assert read("time", *clock, "2026-11-01T01:30:00-05:00", zone="America/New_York") == [
        "2026-11-01 04:59:59+00",
        "2026-11-01 05:30:00+00",
        "2026-11-01 05:30:00+00",
        "2026-11-01 07:00:00+00",
        "2026-11-01 06:30:00+00",
    ]
    put_forward = ["2026-03-08 01:59:59", "2026-03-08 02:30:00", "2026-03-08 03:30:00"]
    assert read("time", *put_forward, zone="America/New_York") == [
        "2026-03-08 06:59:59+00",
        "2026-03-08 07:30:00+00",
        "2026-03-08 07:30:00+00",
    ]


def test_times_that_mean_never():
    assert read("time", "0001-01-01 00:00:00", "1970-01-01 08:00:00", "", "-") == [None] * 4
    assert read("time", "9999-12-31 23:59:59") == read("day", "9999-12-31") == read("day", "0001-01-01") == [None]
    assert read("time", "20026-11-01 10:00:00", "2206-11-01 10:00:00", "infinity") == ["unreadable"] * 3
    assert read("day", "20026-11-01", "2206-11-01") == ["unreadable"] * 2
    assert read("time", "26-Aug-23", "02/21/2026", "昨天", "2026-13-01 00:00:00") == ["unreadable"] * 4


def test_days():
    cells = ("2026-02-21", "2026/2/21", "20260221", "2026-02-21 23:59:59", "46074", "2026年2月21日")
    assert read("day", *cells) == ["2026-02-21"] * 6
    assert read("day", "02.05-02.11") == ["unreadable"]


def test_yes_and_no():
    assert read("flag", "1", "否", "TRUE", "", "0") == ["true", "false", "true", None, "false"]


def orders(**columns):
    return pd.DataFrame({"order_id": ["1"], "created_at": ["2026-11-01 10:00:00"], "paid_amount": ["1"], **columns})


def test_text_of_messages_is_kept_verbatim():
    frame = pd.DataFrame(
        {"buyer_id": [" b "], "sender": ["Buyer"], "sent_at": ["2026-11-01 10:00:00"], "text": [' "hi"\n\t ']}
    )
    typed, _ = normalise("messages", frame, shop="s")
    assert typed.select(["buyer_id", "sender", "text"]).to_pylist() == [
        {"buyer_id": "b", "sender": "buyer", "text": ' "hi"\n\t '}
    ]


def test_frames_with_types_of_their_own():
    frame = orders(order_id=[10001.0], item_count=[2], paid_at=[pd.Timestamp("2026-11-01 10:00:05.9")])
    typed, rejected = normalise("orders", frame, shop="s")
    row = typed.to_pylist()[0]
    assert (row["order_id"], row["item_count"], len(rejected)) == ("10001", 2, 0)
    assert row["paid_at"].isoformat() == "2026-11-01T02:00:05+00:00"


def test_unpaid_orders_need_no_amount_but_paid_ones_do():
    frame = pd.concat(
        [orders(paid_amount=[""]), orders(order_id=["2"], paid_amount=[""], paid_at=["2026-11-01 10:01:00"])]
    )
    typed, rejected = normalise("orders", frame, shop="s")
    assert [row["paid_amount"] for row in typed.to_pylist()] == [None]
    assert rejected[["row", "reason"]].to_dict("list") == {"row": [2], "reason": ["paid order without paid_amount"]}


def test_another_time_zone():
    typed, _ = normalise("orders", orders(), timezone="America/New_York", shop="s")
    assert typed["created_at"].to_pylist()[0].isoformat() == "2026-11-01T15:00:00+00:00"


def test_missing_columns_are_named():
    with pytest.raises(KpiError, match="orders needs the columns order_id, paid_amount"):
        normalise("orders", pd.DataFrame({"created_at": ["2026-11-01"]}), shop="s")
    with pytest.raises(KpiError, match="unknown table 'order'; did you mean orders"):
        normalise("order", orders(), shop="s")


def test_a_column_that_holds_something_else_stops_the_file():
    frame = pd.concat([orders(order_id=[str(i)], created_at=["下单时间"]) for i in range(6)])
    with pytest.raises(KpiError, match=r"created_at: 6 of 6 cells are not a time, such as '下单时间'"):
        normalise("orders", frame, shop="s")


def test_every_row_is_used_or_set_aside():
    frame = pd.concat(
        [
            orders(),
            orders(order_id=[""]),
            orders(created_at=["?"]),
            orders(order_id=["b"], paid_amount=["-1"]),
            orders(),
        ]
    )
    typed, rejected = normalise("orders", frame, shop="s")
    assert len(typed) + len(rejected) == 5
    assert sorted(rejected["reason"]) == [
        "created_at is not a time",
        "no order_id",
        "same row again",
    ]


def test_a_refunds_own_reason_is_not_taken_for_one_to_set_it_aside():
    frame = pd.DataFrame({"shop_id": "s", "refund_id": ["1", "2"], "order_id": ["o1", "o2"], "amount": ["5", "x"],
                          "applied_at": "2026-11-01 10:00:00", "reason": ["不想要了", "发错货"]})  # fmt: skip
    typed, rejected = normalise("refunds", frame)
    assert typed.column("reason").to_pylist() == ["不想要了"]
    assert rejected["refunds_reason"].tolist() == ["发错货"]
    assert rejected["reason"].tolist() == ["amount is not a sum of money"]
