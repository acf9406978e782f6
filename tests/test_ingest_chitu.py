"""赤兔 agents' reports: old and new wording, dirt included, turned into facts of agent-days."""

import pytest
from exports import Desk, names, text_file, workbook

WORKLOAD = names(
    "旺旺昵称,咨询人数,接待人数,直接接待人数,转入人数,转出人数,总消息,买家消息,客服消息"
    ",答问比,客服字数,最大同时接待,未回复人数,旺旺回复率,慢响应人数,长接待人数,首次响应"
    "(秒),平均响应(秒),平均接待(秒),平均接待时长(秒),Date"
)
MEI = [
    "花店:小美",
    12,
    10,
    8,
    2,
    1,
    300,
    120,
    180,
    1.5,
    2000,
    4,
    1,
    0.9,
    2,
    1,
    6,
    30,
    "2分30秒",
    "#VALUE!",
    "2026/11/1",
]
IDLE = ["花店:小丽", *[0] * 17, "0秒", "#VALUE!", "2026/11/1"]
SUMMARY = names("旺旺昵称,咨询人数,接待人数,询单人数,销售额,销售量,销售人数,订单数,Date")
DAILY = names(
    "日期,旺旺,接待人数,平均响应（秒）,回复率,询单->最终付款成功率,上班天数,评价发送率"
    ",客户满意比,很满意,满意,一般,不满意,很不满意"
)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "data")


def rows(*rows):
    return [[str(cell) for cell in row] for row in rows]


def test_workload_becomes_facts(desk, tmp_path):
    report = desk.take(workbook(tmp_path / "w.xlsx", 工作量=[WORKLOAD, MEI, IDLE]))
    [record] = report.files
    assert (record.layout, record.shops, record.used, record.set_aside) == ("chitu", ["花店"], 2, 0)
    facts = {fact: value for (agent, fact), value in desk.facts().items() if agent == "花店:小美"}
    assert facts == {
        "consulted_buyers": 12,
        "received_buyers": 10,
        "answered_buyers": 9,
        "unanswered_buyers": 1,
        "direct_received_buyers": 8,
        "transferred_in_buyers": 2,
        "transferred_out_buyers": 1,
        "buyer_messages": 120,
        "agent_messages": 180,
        "agent_characters": 2000,
        "peak_concurrent_chats": 4,
        "slow_response_buyers": 2,
        "long_reception_buyers": 1,
        "first_wait_seconds": 6 * 9,
        "chats_first_answered": 9,
        "response_wait_seconds": 30 * 9,
        "answered_rounds": 9,
        "reception_seconds": 150 * 10,
    }
    reweighted = desk.query("SELECT DISTINCT fact FROM agent_daily WHERE basis = 'reweighted' ORDER BY 1")
    expected = "answered_rounds chats_first_answered first_wait_seconds reception_seconds response_wait_seconds"
    assert [name for (name,) in reweighted] == expected.split()


def test_agents_who_did_not_work_count_with_zeros(desk, tmp_path):
    desk.take(workbook(tmp_path / "w.xlsx", 工作量=[WORKLOAD, MEI, IDLE]))
    assert desk.facts()["花店:小丽", "received_buyers"] == 0


def test_shifted_columns_are_set_aside(desk, tmp_path):
    drifted = list(MEI)
    drifted[6:] = [6, 4, *MEI[6:-3], "2026/11/2"]
    others = [[f"花店:{i}", *MEI[1:]] for i in range(9)]
    [record] = desk.take(text_file(tmp_path / "w.csv", rows(WORKLOAD, *others, drifted))).files
    assert (record.used, record.reasons) == (9, {"总消息 ≠ 买家消息 + 客服消息": 1})
    assert desk.rejected()[0]["cells"]["总消息"] == "6"


def test_a_file_that_is_drifted_all_through_is_refused(desk, tmp_path):
    drifted = [[f"花店:{i}", *MEI[1:6], 6, 4, *MEI[6:-3], "2026/11/2"] for i in range(6)]
    report = desk.take(text_file(tmp_path / "w.csv", rows(WORKLOAD, *drifted)))
    assert (report.status, report.commit) == (2, None)
    assert report.files[0].error.startswith("总消息 ≠ 买家消息 + 客服消息: in 6 of 6 rows")
    assert desk.store.shops() == []


def test_a_reply_rate_that_contradicts_its_parts(desk, tmp_path):
    wrong = [*MEI[:13], 0.2, *MEI[14:]]
    [record] = desk.take(text_file(tmp_path / "w.csv", rows(WORKLOAD, wrong, IDLE))).files
    assert record.reasons == {"回复率 ≠ 1 − 未回复人数 ÷ 接待人数": 1}


@pytest.mark.parametrize("cell", ["0.9", "90%", "90.0%", "90%%"])
def test_rates_however_they_are_typed(cell, desk, tmp_path):
    [record] = desk.take(text_file(tmp_path / "w.csv", rows(WORKLOAD, [*MEI[:13], cell, *MEI[14:]]))).files
    assert record.set_aside == 0


def test_rates_printed_as_percents_without_a_sign(desk, tmp_path):
    [record] = desk.take(text_file(tmp_path / "w.csv", rows(WORKLOAD, [*MEI[:13], "90.00", *MEI[14:]], IDLE))).files
    assert record.set_aside == 0
    assert "旺旺回复率: numbers without a % sign read as percents" in record.notes


def test_totals_are_not_agents(desk, tmp_path):
    table = rows(SUMMARY, ["花店:小美", 12, 10, 8, 99.5, 3, 2, 2, "2026/11/1"])
    table += rows(*[[name, 12, 10, 8, 99.5, 3, 2, 2, "2026/11/1"] for name in ("汇总", "均值", "合计", " 总计 ")])
    [record] = desk.take(text_file(tmp_path / "s.csv", table)).files
    assert (record.used, record.reasons) == (1, {"a total or mean, not an agent": 4})


def test_rows_pasted_twice(desk, tmp_path):
    one = ["花店:小美", 12, 10, 8, 99.5, 3, 2, 2, "2026/11/1"]
    [record] = desk.take(text_file(tmp_path / "s.csv", rows(SUMMARY, one, one))).files
    assert (record.used, record.reasons) == (1, {"same row again": 1})
    assert desk.query("SELECT sum(value) FROM agent_daily WHERE fact = 'sales'") == [(99.5,)]


def test_what_is_not_settled_is_missing_never_zero(desk, tmp_path):
    day = ["2026-11-01", "花店:小美", 5, 44, 1, "延迟统计", 1, 0, "", "延迟统计", 0, 0, 0, 0]
    [record] = desk.take(workbook(tmp_path / "d.xlsx", 日=[DAILY, day])).files
    facts = desk.facts()
    assert record.set_aside == 0
    assert "询单->最终付款成功率: 1 cells not settled yet, kept as missing" in record.notes
    assert facts["花店:小美", "printed:inquiry_to_final_payment_rate"] is None
    assert (facts["花店:小美", "ratings"], facts["花店:小美", "rating_score"]) == (None, None)
    assert (facts["花店:小美", "response_wait_seconds"], facts["花店:小美", "answered_buyers"]) == (220, 5)


def test_ratings_are_counted_and_scored(desk, tmp_path):
    day = ["2026-11-01", "花店:小美", 5, 44, 1, "6,25%", 1, 0, "100%%", 3, 1, 0, 0, 1]
    desk.take(workbook(tmp_path / "d.xlsx", 日=[DAILY, day]))
    facts = desk.facts()
    assert (facts["花店:小美", "ratings"], facts["花店:小美", "rating_score"]) == (5, 3 * 5 + 4 + 1)
    assert facts["花店:小美", "printed:inquiry_to_final_payment_rate"] == 0.0625


NEW = names(
    "客服昵称,聊天人数,接待人数,直接接入人数,转发接入人数,总消息数,买家消息数,客服消息数,未回复人"
    "数,回复率,首次响应(秒),平均响应(秒),平均接待时长,询单人数,销售额,销售量,销售人数,销售订"
    "单数,询单->最终付款转化率"
)


def new_row(name="花店:小美"):
    return [
        name,
        "12",
        "10",
        "8",
        "2",
        "300",
        "120",
        "180",
        "1",
        "90.00%",
        "6",
        "30",
        "2分30秒",
        "8",
        "￥1,099.50",
        "3",
        "2",
        "2",
        "25.00%",
    ]


def test_new_wording_of_2026(desk, tmp_path):
    table = [["自定义报表"], ["统计时间：2026-11-01"], NEW, new_row(), new_row("汇总")]
    [record] = desk.take(workbook(tmp_path / "自定义报表_客服_下单优先判定.xlsx", 数据=table)).files
    facts = desk.facts()
    assert (record.used, record.reasons) == (1, {"a total or mean, not an agent": 1})
    assert "day 2026-11-01 taken from the rows above the table" in record.notes
    assert facts["花店:小美", "sales"] == 1099.5
    assert facts["花店:小美", "inquiring_buyers_paid"] == 2
    assert desk.query("SELECT DISTINCT attribution_rule FROM agent_daily") == [("order_first",)]


def test_the_day_may_stand_in_the_files_name(desk, tmp_path):
    table = [NEW, new_row()]
    desk.take(workbook(tmp_path / "自定义报表_客服_付款判定_2026-11-02至2026-11-02.xlsx", 数据=table))
    assert desk.query("SELECT DISTINCT day::VARCHAR, attribution_rule FROM agent_daily") == [("2026-11-02", "payment")]


def test_rows_that_cover_several_days_are_refused(desk, tmp_path):
    table = [NEW, new_row()]
    week = desk.take(workbook(tmp_path / "报表_20261102至20261108.xlsx", 数据=table))
    assert "each row covers 2026-11-02 to 2026-11-08" in week.files[0].error
    nothing = desk.take(workbook(tmp_path / "报表.xlsx", 数据=table))
    assert "no column for the day" in nothing.files[0].error


def test_columns_in_another_order_and_fewer_of_them(desk, tmp_path):
    table = [["Date", "未回复人数", "旺旺昵称", "接待人数"], ["2026-11-01", "2", "花店:小美", "5"]]
    desk.take(text_file(tmp_path / "x.csv", table, "gb18030"))
    assert desk.facts() == {
        ("花店:小美", "received_buyers"): 5,
        ("花店:小美", "answered_buyers"): 3,
        ("花店:小美", "unanswered_buyers"): 2,
    }


def test_the_shop_is_asked_for_when_nicknames_do_not_name_one(desk, tmp_path):
    table = [
        ["Date", "旺旺昵称", "接待人数", "销售额"],
        ["2026-11-01", "小美", "5", "1"],
        ["2026-11-01", "花店:小丽", "5", "1"],
    ]
    path = text_file(tmp_path / "x.csv", table)
    assert "--shop NAME" in desk.take(path).files[0].error
    desk.take(path, shop="花店")
    assert desk.store.shops() == ["花店"]


def test_two_reports_of_one_day_stand_beside_each_other(desk, tmp_path):
    desk.take(workbook(tmp_path / "w.xlsx", 工作量=[WORKLOAD, MEI]))
    desk.take(workbook(tmp_path / "s.xlsx", 汇总=[SUMMARY, ["花店:小美", 12, 11, 8, 99.5, 3, 2, 2, "2026/11/1"]]))
    received = "SELECT report, value FROM agent_daily WHERE fact = 'received_buyers' ORDER BY 1"
    assert desk.query(received) == [("chitu_summary", 11.0), ("chitu_workload", 10.0)]


def test_columns_nobody_reads_are_named(desk, tmp_path):
    table = [["Date", "旺旺昵称", "接待人数", "咖啡杯数"], ["2026-11-01", "花店:小美", "5", "3"]]
    [record] = desk.take(text_file(tmp_path / "x.csv", table)).files
    assert record.notes == ["columns not used: 咖啡杯数"]
