"""Orders, lines and refunds of every platform: a small export in its true shape, and the rows it must become."""

import pytest
from exports import Desk, names, text_file, workbook
from headers import DOUYIN, DOUYIN_REFUNDS, JD, KUAISHOU, PDD, SHOPIFY, TAOBAO_LINES, TAOBAO_REFUNDS, XIAOHONGSHU

ORDERS = (
    "SELECT order_id, buyer_id, strftime(created_at, '%d %H:%M:%S'), strftime(paid_at, '%d %H:%M:%S'), "
    "paid_amount::DOUBLE, item_count FROM orders ORDER BY 1"
)
LINES = "SELECT order_id, line_id, item_id, quantity, paid_amount::DOUBLE FROM order_lines ORDER BY 1, 2"
REFUNDS = (
    "SELECT refund_id, order_id, strftime(applied_at, '%d %H:%M'), strftime(completed_at, '%d %H:%M'), amount::DOUBLE, "
    "stage, kind, platform_intervened, closed_by, reason FROM refunds ORDER BY 1"
)
PERSON = {
    "收货人姓名",
    "收件人",
    "收件人姓名",
    "客户姓名",
    "收货人电话",
    "收件人电话",
    "联系电话",
    "客户地址",
    "详细地址",
}
SECRET = "李某某"


def rows(header: list[str], *cells: dict[str, str]) -> list[list[str]]:
    """A header and rows given by column names; every column about a person is filled with SECRET."""
    missing = {name for row in cells for name in row} - set(header)
    assert not missing, missing
    return [header, *[[row.get(name, SECRET if name in PERSON else "") for name in header] for row in cells]]


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "data")


def taken(desk, path, layout, shop="店"):
    """The record of a file that must be recognised as `layout` with no column left over."""
    [record] = desk.take(path, shop=shop).files
    assert (record.layout, record.error) == (layout, "")
    assert not [note for note in record.notes if note.startswith("columns not used")]
    return record


def nowhere(desk, secret=SECRET):
    """Is `secret` in no file of the store?"""
    return not any(secret.encode() in f.read_bytes() for f in (desk.folder / "store").rglob("*") if f.is_file())


# -- 淘宝/天猫 -------------------------------------------------------------------------------------------------


def test_taobao_lines(desk, tmp_path):
    base = {
        "主订单编号": "'4890",
        "订单付款时间": "2026-11-01 10:00:00",
        "商品价格": "20.00",
        "商品ID": "77",
        "商品标题": "杯",
    }
    one = base | {
        "子订单编号": '="4891"',
        "购买数量": "2",
        "买家应付货款": "40.00",
        "买家实付金额": "40.00",
        "退款金额": "无退款申请",
    }
    two = base | {
        "子订单编号": '="4892"',
        "购买数量": "1",
        "买家应付货款": "18.00",
        "买家实付金额": "8.00",
        "退款金额": "10.00",
    }
    path = text_file(tmp_path / "宝贝报表.csv", rows(TAOBAO_LINES, one, two, two | {"购买数量": "0"}), "gb18030")
    record = taken(desk, path, "taobao_lines")
    assert record.reasons == {"购买数量 is not above 0": 1}
    assert any("is net of refunds" in note for note in record.notes)
    assert desk.query(LINES) == [("4890", "4891", "77", 2, 40.0), ("4890", "4892", "77", 1, 18.0)]


def test_taobao_lines_of_the_old_form(desk, tmp_path):
    header = names("订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码")
    line = {"订单编号": '="4890"', "标题": "杯", "价格": "20.00", "购买数量": "2", "商品属性": "红", "商家编码": "C1"}
    path = text_file(tmp_path / "d.csv", rows(header, line, line | {"商品属性": "蓝"}, line), "gb18030")
    assert taken(desk, path, "taobao_lines").reasons == {"same row again": 1}
    assert desk.query(LINES) == [("4890", "4890:C1:红", "C1", 2, 40.0), ("4890", "4890:C1:蓝", "C1", 2, 40.0)]


REFUND = {
    "订单编号": '="4890"',
    "退款编号": '="1001"',
    "买家退款金额": "70.00",
    "退款的申请时间": "2026-11-02 10:00:00",
    "退款完结时间": "2026-11-03 10:00:00",
    "退款状态": "退款成功",
    "是否需要退货": "是",
    "售中或售后": "售后",
    "客服介入状态": "客服未介入",
    "手工退款/系统退款": "手工退款",
    "买家退款原因": "不想要了",
    "卖家真实姓名": SECRET,
    "买家退款说明": SECRET,
    "审核操作人": SECRET,
}


def test_taobao_refunds(desk, tmp_path):
    closed = REFUND | {"退款编号": "1002", "退款状态": "退款关闭", "是否需要退货": "否", "售中或售后": "售中"}
    judged = REFUND | {"退款编号": "1003", "客服介入状态": "客服介入完成"}
    path = text_file(tmp_path / "r.csv", rows(TAOBAO_REFUNDS, REFUND, closed, judged), "gb18030")
    record = taken(desk, path, "taobao_refunds")
    assert "1 refunds are closed or still open: applied for, nothing returned" in record.notes
    assert desk.query(REFUNDS) == [
        ("1001", "4890", "02 10:00", "03 10:00", 70.0, "after_receipt", "return_refund", False, "merchant", "不想要了"),
        ("1002", "4890", "02 10:00", None, 70.0, "before_receipt", "refund_only", False, None, "不想要了"),
        ("1003", "4890", "02 10:00", "03 10:00", 70.0, "after_receipt", "return_refund", True, "platform", "不想要了"),
    ]
    assert nowhere(desk)


def test_taobao_refunds_of_2026_split_between_buyer_and_platform(desk, tmp_path):
    header = [
        "订单编号",
        "退款编号",
        "支付单号",
        "退款总额",
        "退给买家金额",
        "退给平台金额",
        "退款状态",
        "退款完结时间",
        "售后类型",
    ]
    good = ["4890", "1001", "p", "70.00", "60.00", "10.00", "退款成功", "2026-11-03 10:00:00", "退货退款"]
    table = [header, good, ["4890", "1002", "p", "70.00", "60.00", "1.00", *good[6:]]]
    record = taken(desk, text_file(tmp_path / "r.csv", table), "taobao_refunds")
    assert record.reasons == {"退款总额 ≠ 退给买家金额 + 退给平台金额": 1}
    assert desk.query("SELECT amount::DOUBLE, kind FROM refunds") == [(60.0, "return_refund")]


# -- 京东 ----------------------------------------------------------------------------------------------------

JD_LINE = {
    "订单号": "301",
    "商品ID": "1",
    "商品名称": "杯",
    "订购数量": "2",
    "下单时间": "2026-11-01 10:00:00",
    "京东价": "20.00",
    "订单金额": "70.00",
    "结算金额": "65.00",
    "余额支付": "5.00",
    "应付金额": "60.00",
    "下单帐号": "jd_花",
    "付款确认时间": "2026-11-01 10:00:09",
}
JD_OTHER = JD_LINE | {"商品ID": "2", "订购数量": "1", "京东价": "30.00"}
JD_UNPAID = JD_OTHER | {
    "订单号": "302",
    "订单金额": "30.00",
    "付款确认时间": "0001-01-01 00:00:00",
    "应付金额": "25.00",
}


def test_jd_orders_whose_amounts_stand_on_every_row_of_the_order(desk, tmp_path):
    path = text_file(tmp_path / "jd.csv", rows(JD, JD_LINE, JD_OTHER, JD_UNPAID, JD_LINE), "gb18030")
    record = taken(desk, path, "jd_orders")
    assert record.reasons == {"same row again": 1}
    assert any("repeated on each of its rows" in note for note in record.notes)
    assert desk.query(ORDERS) == [
        ("301", "jd_花", "01 10:00:00", "01 10:00:09", 65.0, 3),
        ("302", "jd_花", "01 10:00:00", None, 30.0, 1),
    ]
    [first, second, _] = desk.query(LINES)
    assert (first[4], second[4]) == (pytest.approx(65 * 40 / 70, abs=1e-4), pytest.approx(65 * 30 / 70, abs=1e-4))
    assert nowhere(desk)


def test_jd_orders_whose_amounts_are_the_rows(desk, tmp_path):
    one = JD_LINE | {"订单金额": "40.00", "应付金额": "33.00", "余额支付": "0"}
    two = JD_OTHER | {"订单金额": "30.00", "应付金额": "27.00", "余额支付": "0"}
    record = taken(desk, text_file(tmp_path / "jd.csv", rows(JD, one, two)), "jd_orders")
    assert any("the sum of its rows" in note for note in record.notes)
    assert [row[4] for row in desk.query(ORDERS)] == [60.0]


def test_a_line_that_cannot_be_read_takes_its_order_with_it(desk, tmp_path):
    path = text_file(tmp_path / "jd.csv", rows(JD, JD_LINE, JD_OTHER | {"应付金额": "??"}, JD_UNPAID))
    record = taken(desk, path, "jd_orders")
    sibling = "another line of the same order was set aside, and its amounts belong together"
    assert record.reasons == {"应付金额 is not a sum of money": 1, sibling: 1}
    assert [row[0] for row in desk.query(ORDERS)] == ["302"]


# -- 拼多多 ---------------------------------------------------------------------------------------------------

PDD_ORDER = {
    "商品": "杯\t",
    "订单号": "261101-400000294410900\t",
    "订单状态": "已收货\t",
    "商品总价(元)": "168.99\t",
    "邮费(元)": "0.00\t",
    "店铺优惠折扣(元)": "10.00\t",
    "平台优惠折扣(元)": "5.00\t",
    "用户实付金额(元)": "153.99\t",
    "商家实收金额(元)": "158.99\t",
    "商品数量(件)": "1\t",
    "支付时间": "2026-11-01 10:00:09\t",
    "商品id": "88\t",
    "售后状态": "无售后或售后取消\t",
    "订单成交时间": "2026-11-01 10:00:00\t",
}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_pdd_orders(encoding, desk, tmp_path):
    unpaid = PDD_ORDER | {"订单号": "261102-1\t", "支付时间": "\t", "订单成交时间": "\t", "售后状态": "退款成功\t"}
    paid = PDD_ORDER | {"订单号": "261101-2\t", "订单成交时间": ""}
    drifted = PDD_ORDER | {"订单号": "261101-3\t", "商家实收金额(元)": "1.00\t"}
    grouped = PDD_ORDER | {
        "订单号": "261101-4\t",
        "支付时间": "2026-11-01 23:59:58",
        "订单成交时间": "2026-11-02 00:00:04",
    }
    path = text_file(tmp_path / "pdd.csv", rows(PDD, PDD_ORDER, unpaid, paid, drifted, grouped), encoding)
    record = taken(desk, path, "pdd_orders")
    assert record.reasons == {"商家实收金额 ≠ 商品总价 − 店铺优惠折扣 (with or without postage and fees)": 1}
    assert "2 orders have no 订单成交时间: their day is taken from the order number" in record.notes
    assert desk.query(ORDERS) == [
        ("261101-2", None, "01 10:00:09", "01 10:00:09", 153.99, 1),
        ("261101-4", None, "01 23:59:58", "01 23:59:58", 153.99, 1),
        ("261101-400000294410900", None, "01 10:00:00", "01 10:00:09", 153.99, 1),
        ("261102-1", None, "02 00:00:00", None, 153.99, 1),
    ]
    assert desk.query(LINES)[0] == ("261101-2", "261101-2", "88", 1, 153.99)


def test_pdd_after_sales(desk, tmp_path):
    header = ["售后编号", "订单编号", "售后状态", "订单状态", "售后类型", "退款金额(元)", "申请时间", "退款成功时间"]
    case = [
        "9\t",
        "261101-2\t",
        "退款成功\t",
        "已收货\t",
        "退货退款\t",
        "50.00\t",
        "2026-11-02 10:00:00\t",
        "2026-11-03 09:00:00\t",
    ]
    closed = ["8", "261101-2", "售后关闭", "已收货", "仅退款", "50.00", "2026-11-02 10:00:00", ""]
    taken(desk, text_file(tmp_path / "s.csv", [header, case, closed], "utf-8-sig"), "pdd_refunds")
    assert [row[:7] for row in desk.query(REFUNDS)] == [
        ("8", "261101-2", "02 10:00", None, 50.0, None, "refund_only"),
        ("9", "261101-2", "02 10:00", "03 09:00", 50.0, None, "return_refund"),
    ]


# -- 抖店 ----------------------------------------------------------------------------------------------------

DY = {
    "主订单编号": "\t6920001",
    "子订单编号": "\t6920001A",
    "选购商品": "杯",
    "商品数量": "2",
    "商品ID": "\t3500",
    "商品单价": "20.00",
    "订单应付金额": "36.00",
    "运费": "0",
    "订单提交时间": "2026-11-01 10:00:00",
    "支付完成时间": "2026-11-01 10:00:09",
    "流量体裁": "数据将于第二天更新",
}
DY_OTHER = DY | {"子订单编号": "\t6920001B", "商品数量": "1", "商品单价": "30.00", "订单应付金额": "30.00"}


def test_douyin_orders(desk, tmp_path):
    path = text_file(tmp_path / "dy.csv", rows(DOUYIN, DY, DY_OTHER), "utf-8-sig")
    record = taken(desk, path, "douyin_orders")
    assert any("the sum of its rows" in note for note in record.notes)
    assert desk.query(ORDERS) == [("6920001", None, "01 10:00:00", "01 10:00:09", 66.0, 3)]
    assert desk.query(LINES) == [("6920001", "6920001A", "3500", 2, 36.0), ("6920001", "6920001B", "3500", 1, 30.0)]
    assert nowhere(desk)


def test_douyin_orders_with_the_orders_amount_on_every_row_and_columns_in_another_order(desk, tmp_path):
    header = [name for name in reversed(DOUYIN) if name != "序列号"] + ["货号", "商品金额", "快递信息"]
    one, two = DY | {"订单应付金额": "60.00"}, DY_OTHER | {"订单应付金额": "60.00"}
    record = taken(desk, workbook(tmp_path / "dy.xlsx", 订单=rows(header, one, two)), "douyin_orders")
    assert any("counted once" in note for note in record.notes)
    assert [row[4] for row in desk.query(ORDERS)] == [60.0]


def test_douyin_after_sales(desk, tmp_path):
    case = {
        "售后单号": "\t71",
        "订单号": "\t6920001",
        "退商品金额（元）": "30.00",
        "退运费金额（元）": "2.00",
        "售后状态": "退款成功",
        "售后类型": "退货退款",
        "售后申请时间": "2026-11-02 10:00:00",
        "商家退款时间": "2026-11-03 10:00:00",
        "仲裁状态": "仲裁完成",
        "售后原因": "尺寸不符",
        "商家退货联系人姓名": SECRET,
    }
    closed = case | {
        "售后单号": "72",
        "售后状态": "售后关闭",
        "售后关闭时间": "2026-11-03 11:00:00",
        "商品发货状态": "未发货",
    }
    path = text_file(tmp_path / "s.csv", rows(DOUYIN_REFUNDS, case, closed | {"仲裁状态": "", "售后类型": "仅退款"}))
    taken(desk, path, "douyin_refunds")
    assert desk.query(REFUNDS) == [
        ("71", "6920001", "02 10:00", "03 10:00", 32.0, None, "return_refund", True, None, "尺寸不符"),
        ("72", "6920001", "02 10:00", None, 32.0, "before_receipt", "refund_only", False, None, "尺寸不符"),
    ]
    assert nowhere(desk)


# -- 快手, 小红书, 有赞 -----------------------------------------------------------------------------------------


def test_kuaishou_orders(desk, tmp_path):
    order = {
        "订单号": "2600000000000001",
        "订单创建时间": "2026-11-01 10:00:00",
        "订单支付时间": "2026-11-01 10:00:09",
        "实付款": "￥1,681.35",
        "商品单价": "￥1,700.00",
        "成交数量": "1",
        "商品ID": "5",
    }
    wrong = order | {"订单号": "2", "实付款": "￥9,999.00"}
    record = taken(desk, workbook(tmp_path / "k.xlsx", 订单=rows(KUAISHOU, order, wrong)), "kuaishou_orders")
    assert record.reasons == {"实付款 is more than 商品单价 × 成交数量 + 快递费": 1}
    assert desk.query(ORDERS) == [("2600000000000001", None, "01 10:00:00", "01 10:00:09", 1681.35, 1)]
    assert nowhere(desk)


RED = {
    "订单号": "P700001",
    "规格ID": "s1",
    "SKU名称": "杯",
    "SKU件数": "2",
    "商品总价(元)": "40.00",
    "用户应付金额(元)": "35.00",
    "商家应收金额(元)（支付金额）": "38.00",
    "支付时间": "2026-11-01 10:00:09",
    "订单创建时间": "2026-11-01 10:00:00",
    "店铺名称": "花店",
    "用户编号": "u1",
}


def test_xiaohongshu_orders(desk, tmp_path):
    other = RED | {"规格ID": "s2", "SKU件数": "1", "商家应收金额(元)（支付金额）": "20.00"}
    path = workbook(tmp_path / "小红书订单查询2026-11-02-09_00_ab.xlsx", 订单=rows(XIAOHONGSHU, RED, other))
    record = taken(desk, path, "xiaohongshu_orders", shop=None)
    assert record.shops == ["花店"]
    assert desk.query(ORDERS) == [("P700001", "u1", "01 10:00:00", "01 10:00:09", 58.0, 3)]
    assert nowhere(desk)


def test_xiaohongshu_orders_with_the_orders_amount_on_every_row(desk, tmp_path):
    other = RED | {"规格ID": "s2", "SKU件数": "1"}
    taken(desk, workbook(tmp_path / "x.xlsx", 订单=rows(XIAOHONGSHU, RED, other)), "xiaohongshu_orders", shop=None)
    assert [row[4] for row in desk.query(ORDERS)] == [38.0]


def test_xiaohongshu_after_sales_are_applications(desk, tmp_path):
    header = [
        "售后单号",
        "订单号",
        "商品名称",
        "申请售后金额(元)",
        "售后类型",
        "原因",
        "商家确认收货时间",
        "退货创建时间",
    ]
    case = ["R1", "P700001", "杯", "20.00", "退货退款", "破损", "", "2026-11-02 10:00:00"]
    taken(desk, workbook(tmp_path / "r.xlsx", 售后=[header, case]), "xiaohongshu_refunds")
    assert [row[:7] for row in desk.query(REFUNDS)] == [
        ("R1", "P700001", "02 10:00", None, 20.0, None, "return_refund")
    ]


def test_youzan_orders(desk, tmp_path):
    header = names(
        "订单号,订单状态,买家付款时间,收货人手机号/提货人手机号,全部商品名称,商品种类数,订单实付金额,收货人/提货人,收货人省份,收货人城市,"
        "收货人地区,详细收货地址/提货地址,买家昵称,优惠券码名称,分销员,订单创建时间"
    )
    order = {
        "订单号": "E2026110110000001",
        "买家付款时间": "2026-11-01 10:00:09",
        "订单实付金额": "58.00",
        "买家昵称": "小花",
        "订单创建时间": "2026-11-01 10:00:00",
        "收货人手机号/提货人手机号": SECRET,
        "收货人/提货人": SECRET,
    }
    early = order | {"订单号": "E2", "买家付款时间": "2026-10-31 10:00:00", "收货人/提货人": SECRET}
    record = taken(desk, text_file(tmp_path / "y.csv", rows(header, order, early)), "youzan_orders")
    assert "1 orders paid before they were created (kept)" in record.notes
    assert desk.query(ORDERS)[1:] == [("E2026110110000001", "小花", "01 10:00:00", "01 10:00:09", 58.0, None)]
    assert nowhere(desk)


# -- Shopify, WooCommerce ------------------------------------------------------------------------------------

FIRST = {
    "Name": "#1001",
    "Email": "Ann@Example.com",
    "Financial Status": "partially_refunded",
    "Paid at": "2026-10-31 23:06:04 -0700",
    "Currency": "USD",
    "Shipping": "5.00",
    "Total": "65.00",
    "Created at": "2026-10-31 23:05:00 -0700",
    "Lineitem quantity": "2",
    "Lineitem name": "Cup",
    "Lineitem price": "20.00",
    "Lineitem sku": "C1",
    "Lineitem discount": "0.00",
    "Billing Name": SECRET,
    "Billing Zip": "'02139",
    "Refunded Amount": "20.00",
}
SECOND = {name: FIRST[name] for name in ("Name", "Email", "Created at")} | {
    "Lineitem quantity": "1",
    "Lineitem name": "Pot",
    "Lineitem price": "20.00",
    "Lineitem discount": "0.00",
}


def test_shopify_orders(desk, tmp_path):
    alone = SECOND | {"Name": "#0999"}
    pending = FIRST | {
        "Name": "#1002",
        "Paid at": "",
        "Refunded Amount": "0.00",
        "Cancelled at": "2026-11-01 00:00:00 -0700",
    }
    path = text_file(tmp_path / "orders_export.csv", rows(SHOPIFY, FIRST, SECOND, pending, alone))
    record = taken(desk, path, "shopify_orders")
    assert record.reasons == {"a line item whose order's first row is not in the file": 1}
    assert desk.query(ORDERS) == [
        ("#1001", "ann@example.com", "01 14:05:00", "01 14:06:04", 65.0, 3),
        ("#1002", "ann@example.com", "01 14:05:00", None, 65.0, 2),
    ]
    assert desk.query("SELECT order_id FROM orders WHERE closed_at IS NOT NULL") == [("#1002",)]
    assert desk.query(LINES)[:2] == [("#1001", "#1001:0", "C1", 2, 40.0), ("#1001", "#1001:1", "Pot", 1, 20.0)]
    assert [row[:5] for row in desk.query(REFUNDS)] == [("#1001:refund", "#1001", None, None, 20.0)]
    assert nowhere(desk)


def test_shopify_orders_pasted_twice(desk, tmp_path):
    record = taken(desk, text_file(tmp_path / "o.csv", rows(SHOPIFY, FIRST, SECOND, FIRST, SECOND)), "shopify_orders")
    assert record.reasons == {"same row again": 2}
    assert [row[5] for row in desk.query(ORDERS)] == [3]


def test_woocommerce_orders(desk, tmp_path):
    header = names(
        "order_id,order_number,order_date,paid_date,status,shipping_total,order_total,order_currency,customer_id,customer_user,"
        "customer_email,billing_first_name,billing_phone,customer_note,refund_items,line_item_1"
    )
    order = {
        "order_id": "7",
        "order_number": "1007",
        "order_date": "2026-11-01 10:00:00",
        "paid_date": "2026-11-01 10:00:09",
        "status": "completed",
        "shipping_total": "5.00",
        "order_total": "65.00",
        "order_currency": "USD",
        "customer_id": "0",
        "customer_email": "Ann@example.com",
        "billing_first_name": SECRET,
        "customer_note": "please\nhurry, " + SECRET,
        "refund_items": "amount:5",
    }
    euro = order | {"order_number": "1008", "order_currency": "EUR", "paid_date": "", "refund_items": ""}
    record = taken(desk, text_file(tmp_path / "w.csv", rows(header, order, euro)), "woocommerce_orders")
    assert "1 orders carry refunds packed in refund_items, which are not read" in record.notes
    assert "1 orders are in another currency than the file's first: amounts are not converted" in record.notes
    assert desk.query(ORDERS) == [
        ("1007", "ann@example.com", "01 10:00:00", "01 10:00:09", 65.0, None),
        ("1008", "ann@example.com", "01 10:00:00", None, 65.0, None),
    ]
    assert nowhere(desk)
