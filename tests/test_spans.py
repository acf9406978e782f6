"""Periods asked together give what each gives alone."""

import pytest

from kpi_helpers import metrics, periods
from kpi_helpers.desk import open_desk
from kpi_helpers.metrics.ask import asks
from kpi_helpers.metrics.compute import answers, as_frame
from kpi_helpers.platforms.rules import definitions

NAMES = [name for name in metrics.metrics() if name not in definitions()[1]]
FEW = ["sales_per_buyer", "dispute_rate", "peak_concurrent_chats", "response_seconds_p90", "distinct_received_buyers"]


@pytest.fixture(scope="module")
def desk(sample_store):
    return open_desk(data_dir=sample_store)


@pytest.mark.parametrize(("names", "by"), [(NAMES, None), (NAMES, "agent"), (FEW, "day"), (FEW, "team,hour")])
def test_periods_asked_together(desk, names, by):
    last = desk.period("latest-week")
    spans = [last, *last.history(4)[:2], last.previous().year_before()]  # with a gap, and one without any data
    together = [as_frame(rows, by) for rows in answers(names, desk, spans, by)]
    for span, found in zip(spans, together, strict=True):
        alone = as_frame(answers(names, desk, [span], by)[0], by)
        assert found.round(9).equals(alone.round(9)), span.label


def test_overlapping_periods_are_asked_one_by_one(desk):
    week = desk.period("latest-week")
    day = periods.between(week.last_day, week.last_day)
    found = asks(desk, [week, day], (), [metrics.get("received_buyers")])
    counts = [ask.counts["received_buyers"][()] for ask in found]
    assert 0 < counts[1] < counts[0]
