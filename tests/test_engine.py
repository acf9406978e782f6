"""The engine against the reference: the spec tables, and random adversarial shops, for every metric and grain."""

from datetime import timedelta

import pytest
from engines import answers, opened
from reference import METRICS, Reference, differences
from shops import played_days, random_shop
from spec_tables import Case, load_cases, problems

from kpi_helpers.metrics.compute import compute
from kpi_helpers.periods import between

CASES = load_cases()
GRAINS = (None, ("agent",), ("day",), ("agent", "day"), ("team",), ("hour",))
ROLLING = {"dispute_rate", "self_completion_rate", "refund_completion_hours"}  # no hour of day in 28 days


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_spec_table(case: Case):
    assert problems(case, answers(case.tables, case.settings)) == []


@pytest.mark.parametrize("seed", range(12))
def test_random_shop(seed: int):
    tables, settings = random_shop(seed)
    reference, ask = Reference(tables, settings), answers(tables, settings, METRICS)
    start, end = played_days(tables)
    found = [
        f"{metric} by {by}: {line}"
        for by in GRAINS
        for metric in METRICS
        if not (by == ("hour",) and metric in ROLLING)
        for line in differences(*(_met(metric, given(metric, start, end, by)) for given in (reference.compute, ask)))
    ]
    assert found == []


def _met(metric: str, rows: dict) -> dict:
    """An agent without a sale has no share of the shop's sales in the reference, 0 in the engine."""
    return {k: row for k, row in rows.items() if row[0]} if metric == "agent_sales_share" and () not in rows else rows


def test_settled_leaves_out_open_windows():
    """The mature part of a range is the range cut where the windows are still open, and nothing more."""
    tables, settings = random_shop(3)
    desk = opened(tables, settings)
    start, end = played_days(tables)
    whole = between(start, end - timedelta(1))
    for metric in ("inquiry_to_final_payment_rate", "received_buyers", "paid_order_rate"):
        row = compute(metric, desk, whole, settled=True).iloc[0]
        assert not row["provisional"]
        assert compute(metric, desk, between(start, row["period_end"])).iloc[0]["provisional"]
    assert (
        compute("inquiring_buyers_paid", desk, between(end, end), settled=True).iloc[0]["basis"].endswith("settled yet")
    )
