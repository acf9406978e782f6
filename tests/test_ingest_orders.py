"""Taobao/Tmall orders: old and new columns, net and gross amounts, refunds, what people's addresses are not for."""

import pytest
from exports import Desk, names, text_file, workbook

OLD = names(
    "订单编号,买家会员名,买家支付宝账号,支付交易号,买家应付货款,买家应付邮费,买家支付积分"
    ",总金额,返点积分,买家实际支付金额,买家实际支付积分,订单状态,买家留言,收货人姓名,收"
    "货地址 ,运送方式,联系电话 ,联系手机,订单创建时间,订单付款时间 ,宝贝标题 ,宝贝种"
    "类 ,物流单号 ,物流公司,订单备注,宝贝总数量,店铺Id,店铺名称,订单关闭原因,卖家服"
    "务费,买家服务费,发票抬头,是否手机订单,分阶段订单信息,定金排名,修改后的sku,修改后"
    "的收货地址,异常信息,天猫卡券抵扣,集分宝抵扣,是否是O2O交易,买家姓名,买家身份证号,"
    "买家手机号"
)
SHORT = ["订单编号", "总金额", "买家实际支付金额", "订单创建时间", "订单付款时间 ", "退款金额"]


def old_row(**cells):
    defaults = {
        "订单编号": '="489012345678901234"',
        "买家会员名": "小花猫",
        "买家应付邮费": "5.00",
        "总金额": "105.00",
        "买家实际支付金额": "105.00",
        "收货人姓名": "李某某",
        "收货地址 ": "某省某市",
        "联系手机": "'13000000000",
        "订单创建时间": "2026-11-01 23:59:59",
        "订单付款时间 ": "2026-11-02 00:00:07",
        "宝贝总数量": "2",
        "店铺名称": "花店",
        "买家留言": "请\n快点",
    }
    return [{**defaults, **cells}.get(name, "") for name in OLD]


def short_row(order, total, paid, refund, paid_at="2026-11-01 10:00:08"):
    return [order, total, paid, "2026-11-01 10:00:00", paid_at, refund]


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "data")


def sales(desk):
    return desk.query("SELECT order_id, paid_amount::DOUBLE FROM orders WHERE paid_at IS NOT NULL ORDER BY 1")


def test_the_old_csv_with_44_columns(desk, tmp_path):
    path = text_file(tmp_path / "ExportOrderList202611010000.csv", [OLD, old_row()], "gb18030")
    [record] = desk.take(path).files
    assert (record.layout, record.shops, record.used) == ("taobao_orders", ["花店"], 1)
    columns = "order_id, buyer_id, created_at::VARCHAR, paid_at::VARCHAR, paid_amount::DOUBLE, item_count"
    assert desk.query(f"SELECT {columns} FROM orders") == [
        ("489012345678901234", "小花猫", "2026-11-01 23:59:59+08", "2026-11-02 00:00:07+08", 105.0, 2)
    ]
    assert desk.query("SELECT postage::DOUBLE FROM orders") == [(5.0,)]
    assert any("cannot be checked" in note for note in record.notes)
    assert not any("columns not used" in note for note in record.notes)


def test_the_xlsx_of_2026_has_no_buyer_and_no_payment_time(desk, tmp_path):
    header = names(
        "订单编号,支付单号,买家应付货款,买家应付邮费,总金额,买家实付金额,订单状态,收货地址,"
        "运送方式,订单创建时间,商品标题,宝贝种类,物流单号,物流公司,备注标签,商家备注,宝贝总"
        "数量,开票信息,手机订单,商品属性SKU,发货时间"
    )
    cells = {"订单编号": "4890123456789012345", "买家实付金额": "10.00", "订单创建时间": "2026-11-01 10:00:00"}
    header += names(
        "确认收货时间,确认收货打款金额,支付详情,总金额(旧版),主动赔付金额,淘特订单,C2B小额收款,含应开票给个人红包"
    )
    path = workbook(tmp_path / "o.xlsx", 订单=[header, [cells.get(name, "") for name in header]])
    [record] = desk.take(path, shop="花店").files
    assert record.used == 1
    assert desk.query("SELECT order_id, buyer_id, paid_at FROM orders") == [("4890123456789012345", None, None)]
    assert not {"buyer_id", "paid_at"} & set(desk.store.columns("花店")["orders"])
    assert any(note.startswith("no column 订单付款时间") for note in record.notes)
    assert not any(note.startswith("columns not used") for note in record.notes)


def test_amounts_net_of_refunds_are_made_gross(desk, tmp_path):
    table = [
        SHORT,
        short_row("1", "100", "100", "0"),
        short_row("2", "100", "30", "70"),
        short_row("3", "50", "0", "50"),
    ]
    [record] = desk.take(text_file(tmp_path / "o.csv", table), shop="花店").files
    assert sales(desk) == [("1", 100.0), ("2", 100.0), ("3", 50.0)]
    assert desk.query(
        "SELECT refund_id, order_id, amount::DOUBLE, applied_at, completed_at FROM refunds ORDER BY 1"
    ) == [
        ("2:refund", "2", 70.0, None, None),
        ("3:refund", "3", 50.0, None, None),
    ]
    assert any("is net of refunds" in note for note in record.notes)
    assert any("2 refunds without a completion time" in note for note in record.notes)


def test_gross_amounts_are_kept(desk, tmp_path):
    table = [
        SHORT,
        short_row("1", "100", "100", "0"),
        short_row("2", "100", "100", "70"),
        short_row("3", "50", "50", "50"),
    ]
    [record] = desk.take(text_file(tmp_path / "o.csv", table), shop="花店").files
    assert sales(desk) == [("1", 100.0), ("2", 100.0), ("3", 50.0)]
    assert any("is before refunds" in note for note in record.notes)


def test_discounts_hide_the_identity_but_not_the_impossible(desk, tmp_path):
    net = [SHORT, short_row("1", "100", "0", "80"), short_row("2", "100", "10", "70")]
    desk.take(text_file(tmp_path / "o.csv", net), shop="花店")
    assert sales(desk) == [("1", 80.0), ("2", 80.0)]


def test_amounts_that_prove_nothing_are_refused(desk, tmp_path):
    table = [SHORT, short_row("1", "100", "50", "30")]
    report = desk.take(text_file(tmp_path / "o.csv", table), shop="花店")
    assert (report.status, report.commit) == (2, None)
    assert "may be before or after refunds" in report.files[0].error


def test_paid_means_has_a_payment_time(desk, tmp_path):
    table = [SHORT, short_row("1", "100", "0", "0", paid_at=""), short_row("2", "0", "0", "无退款申请")]
    desk.take(text_file(tmp_path / "o.csv", table), shop="花店")
    assert sales(desk) == [("2", 0.0)]


def test_saved_again_by_excel(desk, tmp_path):
    table = [[name.strip() for name in SHORT]]
    table += [[str(i), "10", "10", f"2026/11/1 10:{i}", f"2026/11/1 10:{i}", "0"] for i in range(10, 40)]
    [record] = desk.take(text_file(tmp_path / "o.csv", table), shop="花店").files
    assert record.used == 30
    assert any("times have no seconds" in note for note in record.notes)


def test_ids_that_excel_turned_into_numbers_stop_the_file(desk, tmp_path):
    report = desk.take(text_file(tmp_path / "o.csv", [OLD, old_row(订单编号="4.89012E+17")]))
    assert report.commit is None
    assert report.files[0].error.startswith("订单编号: 1 ids were turned into numbers such as '4.89012E+17'")
    number = [SHORT, [489012345678901234, 10, 10, "2026-11-01 10:00:00", "2026-11-01 10:00:08", 0]]
    assert "last digits are lost" in desk.take(workbook(tmp_path / "o.xlsx", 订单=number), shop="花店").files[0].error


def test_addresses_are_not_kept_not_even_of_rows_set_aside(desk, tmp_path):
    desk.take(text_file(tmp_path / "o.csv", [OLD, old_row(), old_row(订单编号="")]))
    [kept] = desk.rejected()
    assert kept["reason"] == "no 订单编号"
    assert kept["cells"]["总金额"] == "105.00"
    everything = b"".join(file.read_bytes() for file in (desk.folder / "store").rglob("*") if file.is_file())
    for private in ("李某某", "某省某市", "13000000000", "快点"):
        assert private.encode() not in everything


def test_odd_orders_are_kept_and_counted(desk, tmp_path):
    table = [SHORT, short_row("1", "1", "1", "0", paid_at="2026-10-31 10:00:00"), short_row("2", "1", "1", "0")]
    [record] = desk.take(text_file(tmp_path / "o.csv", table), shop="花店").files
    assert (record.used, record.set_aside) == (2, 0)
    assert "1 orders paid before they were created (kept)" in record.notes


def test_a_day_sheet_with_two_header_lines(desk, tmp_path):
    table = [
        ["日期", "Total PV  (总浏览数)", "Total UV(总访客数)", "Pingxiaobao\n(品销宝)", "", ""],
        ["", "", "", "(Cost)\n费用", "IMP\n（展示）", "Click\n（点击）"],
        ["2026-11-01", 400, "3,311", 1.5, 20, 3],
        ["", 400, 33, "-", "-", "-"],
    ]
    [record] = desk.take(workbook(tmp_path / "day.xlsx", 日=table), shop="花店").files
    assert (record.layout, record.read, record.used, record.reasons) == ("fliggy_shop_day", 2, 1, {"no 日期": 1})
    assert desk.query("SELECT day::VARCHAR, visitors FROM traffic") == [("2026-11-01", 3311)]
    assert "Pingxiaobao (品销宝) IMP （展示）" in record.notes[-1]
