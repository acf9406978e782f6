"""What the data say about themselves: findings kept with the commit, and the page that shows them."""

import re

import pytest
from click.testing import CliRunner
from exports import Desk, text_file

from kpi_helpers import open_desk
from kpi_helpers.charts.html import words
from kpi_helpers.cli import cli
from kpi_helpers.quality import kept, told
from kpi_helpers.quality.review import _rules, review
from kpi_helpers.study import Study

ORDERS = """shop_id,order_id,buyer_id,created_at,paid_at,paid_amount,postage
店,o1,b1,2026-11-02 10:00:00,2026-11-02 09:00:00,5,0
店,o2,b1,2026-11-03 10:00:00,,7,0
店,o3,b2,2026-11-04 10:00:00,2026-11-04 10:00:09,5,0
店,o4,b2,2026-11-04 11:00:00,2026-11-04 11:00:09,13,8
店,o5,b2,2026-11-07 11:00:00,2026-11-07 11:00:09,13,8
"""
REFUNDS = """shop_id,refund_id,order_id,applied_at,completed_at,amount
店,r1,o3,2026-11-04 12:00:00,2026-11-04 13:00:00,9
店,r2,gone,2026-11-05 10:00:00,2026-11-05 11:00:00,9
"""
LINES = """shop_id,order_id,line_id,item_id,quantity,paid_amount
店,o3,1,i,1,2
店,o4,1,i,1,5
店,o5,1,i,1,13
"""
DAYS = """shop_id,day,agent_id,received_buyers,answered_buyers,orders_paid,paying_buyers
店,2026-11-02,a,5,6,1,2
店,2026-11-03,a,5,5,1,1
店,2026-11-06,a,5,5,1,1
"""
PRINTED = "旺旺昵称,日期,接待人数,{more}\n店:a,2026-11-02,{n},1\n店:a,2026-11-03,4,1\n"
EXPECTED = {
    ("pair", "answered_buyers", "received_buyers"): 1,
    ("pair", "paying_buyers", "orders_paid"): 1,
    ("reports_disagree", "", ""): 1,
    ("paid_before_created", "", ""): 1,
    ("amount_not_paid", "", ""): 1,
    ("refunded_more_than_paid", "", ""): 1,
    ("refund_without_order", "", ""): 1,
    ("lines_disagree", "", ""): 1,
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    for name, text in {"orders": ORDERS, "refunds": REFUNDS, "lines": LINES, "days": DAYS}.items():
        text_file(folder / f"{name}.csv", text)
    text_file(folder / "w.csv", PRINTED.format(more="买家消息", n=5))
    text_file(folder / "s.csv", PRINTED.format(more="销售额", n=9))
    done = CliRunner().invoke(cli, ["ingest", str(folder), "--shop", "店", "--data", str(folder / "data")])
    assert done.exit_code == 0, done.output
    return folder / "data"


def test_every_kind_of_finding_is_found_once_and_kept(home):
    [found] = kept(home).values()
    assert {(one.key, one.small, one.large): one.n for one in found} == EXPECTED


def test_status_tells_them(home):
    said = CliRunner().invoke(cli, ["coverage", "--data", str(home), "--lang", "zh"]).output
    assert "日报里「已回复人数」多于「接待人数」：1 人天（2026-11-02）" in said and "例如 o1" in said


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_finding_has_its_sentence(home, lang):
    [found] = kept(home).values()
    for one in found:
        assert "{" not in told(one, lang) and bool(re.search("[一-鿿]", told(one, lang))) == (lang == "zh")
    for key, rule in _rules().items():
        if key not in ("pairs", "words"):
            assert set(re.findall(r"{(\w+)}", rule["zh"])) == set(re.findall(r"{(\w+)}", rule["en"])), key


def test_only_days_asked_for(home):
    desk = open_desk(data_dir=home)
    start = desk.coverage.spans["orders"][0]
    found = review((desk.con, desk.coverage.spans), start + 1, start + 2)
    assert [(one.key, one.example) for one in found] == [("amount_not_paid", "o2")]


def test_orders_and_chats_that_name_buyers_differently(tmp_path):
    chats = [f"店,{n},c{n},a,buyer,2026-11-02 10:00:00" for n in range(40)]
    orders = [f"店,{n},b{n},2026-11-02 10:00:00,5" for n in range(40)]
    text_file(tmp_path / "m.csv", "\n".join(["shop_id,message_id,buyer_id,agent_id,sender,sent_at", *chats]))
    text_file(tmp_path / "o.csv", "\n".join(["shop_id,order_id,buyer_id,created_at,paid_amount", *orders]))
    Desk(tmp_path / "data").take(tmp_path / "m.csv", tmp_path / "o.csv")
    assert "买家账号可能不是同一种写法" in Study(open_desk(data_dir=tmp_path / "data"), "2026-11-02").conflicts()


def test_an_undone_ingest_takes_its_findings_with_it(tmp_path):
    data = ["--data", str(tmp_path / "data")]
    good = "shop_id,order_id,created_at,paid_at,paid_amount\n店,o,2026-11-01 10:00:00,2026-11-01 10:00:09,5\n"
    bad = good.replace("店,o,2026-11-01 10", "店,p,2026-11-01 11")
    for text in (good, bad):
        CliRunner().invoke(cli, ["ingest", str(text_file(tmp_path / "o.csv", text)), *data])
    assert [one.key for one in kept(tmp_path / "data")["店"]] == ["paid_before_created"]
    CliRunner().invoke(cli, ["undo", *data])
    assert kept(tmp_path / "data") == {"店": []}


@pytest.fixture
def study(home):
    return Study(open_desk(data_dir=home), "2026-11-02..2026-11-07")


def test_days_without_rows_are_asked_about(study):
    asked = words(study.gaps())
    assert "2026-11-05 ～ 2026-11-06没有订单：休息还是缺数据？".replace(" ", "") in asked.replace(" ", "")
    assert "没有客服日报" in asked
    assert "缺" in words(study.trust())


def test_the_calendar_has_a_row_for_every_day(study):
    page = study.calendar()
    assert re.findall(r'<th scope="row">([\d-]+)<', page) == [f"11-0{day}" for day in range(2, 8)]
    assert page.count("kpi-empty") > 0


def test_files_nobody_could_use_are_named_and_undone_ones_are_not(tmp_path):
    desk = Desk(tmp_path)
    good, odd = text_file(tmp_path / "o.csv", ORDERS), text_file(tmp_path / "odd.csv", "a,b,c\n1,2,3\n")
    desk.take(good, odd)
    desk.take(text_file(tmp_path / "late.csv", ORDERS.replace("o5", "o6")))
    desk.store.undo()
    shown = words(Study(open_desk("店", tmp_path), "2026-11-02..2026-11-08").set_aside())
    assert "读了 1 个文件，共 5 行" in shown and "另有 1 个文件没有采用：odd.csv" in shown
    outside = Study(open_desk("店", tmp_path), "2026-11-02..2026-11-08", audience="external")
    assert "odd.csv" not in words(outside.set_aside())


def test_a_total_row_that_the_agents_do_not_add_up_to(tmp_path):
    desk = Desk(tmp_path)
    desk.take(
        text_file(tmp_path / "s.csv", "旺旺昵称,日期,接待人数,销售额\n店:a,2026-11-02,5,10\n合计,2026-11-02,9,25\n")
    )
    study = Study(open_desk("店", tmp_path), "2026-11-02")
    assert "s.csv: 销售额：汇总行写的是 25，各客服加起来是 10" in words(study.conflicts())
    assert "对不上的地方：2 类" in words(study.trust())


def test_rows_read_used_and_set_aside_add_up(study):
    numbers = [int(n) for n in re.findall(r"\d+", words(study.set_aside()).split("。")[0])]
    assert numbers[0] == 6 and numbers[1] == numbers[2] + numbers[3]


def test_every_page_says_how_much_disagrees(study):
    assert "8 类数字对不上，见「数据质量」" in words(study.inputs("orders_created"))


def test_counts_of_two_sources_over_the_same_agent_days(tmp_path):
    lines = [f"店,{n},b{n},a,buyer,2026-11-02 10:00:00" for n in range(10)]
    text_file(tmp_path / "m.csv", "\n".join(["shop_id,message_id,buyer_id,agent_id,sender,sent_at", *lines]))
    days = "shop_id,day,agent_id,received_buyers,buyer_messages\n店,2026-11-02,a,5,10\n店,2026-11-02,other,90,9\n"
    Desk(tmp_path / "data").take(tmp_path / "m.csv", text_file(tmp_path / "d.csv", days))
    page = Study(open_desk(data_dir=tmp_path / "data"), "2026-11-02", lang="en").conflicts()
    assert re.findall(r'kpi-number">([^<]+)<', page)[-3:] == ["10", "5", "100.0%"]


TOTAL = "旺旺昵称,日期,接待人数,咨询人数,销售额\n店:a,2026-11-01,5,6,10\n店:b,2026-11-01,5,6,10\n"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("汇总,2026-11-01,10,12,20", []),
        ("汇总,,9,12,20", []),  # each buyer once
        ("均值,2026-11-01,99,99,99", []),
        ("合计,2026-11-01,30,12,20", ["接待人数: the total row says 30, the agents add up to 10"]),
        ("汇总,,10,12,18", ["销售额: the total row says 18, the agents add up to 20"]),
        ("汇总,2026-11-02,99,99,99", []),
    ],
)
def test_the_total_row_against_its_agents(tmp_path, row, said):
    [record] = Desk(tmp_path / "data").take(text_file(tmp_path / "d.csv", f"{TOTAL}{row}\n"), shop="店").files
    assert (record.used, record.set_aside) == (2, 1)
    assert [note for note in record.notes if "total row" in note] == said
