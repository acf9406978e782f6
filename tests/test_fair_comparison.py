"""A period is compared with its like: promotions with promotions, settled days with as many settled days."""

from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from engines import opened

import kpi_helpers as kpi
from kpi_helpers import periods
from kpi_helpers.charts.html import words
from kpi_helpers.desk import Desk, from_tables
from kpi_helpers.errors import KpiError
from kpi_helpers.store.store import Store
from kpi_helpers.study import Study, promotions
from kpi_helpers.study.answer import moved
from kpi_helpers.study.compare import four_weeks, pair
from kpi_helpers.wording import change, headline


def study(period: str, first: str = "2025-09-01", **settings: object) -> Study:
    """A shop with ten orders a day from `first` to the end of 2026."""
    days = pd.date_range(first, "2026-12-31").repeat(10)
    rows = [
        {"shop_id": "s1", "order_id": str(at), "buyer_id": "b", "paid_amount": "100"}
        | {key: f"{day:%Y-%m-%d} {hour}:00:00" for key, hour in (("created_at", 10), ("paid_at", 11))}
        for at, day in enumerate(days)
    ]
    return Study(opened({"orders": rows}, settings), period)


@pytest.mark.parametrize(
    ("period", "first", "against", "before"),
    [
        ("2026-W39", "2025-09-01", "previous", "2026-W38"),
        ("2026-11-09..2026-11-11", "2025-09-01", "counterpart", "2025-11-09..2025-11-11"),
        ("2026-W46", "2025-09-01", "counterpart", "2025-11-09..2025-11-15"),
        ("2026-W46", "2026-09-01", "unlike", "2026-W45"),  # the data do not reach back
        ("2026-W47", "2025-09-01", "ordinary", "2026-W45"),
        ("2026-Q4", "2025-09-01", "previous", "2026-Q3"),
    ],
)
def test_a_promotion_is_compared_with_its_counterpart(period, first, against, before):
    found = study(period, first).reference
    assert (found.against, found.period.label) == (against, before)


def test_spring_festival_moves_with_the_moon():
    spring = promotions.during(periods.parse("2026-02-17"), ())
    assert [one.key for one in spring] == ["spring_festival"]
    assert promotions.counterpart(periods.parse("2026-02-17"), spring[0], ()).start == date(2025, 1, 29)


def test_a_shop_has_promotions_of_its_own():
    own = ["2026-09-15 会员日", "2026-09-08..2026-09-08 会员日"]
    found = study("2026-09-15", promotions=own).reference
    assert (found.against, found.period.label) == ("counterpart", "2026-09-08..2026-09-08")
    with pytest.raises(KpiError, match="write it as"):
        _ = study("2026-09-15", promotions=["next week"]).reference


def test_a_reader_is_told_why_it_is_not_the_week_before():
    assert "改与上一个平常时段" in words(study("2026-W47").compared())
    assert study("2026-W39").compared() is None


def test_a_period_that_begins_before_the_data_says_so_and_proves_its_numbers():
    young = study("2025-Q3")
    assert "数据从 9 月 1 日才开始：本期 92 天里只有 30 天" in words(young.compared())
    assert "2025-09-01 当天有 10 行" in words(young.proof("orders_paid"))


def test_unlike_weeks_are_neither_good_nor_bad():
    found = moved(study("2026-W46", "2026-09-01"), "orders_paid")
    assert found.good is None


def test_the_four_weeks_before_are_a_mean_for_counts_and_a_quotient_for_ratios():
    found = four_weeks(study("2026-W39"), ["orders_paid", "sales_per_order"]).set_index("metric")["value"]
    assert (found["orders_paid"], found["sales_per_order"]) == (70, 100)


def test_an_open_period_is_compared_at_equal_maturity(sample_store):
    study = Study(kpi.open_desk(data_dir=sample_store), "2026-10-29..2026-11-04", "2026-10-22..2026-10-28")
    assert study.row("inquiry_to_final_payment_rate")["provisional"]
    now, before = pair(study, "inquiry_to_final_payment_rate")
    days = [(row["period_end"] - row["period_start"]).days for row in (now, before)]
    assert days[0] == days[1] < 7 and not now["provisional"] and before["period_start"] == date(2026, 10, 22)
    assert "同样几天" in study.headline("inquiry_to_final_payment_rate")


def half(home: Path, desk: Desk, side: int) -> Desk:
    """The shop of every other buyer, since a fortnight before the week."""
    files = Store(home).tables(desk.shop)
    mine = f"hash(buyer_id) % 2 = {side} AND {{}} >= TIMESTAMPTZ '2026-10-08 00:00+08'"
    wanted = {"messages": mine.format("sent_at"), "orders": mine.format("created_at"), "agents": "TRUE"}
    orders = f"SELECT order_id FROM read_parquet({files['orders']}) WHERE {wanted['orders']}"
    wanted["refunds"] = f"order_id IN ({orders})"
    tables = {
        name: duckdb.sql(f"SELECT * FROM read_parquet({files[name]}) WHERE {where}").to_arrow_table()
        for name, where in wanted.items()
    }
    return from_tables(tables, desk.shop, desk.settings)


def test_two_random_halves_of_a_week_claim_nothing(sample_store):
    desk = kpi.open_desk(data_dir=sample_store)
    names = ["received_buyers", "inquiry_to_final_payment_rate", "sales_per_buyer", "first_response_seconds"]
    names += ["within_3min_rate", "refund_rate_amount", "orders_paid", "reply_rate", "agent_sales"]
    halves = [half(sample_store, desk, side) for side in (0, 1)]
    rows, before = (kpi.compute(names, one, "2026-W44").set_index("metric", drop=False) for one in halves)
    found = {name: change(row, before.loc[name], kpi.metrics.get(name)) for name, row in rows.iterrows()}
    judged = [(kpi.metrics.get(name), rows.loc[name], change) for name, change in found.items()]
    assert rows["value"].notna().all()
    assert [(metric.name, found) for metric, _, found in judged if found.claims] == []
    assert "没有超出正常波动" in headline(judged, "zh")[0]
