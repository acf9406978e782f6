"""Agents' daily reports of every vendor: durations as text, minutes, totals among agents, and the facts they become."""

from dataclasses import dataclass, field

import pytest
from exports import Desk, names, text_file, workbook

DAY = "2026-11-01"


@dataclass
class Report:
    """A report with one agent whose row holds, one agent whose row contradicts itself, and totals."""

    layout: str
    header: list[str]
    row: list
    facts: dict[str, float]
    wrong: dict[str, object] = field(default_factory=dict)  # cells that make the row contradict itself
    reason: str = ""
    rule: str = ""
    banner: list[list] = field(default_factory=list)
    totals: tuple[str, ...] = ("汇总", "均值")


SYCM = Report(
    "sycm",
    names(
        "旺旺昵称,咨询人数,接待人数,未回复人数,有效接待人数,平均响应时长（秒),3分钟人工响应率,旺旺回复率,首次响应时长（秒),慢响应人数,答问比,旺旺分组,统计日期"
    ),
    ["花店:小美", "12", "10", "1", "9", "30.00", "95.00%", "90.00%", "6", "2", "1.50", "售前", DAY],
    {
        "consulted_buyers": 12,
        "received_buyers": 10,
        "answered_buyers": 9,
        "unanswered_buyers": 1,
        "slow_response_buyers": 2,
        "first_wait_seconds": 54,
        "chats_first_answered": 9,
        "response_wait_seconds": 270,
        "answered_rounds": 9,
        "printed:taobao_within_3min_rate": 0.95,
    },
    {"旺旺回复率": "50.00%"},
    "回复率 ≠ 1 − 未回复人数 ÷ 接待人数",
    "taobao",
    [["客服数据"], ["统计时间", f"{DAY}"], [""], ["数据信息"]],
    ("汇总值", "平均值"),
)
SYCM_SALES = Report(
    "sycm",
    names("旺旺昵称,客服销售额,成功退款金额,净销售额,客服销售人数,询单人数,下单人数,客服客单价,统计日期"),
    ["花店:小美", "￥1,099.50", "99.50", "1,000.00", "5", "8", "6", "219.90", DAY],
    {"sales": 1099.5, "paying_buyers": 5, "inquiring_buyers": 8, "inquiring_buyers_ordered": 6},
    {"净销售额": "1,099.50"},
    "净销售额 ≠ 客服销售额 − 成功退款金额",
    "taobao",
)
SYCM_SERVICE = Report(
    "sycm",
    names("旺旺账号名称,平均响应时长,人工接待会话量,3分钟人工响应率,满意评价量,旺旺评价量,统计日期"),
    ["花店:小美", "2分30秒", "20", "-", "3", "4", DAY],
    {"sessions": 20, "response_wait_seconds": 3000, "answered_rounds": 20, "ratings": 4},
    {"满意评价量": "9"},
    "满意评价量 is more than 旺旺评价量",
    "taobao",
)
JD = Report(
    "jd_agents",
    names(
        "客服,接待量,售前接待人数,促成下单人数,促成下单商品金额,平均响应时长（新）,平均响应时长,首次平均响应时间,30s应答率,客服3分钟人工回复率,好评量,评价量,日期"
    ),
    ["jd_小美", "10", "8", "4", "520.00", "20.5", "99", "12", "0.9", "1", "2", "3", DAY],
    {
        "received_buyers": 10,
        "inquiring_buyers": 8,
        "inquiring_buyers_ordered": 4,
        "sales": 520,
        "first_wait_seconds": 120,
        "chats_first_answered": 10,
        "response_wait_seconds": 205,
        "answered_rounds": 10,
        "printed:jd_first_response_within_30s_rate": 0.9,
        "printed:within_3min_rate": 1,
        "ratings": 3,
    },
    {"好评量": "4"},
    "好评量 is more than 评价量",
    "jd_promoted_order",
    [["整体数据"], [], ["统计周期：2026-11-01"]],
)
PDD = Report(
    "pdd_agents",
    names(
        "客服账号,咨询人数,询单人数,最终成团人数,询单流失人数,询单转化率,客服销售额（元）,去退销售额（元）,人工接待人数,需要人工回复的咨询人数,3分钟未回复人数,"
        "3分钟人工回复率(8-23点),平均人工响应时长（分钟）,30秒应答率(8-23点),评分≤3订单数,评分数,评分≤3率,纠纷退款数,投诉数,3分钟人工回复率(全天),"
        "30秒应答率(全天),客服服务分,日期"
    ),
    [
        "小美",
        12,
        8,
        2,
        6,
        "25.00%",
        "1,099.50",
        999,
        10,
        9,
        1,
        "88.89%",
        1.5,
        "80%",
        1,
        4,
        "25%",
        0,
        0,
        "70%",
        "60%",
        4.8,
        DAY,
    ],
    {
        "consulted_buyers": 12,
        "received_buyers": 10,
        "inquiring_buyers": 8,
        "inquiring_buyers_paid": 2,
        "response_wait_seconds": 900,
        "answered_rounds": 10,
        "printed:pdd_within_3min_rate": 0.8889,
        "sales": 1099.5,
    },
    {"询单流失人数": 5},
    "询单流失人数 ≠ 询单人数 − 最终成团人数",
    "pdd_inquiry_3_days",
)
FEIGE = Report(
    "feige_agents",
    names(
        "客服账号,客服昵称,客服在线天数,接待会话量,待回复会话量,已接待人数,转出会话量,有效评价数,有效好评数,有效差评数,全天不满意率,全天满意率,全天平响时长,全天首响时长,"
        "全天3分钟回复率,工作时间平响时长,工作时间3分钟回复率,询单人数,下单人数,支付人数,退款人数,客服询单支付额,退款金额,退款后销售额,询单转化率,日期"
    ),
    ["d1", "小美", 1, 12, 0, 10, 1, 4, 3, 1, "25%", "75%", "2分30秒", "11秒", "99.71%", "9秒", "100%", 8, 5, 4, 1,
     "400.00", "100.00", "300.00", "50.00%", DAY],
    {
        "received_buyers": 10,
        "sessions": 12,
        "first_wait_seconds": 110,
        "chats_first_answered": 10,
        "response_wait_seconds": 1500,
        "answered_rounds": 10,
        "printed:douyin_within_3min_rate": 0.9971,
        "inquiring_buyers": 8,
        "inquiring_buyers_ordered": 5,
        "inquiring_buyers_paid": 4,
        "sales": 400,
        "refunded_amount": 100,
        "ratings": 4,
    },
    {"退款后销售额": "400.00"},
    "退款后销售额 ≠ 客服询单支付额 − 退款金额",
    "douyin_inquiry_payment",
    totals=("店铺汇总值", "店铺平均值"),
)  # fmt: skip
FEIGE_OLD = Report(
    "feige_agents",
    names(
        "客服昵称,人工已接待会话量,人工已接待人数,3分钟人工回复率(会话),首次响应时长（秒）,新平均响应时长（秒）,客服销售额（元）,小休时长（时）,日期"
    ),
    ["小美", 12, 10, "90%", 11, 30, 400, 0.5, DAY],
    {
        "received_buyers": 10,
        "sessions": 12,
        "first_wait_seconds": 110,
        "chats_first_answered": 10,
        "response_wait_seconds": 300,
        "answered_rounds": 10,
        "printed:douyin_within_3min_rate": 0.9,
        "sales": 400,
    },
    {"人工已接待人数": 13},
    "已接待人数 is more than 接待会话量",
    "douyin_inquiry_payment",
    totals=("店铺汇总值", "店铺平均值"),
)
KUAISHOU = Report(
    "kuaishou_agents",
    names(
        "客服昵称,三分钟回复率（人维度）,三分钟回复率（会话）,不服务率,咨询人数,咨询人次,人工会话量,人工平均回复时长,好评率,差评率,IM不满意率（人维度）,询单人数,下单人数,支付人数,"
        "询单转化率,询单客单价,客服销售额,日期"
    ),
    ["小美", "95%", "96%", "1%", 12, 15, 14, "25秒", "90%", "1%", "2%", 8, 5, 4, "50%", "100.00", "400.00", DAY],
    {
        "consulted_buyers": 12,
        "sessions": 14,
        "response_wait_seconds": 350,
        "answered_rounds": 14,
        "printed:kuaishou_within_3min_rate": 0.95,
        "inquiring_buyers": 8,
        "inquiring_buyers_ordered": 5,
        "inquiring_buyers_paid": 4,
        "sales": 400,
    },
    {"询单客单价": "99.00"},
    "询单客单价 ≠ 客服销售额 ÷ 支付人数",
    "kuaishou",
)
REPORTS = [SYCM, SYCM_SALES, SYCM_SERVICE, JD, PDD, FEIGE, FEIGE_OLD, KUAISHOU]


@pytest.mark.parametrize("book", [True, False], ids=["xlsx", "gb18030"])
@pytest.mark.parametrize("report", REPORTS, ids=[f"{r.layout}-{len(r.header)}" for r in REPORTS])
def test_a_vendors_report(report: Report, book: bool, tmp_path):
    agent = report.header[0]
    wrong = [{agent: "花店:小丽", **report.wrong}.get(n, c) for n, c in zip(report.header, report.row, strict=True)]
    totals = [[name, *report.row[1:]] for name in report.totals]
    table = [*report.banner, report.header, report.row, wrong, *totals]
    desk = Desk(tmp_path / "data")
    path = workbook(tmp_path / "r.xlsx", 数据=table) if book else text_file(tmp_path / "r.csv", table, "gb18030")
    [record] = desk.take(path, shop="花店").files
    assert (record.layout, record.error) == (report.layout, "")
    assert record.reasons == {"a total or mean, not an agent": 2, report.reason: 1}
    assert not [note for note in record.notes if note.startswith("columns not used")]
    facts = {fact: value for (_, fact), value in desk.facts("花店").items()}
    assert facts == {name: pytest.approx(value) for name, value in report.facts.items()}
    assert desk.query("SELECT DISTINCT attribution_rule, day::VARCHAR FROM agent_daily") == [(report.rule, DAY)]


def test_a_vendors_minutes_and_seconds_are_told_by_the_columns_name_not_by_size(tmp_path):
    row = dict(zip(PDD.header, PDD.row, strict=True)) | {"平均人工响应时长（分钟）": "240"}
    desk = Desk(tmp_path / "data")
    desk.take(text_file(tmp_path / "p.csv", [PDD.header, list(row.values())]), shop="店")
    assert desk.facts()["小美", "response_wait_seconds"] == 240 * 60 * 10


@pytest.mark.parametrize("report", [SYCM, PDD, FEIGE], ids=lambda r: r.layout)
def test_not_settled_and_blank_cells_are_missing(report: Report, tmp_path):
    row = [report.row[0], *["延迟统计" if n == "询单人数" else "-" for n in report.header[1:-1]], DAY]
    row[report.header.index("接待人数" if report is SYCM else "咨询人数" if report is PDD else "已接待人数")] = "5"
    desk = Desk(tmp_path / "data")
    [record] = desk.take(text_file(tmp_path / "r.csv", [report.header, row]), shop="花店").files
    assert record.set_aside == 0
    assert 0 not in desk.facts("花店").values()
    assert ("询单人数" in report.header) == any(v is None for v in desk.facts("花店").values())
