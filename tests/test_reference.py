"""The reference meets the spec tables, and keeps the invariants on random shops."""

from __future__ import annotations

from functools import cache

import pytest
from reference import METRICS, Reference
from shops import played_days, random_shop
from spec_tables import Case, load_cases, problems

CASES = load_cases()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_spec_table(case: Case):
    assert problems(case, Reference(case.tables, case.settings).compute) == []


# --- invariants (kpi-pitfalls.md, section J) on random shops ------------------------------------------------


@pytest.fixture(scope="module", params=range(15))
def shop(request):
    """A random shop: fact(metric, by) over all its days, as {key: value}."""
    tables, settings = random_shop(request.param)
    reference = Reference(tables, settings)
    start, end = played_days(tables)

    @cache
    def fact(metric, by=None):
        return {key: row[2] or 0 for key, row in reference.compute(metric, start, end, by).items()}

    return fact


def total(rows: dict) -> object:
    return sum(rows.values())


def test_people_add_up(shop):
    """J1, J2: answered <= received <= consulted; filtered is the rest; agents at least the shop."""
    for by in (None, ("agent",), ("day",), ("team",), ("hour",)):
        consulted, received = shop("consulted_buyers", by), shop("received_buyers", by)
        filtered, answered = shop("filtered_buyers", by), shop("answered_buyers", by)
        for key, count in consulted.items():
            assert 0 <= answered.get(key, 0) <= received.get(key, 0) <= count
            assert filtered.get(key, 0) == count - received.get(key, 0)
    assert total(shop("received_buyers", ("agent",))) >= total(shop("received_buyers"))


def test_three_outcomes_add_up(shop):
    """J3, J4: mine + elsewhere + lost = inquiring for every agent; same-day <= final <= inquiring."""
    mine, lost = shop("inquiring_buyers_ordered", ("agent",)), shop("lost_buyers", ("agent",))
    elsewhere, same_day = (
        shop("elsewhere_buyers", ("agent",)),
        shop("inquiring_buyers_ordered_same_day", ("agent",)),
    )
    for key, count in shop("inquiring_buyers", ("agent",)).items():
        assert mine.get(key, 0) + elsewhere.get(key, 0) + lost.get(key, 0) == count
        assert same_day.get(key, 0) <= mine.get(key, 0) <= count


def test_owners_make_the_shop(shop):
    """J5: agents + silent = shop, to the cent, and every day."""
    for metric in ("sales", "orders_paid", "items", "orders_created", "net_sales"):
        assert total(shop(metric, ("agent",))) == total(shop(metric))
        assert total(shop(metric, ("agent", "day"))) == total(shop(metric, ("day",)))


def test_days_make_the_range(shop):
    """A range adds its days; a peak takes the greatest."""
    for metric in (
        "received_buyers",
        "rounds",
        "inquiring_buyers",
        "paying_buyers",
        "bot_messages",
        "lost_buyers",
    ):
        assert total(shop(metric, ("day",))) == total(shop(metric))
    peaks = shop("peak_concurrent_chats", ("day",)).values()
    assert max(peaks) == total(shop("peak_concurrent_chats"))


def test_every_metric_answers():
    """No metric fails at any grain, whatever table is missing."""
    tables, settings = random_shop(1)
    start, end = played_days(tables)
    for missing in ("", *tables):
        reference = Reference({name: rows for name, rows in tables.items() if name != missing}, settings)
        for metric in METRICS:
            for by in (None, ("agent",), ("day",), ("agent", "day"), ("team",), ("hour",)):
                reference.compute(metric, start, end, by)
