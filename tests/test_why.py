"""Planted causes are found: the week in which only the mix changed, and the shop's own currency."""

import re

import pytest
from engines import opened

import kpi_helpers as kpi
from kpi_helpers import sources
from kpi_helpers.sample import generate
from kpi_helpers.study import Study
from kpi_helpers.study.mix import KNOWN
from kpi_helpers.wording import formats

RATE = "inquiry_to_final_payment_rate"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The week of 26 October, in which a source of traffic sends new buyers (TRUTH.md), in a shop of some size."""
    home = tmp_path_factory.mktemp("mix")
    generate(home / "sample", days=35, agents=8, buyers_per_day=300)
    sources.ingest([home / "sample"], home)
    return Study(kpi.open_desk(data_dir=home), "2026-W44")


def test_the_planted_mix_is_named_as_the_cause(study):
    found = study.headline("received_buyers", RATE)
    assert re.search(r"变化来自新老客的占比：新客的占比从 [\d.]+% 变为 [\d.]+%", found)
    assert "新客、老客" in study.because(RATE) and "各组自身" in study.because(RATE)


def test_groups_add_up_to_the_whole_change(study):
    from kpi_helpers import stats
    from kpi_helpers.study import mix

    whole = study.row(RATE)["value"] - study.row(RATE, study.before)["value"]
    for by, split in mix._splits(study, RATE, mix.BUYERS).items():
        assert stats.totals(split)["total"] == pytest.approx(whole, abs=0.02 if by == "hour" else 1e-9), by
    assert KNOWN in mix._splits(study, RATE)


def test_sales_are_taken_apart_to_the_cent(study):
    steps = study.drivers().figure.data[0]
    amounts = list(steps.x)
    assert sum(amounts[:-1]) == pytest.approx(amounts[-1], abs=0.01) and len(amounts) == 7
    assert amounts[-1] == pytest.approx(study.row("sales")["value"])


def test_a_shop_without_silent_sales_has_its_sales_taken_apart():
    days = [(f"2026-10-{day:02d}", half) for day in range(5, 19) for half in range(6)]
    lines = [
        {"shop_id": "s1", "buyer_id": f"{day}{half}", "agent_id": "a", "sender": who, "text": "x"}
        | {"sent_at": f"{day} 1{half}:00:{second}"}
        for day, half in days
        for who, second in (("buyer", "00"), ("agent", "09"))
    ]
    orders = [
        {"shop_id": "s1", "order_id": f"{day}{half}", "buyer_id": f"{day}{half}", "paid_amount": "10"}
        | {"created_at": f"{day} 1{half}:01:00", "paid_at": f"{day} 1{half}:02:00"}
        for day, half in days
    ]
    shown = Study(opened({"messages": lines, "orders": orders}, {}), "2026-W42").drivers()
    assert list(shown.figure.data[0].x)[-2:] == [0, 60 * 7]


def test_nothing_is_explained_when_nothing_moved(study):
    calm = Study(study.desk, "2026-W43", "2026-W43")
    assert calm.because(RATE) is None and calm.cause(RATE) == ""


def test_advice_follows_a_missed_target_with_its_evidence(study):
    study.desk.settings.values["targets"] = {RATE: 0.9}
    try:
        said = Study(study.desk, study.chosen).advice(RATE)
    finally:
        study.desk.settings.values["targets"] = {}
    assert "比目标的 90.0% 低" in said and "变化来自新老客的占比" in said and "先看" in said and "可以做" in said
    assert Study(study.desk, "2026-W43", "2026-W43").advice(RATE) is None


def test_advice_repeats_nothing_the_page_has_said(study):
    page = Study(study.desk, study.chosen)
    page.headline("received_buyers", RATE), page.standouts(RATE)
    said = page.advice(RATE)
    assert "变化来自" not in said and "样本" not in said and re.search(r"询单→最终付款成功率 [\d.]+%：▼ 低", said)


def test_charts_and_cards_write_the_shops_currency():
    orders = [
        {"shop_id": "s1", "order_id": str(n), "created_at": f"2026-10-{1 + n % 28:02d} 10:00:00", "buyer_id": f"b{n}"}
        | {"paid_at": f"2026-10-{1 + n % 28:02d} 11:00:00", "paid_amount": "2000"}
        for n in range(280)
    ]
    study = Study(opened({"orders": orders}, {"currency": "USD"}), "2026-W42", lang="en")
    try:
        shown = study.cards("sales") + study.trend("sales")._repr_html_() + study.days("sales")._repr_html_()
        assert "$140,000" in shown and "$20K" in shown and "¥" not in shown
    finally:
        formats.use_currency("CNY")
