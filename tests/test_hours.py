"""Working hours: the published table (Monday to Friday 10:00-18:00), overlaps, nights, holidays; as a metric."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from engines import opened
from hypothesis import given
from hypothesis import strategies as st

from kpi_helpers.engine.hours import WorkingTime, from_settings, is_set, working_seconds
from kpi_helpers.errors import KpiError
from kpi_helpers.metrics.compute import compute
from kpi_helpers.metrics.rows import rows
from kpi_helpers.settings import Settings, defaults, merge

OFFICE = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "10:00-18:00")
# ERPNext's own expectations; where it writes 1 s for "wholly outside", the kit says 0 and keeps the answer's time.
PUBLISHED = [
    ("06-28 11:00", "06-28 12:00", 3600), ("06-28 06:00", "06-28 12:00", 7200), ("06-27 10:00", "06-27 11:00", 0),
    ("06-28 06:00", "06-29 11:00", 32400), ("06-25 06:00", "06-26 11:00", 28800), ("06-28 12:00", "06-29 11:00", 25200),
    ("06-25 12:00", "06-26 11:00", 21600), ("06-25 20:00", "06-27 11:00", 0), ("06-28 20:00", "06-29 06:00", 0),
    ("06-28 20:00", "06-29 20:00", 28800), ("06-28 06:00", "07-01 06:00", 86400),
    ("06-28 06:00", "07-01 20:00", 115200), ("06-28 12:00", "07-01 06:00", 79200),
    ("06-28 12:00", "07-01 20:00", 108000), ("06-28 20:00", "07-01 06:00", 57600),
]  # fmt: skip


def shop(hours: dict, timezone: str = "Asia/Shanghai") -> Settings:
    return Settings(merge(defaults(), {"working_hours": hours, "timezone": timezone}))


def second(text: str, zone: str = "Asia/Shanghai", year: int = 2021) -> int:
    return int(datetime.fromisoformat(f"{year}-{text}").replace(tzinfo=ZoneInfo(zone)).timestamp())


def measured(hours: dict, asked: str, answered: str, zone: str = "Asia/Shanghai", year: int = 2021) -> int:
    time = from_settings(shop(hours, zone), date(year, 1, 1), date(year, 12, 31))
    return int(working_seconds([second(asked, zone, year)], [second(answered, zone, year)], time)[0])


def test_published_table():
    time = from_settings(shop(OFFICE), date(2021, 6, 1), date(2021, 7, 31))
    asked, answered, expected = zip(*PUBLISHED, strict=True)
    found = working_seconds([second(t) for t in asked], [second(t) for t in answered], time)
    assert found.tolist() == list(expected)


@pytest.mark.parametrize(
    ("hours", "asked", "answered", "seconds"),
    [
        ({"daily": "09:00-12:00, 13:00-18:00"}, "03-01 11:00", "03-01 14:00", 7200),
        ({"daily": "18:00-02:00"}, "03-01 23:00", "03-02 05:00", 3 * 3600),  # runs into the next day
        ({"daily": "00:00-24:00"}, "03-01 23:00", "03-02 05:00", 6 * 3600),  # no gap at midnight
        ({"daily": "09:00-18:00", "sun": "closed"}, "03-06 17:00", "03-08 10:00", 7200),
        ({"daily": "09:00-18:00", "holidays": ["2021-03-02..2021-03-03"]}, "03-01 17:00", "03-04 10:00", 7200),
        ({"daily": "10:00-18:00"}, "03-01 12:00", "03-01 12:00", 0),
    ],
)
def test_forms_of_the_setting(hours, asked, answered, seconds):
    assert measured(hours, asked, answered) == seconds


def test_clocks_that_change():
    """New York sets its clocks back at 2:00 on 7 November 2021: the night is an hour longer."""
    assert measured({"daily": "00:00-24:00"}, "11-06 23:00", "11-07 05:00", "America/New_York") == 7 * 3600


@pytest.mark.parametrize("text", ["9-18", "09:00", "25:00-26:00", "morning"])
def test_what_is_no_time_is_said(text):
    with pytest.raises(KpiError, match="should look like"):
        from_settings(shop({"daily": text}), date(2021, 1, 1), date(2021, 1, 2))


def test_nothing_is_set_by_default():
    assert not is_set(shop({})) and is_set(shop({"sat": "10:00-12:00"}))


spans = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=8)


@given(spans, st.integers(-20, 320), st.integers(-20, 320))
def test_as_counted_second_by_second(given_spans, start, end):
    start, end = sorted((start, end))
    open_seconds = {second for a, b in given_spans for second in range(a, b)}
    found = working_seconds([start], [end], WorkingTime.of(given_spans))
    assert found.tolist() == [len(open_seconds & set(range(start, end)))]
    assert found.dtype == np.int64


# ---------------------------------------------------------------- as metrics

TABLES = {
    "messages": [
        {"shop_id": "s1", "buyer_id": "b1", "agent_id": "A", "sender": sender, "sent_at": f"2026-11-02 {at}"}
        for at, sender in (("09:58:00", "buyer"), ("10:02:00", "agent"), ("11:00:00", "buyer"), ("11:00:40", "agent"))
    ]
    + [{"shop_id": "s1", "buyer_id": "b2", "agent_id": "A", "sender": "buyer", "sent_at": "2026-11-02 20:00:00"}]
}
SHIFTS = [{"agent_id": "A", "start_at": "2026-11-02 10:01:00", "end_at": "2026-11-02 18:00:00"}]


def asked(tables: dict, settings: dict, name: str = "mean_response_working_seconds", **more) -> dict:
    return compute(name, opened(tables, settings), "2026-11-02", **more).to_dict("records")[0]


def test_waits_in_working_time():
    office = {"working_hours": {"daily": "10:00-18:00"}}
    row = asked(TABLES, office)
    assert (row["numerator"], row["denominator"], row["value"]) == (120 + 40, 2, 80)
    assert asked(TABLES, office, "first_response_working_seconds")["value"] == 120
    assert asked(TABLES, office, "mean_response_seconds")["value"] == (240 + 40) / 2  # all hours stay the default
    assert asked(TABLES, office | {"unanswered_in_mean": "cap600"})["numerator"] == 120 + 40 + 600


def test_shifts_are_working_hours_where_none_are_set():
    assert asked(TABLES | {"shifts": SHIFTS}, {})["numerator"] == 60 + 40
    listed = rows("working_wait_seconds", opened(TABLES | {"shifts": SHIFTS}, {}), "2026-11-02")
    assert listed["working_wait_seconds"].tolist() == [60, 40]
    assert listed["wait_seconds"].tolist() == [240, 40]


def test_without_hours_it_is_not_available():
    row = asked(TABLES, {})
    assert row["basis"].startswith("not available: working hours are not known")
    other = compute("mean_response_working_seconds", opened(TABLES | {"shifts": SHIFTS}, {}), "2026-11-05")
    assert "shifts do not cover" in other["basis"][0] or "messages do not cover" in other["basis"][0]


def test_by_agent_and_day():
    office = {"working_hours": {"daily": "10:00-18:00"}}
    assert asked(TABLES, office, by="agent,day")["value"] == 80
