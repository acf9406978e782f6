"""`kpi ingest --explain`: how each column is read, what that costs, and that nothing is written."""

import pytest
from click.testing import CliRunner
from exports import Desk, text_file

from kpi_helpers.cli import cli
from kpi_helpers.sources.explain import explain, letters
from kpi_helpers.sources.explained import render

ORDERS = "导出的订单,,,,,\n订单编号,订单创建时间,买家实际支付金额,宝贝总数量,收货人姓名,来源\n"
ROWS = '="4890",2026-11-01 10:00:00,"￥1,234.50",2,王小明,直播\n="4891",2026-11-01 10:00:00,??,1,李雷,直播\n'


def shanghai(_: str) -> str:
    return "Asia/Shanghai"


@pytest.fixture
def look(tmp_path):
    path = text_file(tmp_path / "o.csv", ORDERS + ROWS, "gb18030")
    [(record, seen)] = explain([path], "店", shanghai)
    return record, seen


def test_each_column_with_an_example(look):
    found = {r.name: (r.place, r.how, r.field, r.printed, r.value) for r in look[1].readings}
    assert found["订单编号"] == ("A", "read", "order_id", '="4890"', "4890")
    assert found["订单创建时间"][3:] == ("2026-11-01 10:00:00", "2026-11-01 10:00:00")
    assert found["买家实际支付金额"][3:] == ("￥1,234.50", "1234.5000")
    assert found["收货人姓名"] == ("E", "private", "", "", "")
    assert found["来源"][1] == "unused"
    assert (look[1].form, look[1].header) == ("gb18030", 2)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_cells_are_shown_as_they_are_read(tmp_path, lang):
    """Tabs to be seen, amounts as money, and a second column of a field as what it is: a spare."""
    header = "售后单号,订单号,售后类型,退商品金额（元）,售后状态,售后申请时间,商家退款时间,用户到账时间\n"
    row = "\t147,\t69,仅退款,70,退款成功,2026-11-04 10:00:00,2026-11-05 10:00:00,2026-11-05 10:00:30\n"
    text = render(explain([text_file(tmp_path / "r.csv", header + row)], "店", shanghai), lang, width=200)
    assert "⇥147" in text and "\t" not in text
    assert "│70.00" in text and "70.0000" not in text
    assert {"zh": "（商家退款时间为空时才用）", "en": "(where 商家退款时间 is empty)"}[lang] in text


def test_amounts_behind_a_decision_are_said(tmp_path):
    header = "子订单编号,主订单编号,商品标题,购买数量,买家应付货款,买家实付金额,退款金额\n"
    path = text_file(tmp_path / "l.csv", header + "11,1,帽子,1,100,60,40\n")
    [(_, seen)] = explain([path], "店", shanghai)
    found = {r.name: r.targets for r in seen.readings}
    assert found["买家实付金额"] == found["退款金额"] == ("order_lines.paid_amount",)


def test_columns_that_only_sound_personal(tmp_path):
    header = "订单编号,订单创建时间,买家实际支付金额,是否手机订单,确认收货时间,联系手机\n"
    path = text_file(tmp_path / "o.csv", header + "1,2026-11-01,5,手机订单,,138\n")
    [(_, seen)] = explain([path], "店", shanghai)
    assert [r.how for r in seen.readings[3:]] == ["ignored", "ignored", "private"]


def test_what_rests_on_a_column(look):
    found = {r.field: r.targets for r in look[1].readings if r.field}
    assert found["paid"] == ("orders.paid_amount",)
    assert found["item_count"] == ("orders.item_count",)


def test_missing_columns_and_the_metrics_they_cost(look):
    lost = look[1].lost
    assert "sales" in lost["paid_at",]
    assert not any("orders_created" in metrics for metrics in lost.values())
    assert "ordering_buyers" in lost["buyer_id",]
    assert "sales_per_buyer" in lost["buyer_id", "paid_at"]


def test_a_report_that_prints_one_of_two(tmp_path):
    path = text_file(tmp_path / "r.csv", "旺旺昵称,日期,接待人数,咨询人数\n店:a,2026-11-01,5,6\n")
    [(_, seen)] = explain([path], None, shanghai)
    assert "reply_rate" in seen.lost["unanswered|reply_rate",]


def test_missing_counts_are_one_line(tmp_path):
    path = text_file(tmp_path / "r.csv", "旺旺昵称,日期,接待人数,旺旺回复率\n店:a,2026-11-01,50,98%\n")
    text = render(explain([path], None, shanghai), "zh", width=200)
    assert "转入人数、转出人数，这个文件给不出" in text and "% 号" not in text
    assert "没有客服消息、客服字数，这个文件给不出：每条消息字数" in text


def test_times_are_shown_on_the_clock_of_the_shop(tmp_path):
    """Whatever clock the system writes; a person's name is never shown, a word about people is."""
    header = "id,created,public,ticket_id,user_id,body,requester_id,role\n"
    path = text_file(tmp_path / "z.csv", header + "1,2026-11-02 01:00:00,true,5,anna,Where?,anna,end-user\n")
    [(_, seen)] = explain([path], "店", shanghai)
    assert {r.name: r.value for r in seen.readings}["created"] == "2026-11-02 09:00:00"
    text = render([(_, seen)], "en")
    assert "end-user" in text and "anna" not in text


def test_rows_as_an_ingest_would_count_them(look, tmp_path):
    assert (look[0].read, look[0].used, look[0].set_aside) == (2, 1, 1)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_words(look, lang):
    text = render([look], lang)
    assert {"zh": "个人信息，不会保存：收货人姓名", "en": "personal, never stored: 收货人姓名"}[lang] in text
    assert "王小明" not in text and "GB18030" in text


def test_buyers_are_not_printed(tmp_path):
    path = text_file(tmp_path / "o.csv", "shop_id,order_id,buyer_id,created_at,paid_amount\n店,1,tb王,2026-11-01,5\n")
    assert "tb王" not in render(explain([path], None, shanghai), "zh")
    header = "Name,Email,Created at,Total,Lineitem name,Lineitem quantity\n"
    path = text_file(tmp_path / "s.csv", header + "#1,a@b.cn,2026-11-01 10:00:00,5,x,1\n")
    text = render(explain([path], "店", shanghai), "en")
    assert "a@b.cn" not in text and "(a buyer: not shown)" in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_unknown_file_is_answered(tmp_path, lang):
    path = text_file(tmp_path / "x.csv", "order_id,created_at,foo\n1,2026-11-01,3\n")
    text = render(explain([path], None, shanghai), lang)
    assert "foo" in text and "paid_amount" in text and "kpi map x.csv" in text


def test_the_command_writes_nothing(tmp_path):
    path = text_file(tmp_path / "o.csv", ORDERS + ROWS)
    words = ["ingest", "--explain", str(path), "--shop", "店", "--data", str(tmp_path / "data")]
    done = CliRunner().invoke(cli, words)
    assert (done.exit_code, (tmp_path / "data").exists()) == (0, False)
    assert CliRunner().invoke(cli, [*words[:2], str(text_file(tmp_path / "e.csv", "")), *words[3:]]).exit_code == 2


def test_columns_as_spreadsheets_name_them():
    assert [letters(at) for at in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_what_no_export_had_is_not_available_and_never_0(tmp_path):
    from kpi_helpers import compute, open_desk

    desk = Desk(tmp_path)
    desk.take(text_file(tmp_path / "o.csv", ORDERS + ROWS), shop="店")
    sales, placed = compute(["sales", "orders_created"], open_desk(data_dir=tmp_path), "2026-11-01").to_dict("records")
    assert (sales["value"] != sales["value"], sales["basis"]) == (
        True,
        "not available: orders.paid_at is not in the export",
    )
    assert placed["value"] == 1


def test_a_column_that_was_there_and_empty_counts_0(tmp_path):
    from kpi_helpers import compute, open_desk

    head = "shop_id,refund_id,order_id,applied_at,amount,completed_at"
    rows = "店,r1,o1,2026-11-01 12:00:00,9,{done}\n"
    names = ["refunds_completed", "self_completion_rate"]
    for columns, done, found in [
        (f"{head}\n", "", [0, None]),
        (f"{head},closed_by\n", "2026-11-01 13:00:00,", [1, 0]),
        (f"{head}\n", "2026-11-01 13:00:00", [1, None]),
    ]:
        desk = Desk(tmp_path / str(len(columns + done)))
        desk.take(text_file(tmp_path / "r.csv", columns + rows.format(done=done)), shop="店")
        values = compute(names, open_desk(data_dir=desk.folder), "2026-11-01")["value"]
        assert [None if value != value else value for value in values] == found
