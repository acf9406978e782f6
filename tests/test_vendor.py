"""Shops with a vendor's daily table (specification section 9): facts as they stand, rates by their base."""

from datetime import date

import pytest
from engines import opened

from kpi_helpers import desk, sources
from kpi_helpers.metrics.compute import compute
from kpi_helpers.periods import between
from kpi_helpers.store.store import Store

REWEIGHTED = {"first_wait_seconds", "chats_first_answered", "reception_seconds"}
TEAMS = [{"agent_id": "A", "team": "红队"}, {"agent_id": "B", "team": "红队"}, {"agent_id": "C", "team": "blue"}]


def day(number: int) -> date:
    """The n-th of November 2026."""
    return date(2026, 11, number)


def printed(number: int, agent: str, report: str = "chitu_workload", **facts: float | None) -> list[dict]:
    """Rows of one agent-day of a report; None: 延迟统计. `printed_NAME` is a printed rate."""
    who = {"shop_id": "s1", "day": str(day(number)), "agent_id": agent, "report": report}
    rows = [(name.replace("printed_", "printed:"), value) for name, value in facts.items()]
    return [who | {"fact": fact, "value": _text(value), "basis": _basis(fact)} for fact, value in rows]


def _text(value: float | None) -> str | None:
    return None if value is None else str(value)


def _basis(fact: str) -> str:
    return "reweighted" if fact in REWEIGHTED or ":" in fact else "exact"


def shop(*days: list[dict], **tables: list[dict]) -> desk.Desk:
    """A shop with these agent-days and, perhaps, other tables."""
    return opened({"agent_daily": [row for rows in days for row in rows], **tables}, {})


def told(one: desk.Desk, metric: str, first: int, last: int | None = None, by: str | None = None) -> dict:
    """group -> (numerator, denominator, basis), from the n-th to the m-th."""
    frame = compute(metric, one, between(day(first), day(last or first)), by)
    groups = by.split(",") if by else []
    return {tuple(row[name] for name in groups): _sides(row) for row in frame.to_dict("records")}


def _sides(row: dict) -> tuple:
    sides = [None if row[name] != row[name] else row[name] for name in ("numerator", "denominator")]
    return (*sides, row["basis"])


def exact(count: float) -> tuple:
    return count, None, "exact"


def people(count: float) -> tuple:
    return count, None, "summed_over_agents"


def only(one: desk.Desk, metric: str, first: int, last: int | None = None) -> dict:
    """The one row of the whole shop."""
    (row,) = compute(metric, one, between(day(first), day(last or first))).to_dict("records")
    return row


def message(number: int, clock: str, sender: str, buyer: str = "b1", agent: str = "A") -> dict:
    at = f"{day(number)} {clock}"
    row = {"shop_id": "s1", "message_id": f"{at}{buyer}", "buyer_id": buyer, "agent_id": agent}
    return row | {"sender": sender, "sent_at": at}


def talk(number: int, buyer: str = "b1", agent: str = "A") -> list[dict]:
    """A chat of one question and one answer, 20 seconds apart."""
    return [message(number, "10:00:00", "buyer", buyer, agent), message(number, "10:00:20", "agent", buyer, agent)]


def order(number: int, name: str, amount: str = "10", buyer: str | None = "b1") -> dict:
    at = f"{day(number)} 11:00:00"
    row = {"shop_id": "s1", "order_id": name, "buyer_id": buyer, "created_at": at, "paid_at": at, "closed_at": None}
    return row | {"paid_amount": amount, "item_count": "1"}


# --- facts, means and rates ---------------------------------------------------------------------------------

WEEK = [
    printed(2, "A", received_buyers=10, consulted_buyers=12, answered_buyers=9, sales=100.1, peak_concurrent_chats=4),
    printed(2, "B", received_buyers=30, consulted_buyers=30, answered_buyers=30, sales=0.2, peak_concurrent_chats=7),
    printed(3, "A", received_buyers=5, consulted_buyers=5, answered_buyers=0, sales=0, peak_concurrent_chats=6),
    printed(3, "C", received_buyers=0, consulted_buyers=0, answered_buyers=0, sales=0, peak_concurrent_chats=0),
]


def test_facts_as_they_stand_at_every_grain():
    one = shop(*WEEK, agents=TEAMS)
    assert told(one, "received_buyers", 2, 3) == {(): people(45)}
    assert told(one, "received_buyers", 2, 3, "agent") == {("A",): exact(15), ("B",): exact(30), ("C",): exact(0)}
    assert told(one, "received_buyers", 1, 9, "day") == {(day(2),): people(40), (day(3),): people(5)}
    assert told(one, "received_buyers", 3, 3, "agent,day") == {("A", day(3)): exact(5), ("C", day(3)): exact(0)}
    assert told(one, "received_buyers", 2, 3, "team") == {("blue",): people(0), ("红队",): people(45)}


def test_money_is_exact_to_the_cent():
    days = [printed(1 + n % 28, f"a{n}", sales=0.1) for n in range(300)]
    assert only(shop(*days), "sales", 1, 28)["value"] == 30


def test_a_fact_less_another():
    one = shop(*WEEK)
    assert told(one, "unanswered_buyers", 2, 3, "agent") == {("A",): exact(6), ("B",): exact(0), ("C",): exact(0)}
    assert told(one, "filtered_buyers", 2)[()] == people(2)
    said = shop(printed(2, "A", consulted_buyers=12, received_buyers=10, filtered_buyers=3, received_chats=14))
    assert (told(said, "filtered_buyers", 2)[()], told(said, "received_chats", 2)[()]) == (people(3), exact(14))


def test_both_sides_are_summed_before_dividing():
    row = only(shop(*WEEK), "reply_rate", 2, 3)
    assert (row["numerator"], row["denominator"], row["value"]) == (39, 45, 39 / 45)
    assert row["low"] < row["value"] < row["high"]


def test_nothing_over_nothing_is_nothing():
    assert told(shop(*WEEK), "reply_rate", 3, 3, "agent")["C",] == (0, 0, "exact")
    frame = compute("reply_rate", shop(*WEEK), between(day(3), day(3)), "agent").set_index("agent")
    assert frame["value"].isna().to_dict() == {"A": False, "C": True}


def test_means_through_their_own_base():
    """First response 100 s of 10 answered and 20 s of 30 answered: 40 s, not 60 s."""
    one = shop(
        printed(2, "A", received_buyers=11, first_wait_seconds=1000, chats_first_answered=10, reception_seconds=1100),
        printed(2, "B", received_buyers=30, first_wait_seconds=600, chats_first_answered=30, reception_seconds=600),
    )
    assert told(one, "first_response_seconds", 2) == {(): (1600, 40, "reweighted")}
    assert told(one, "first_response_seconds", 2, 2, "agent")["A",] == (1000, 10, "reweighted")
    assert told(one, "reception_seconds_per_chat", 2) == {(): (1700, 41, "reweighted")}
    assert only(one, "received_buyers", 2)["basis"] == "summed_over_agents"


def test_a_printed_rate_times_the_base_of_another_report():
    one = shop(
        printed(2, "A", "chitu_daily", printed_inquiry_to_order_rate=0.5),
        printed(2, "A", "chitu_summary", inquiring_buyers=8),
        printed(2, "B", "chitu_daily", printed_inquiry_to_order_rate=0.25),
        printed(2, "B", "chitu_summary", inquiring_buyers=40),
        printed(2, "C", "chitu_daily", printed_inquiry_to_order_rate=0.9),  # no base: left out
    )
    assert told(one, "inquiry_to_order_rate", 2) == {(): (14, 48, "reweighted, summed_over_agents")}
    assert told(one, "inquiring_buyers_ordered", 2, 2, "agent") == {
        ("A",): (4, None, "reweighted"), ("B",): (10, None, "reweighted"),
    }  # fmt: skip


def test_a_counted_numerator_is_better_than_a_printed_rate():
    one = shop(
        printed(2, "A", "chitu_daily", printed_inquiry_to_order_rate=0.33),
        printed(2, "A", "chitu_summary", inquiring_buyers=9, inquiring_buyers_ordered=3),
    )
    assert told(one, "inquiry_to_order_rate", 2, 2, "agent") == {("A",): (3, 9, "exact")}


def test_peaks_take_the_maximum():
    one = shop(*WEEK, agents=TEAMS)
    assert only(one, "peak_concurrent_chats", 2, 3)["value"] == 7
    assert only(one, "peak_concurrent_chats", 3)["value"] == 6
    assert told(one, "peak_concurrent_chats", 2, 3, "agent")["A",] == exact(6)
    assert told(one, "peak_concurrent_chats", 2, 3, "team")["红队",][0] == 7


# --- missing and late ---------------------------------------------------------------------------------------


def test_what_is_late_is_left_out_on_both_sides():
    one = shop(
        printed(2, "A", inquiring_buyers=10, inquiring_buyers_paid=4),
        printed(2, "B", inquiring_buyers=90, inquiring_buyers_paid=None),
    )
    row = only(one, "inquiry_to_final_payment_rate", 2)
    assert (row["numerator"], row["denominator"], row["provisional"]) == (4, 10, True)
    assert only(one, "inquiring_buyers", 2)["value"] == 100
    assert not only(one, "inquiring_buyers", 2)["provisional"]


def test_late_is_not_available_and_marked_group_by_group():
    one = shop(
        printed(2, "A", inquiring_buyers=10, inquiring_buyers_paid=4),
        printed(2, "B", inquiring_buyers=90, inquiring_buyers_paid=None),
        printed(3, "A", inquiring_buyers=7, printed_inquiry_to_final_payment_rate=None),
    )
    frame = compute("inquiry_to_final_payment_rate", one, between(day(2), day(2)), "agent").set_index("agent")
    assert frame["provisional"].to_dict()["A"] is False
    row = only(one, "inquiry_to_final_payment_rate", 3)
    assert row["value"] != row["value"] and row["provisional"] and row["basis"].startswith("not available")


def test_settled_in_a_later_export():
    """The rate came late, its product with 询单人数 stays empty in the store: the printed rate now says it."""
    one = shop(
        printed(2, "A", "chitu_daily", inquiring_buyers_paid=None, printed_inquiry_to_final_payment_rate=0.5),
        printed(2, "A", "chitu_summary", inquiring_buyers=8),
    )
    row = only(one, "inquiry_to_final_payment_rate", 2)
    assert (row["numerator"], row["denominator"], row["provisional"]) == (4, 8, False)


def test_a_range_longer_than_the_reports_is_provisional():
    assert only(shop(*WEEK), "received_buyers", 2, 4)["provisional"]
    assert not only(shop(*WEEK), "received_buyers", 1, 3)["provisional"]


# --- accounts and reports -----------------------------------------------------------------------------------

FORMER = [{"agent_id": "A"}, {"agent_id": "A-old", "alias_of": "A", "valid_to": str(day(10))}]


def test_accounts_of_one_agent_are_added():
    one = shop(
        printed(2, "A", received_buyers=10, peak_concurrent_chats=4),
        printed(2, "A-old", received_buyers=3, peak_concurrent_chats=2),
        printed(12, "A-old", received_buyers=50),
        agents=FORMER,
    )
    assert told(one, "received_buyers", 2, 12, "agent") == {("A",): exact(13), ("A-old",): exact(50)}
    assert told(one, "peak_concurrent_chats", 2, 2, "agent") == {("A",): exact(4)}


def test_a_late_account_is_left_out_on_both_sides():
    one = shop(
        printed(2, "A", inquiring_buyers=10, inquiring_buyers_paid=4),
        printed(2, "A-old", inquiring_buyers=90, inquiring_buyers_paid=None),
        agents=FORMER,
    )
    row = only(one, "inquiry_to_final_payment_rate", 2)
    assert (row["numerator"], row["denominator"], row["provisional"]) == (4, 10, True)


def test_the_best_report_wins():
    one = shop(
        printed(2, "A", "chitu_daily", received_buyers=1),
        printed(2, "A", "chitu_workload", received_buyers=7),
        printed(2, "A", "chitu_summary", received_buyers=2),
        printed(3, "A", "chitu_workload", received_buyers=None),
        printed(3, "A", "chitu_daily", received_buyers=1),
    )
    assert told(one, "received_buyers", 2, 3, "day") == {(day(2),): people(7), (day(3),): people(1)}
    assert not only(one, "received_buyers", 3)["provisional"]


# --- beside raw tables --------------------------------------------------------------------------------------


def test_raw_wins_on_its_days_and_the_reports_serve_the_others():
    reports = [printed(n, agent, received_buyers=100) for n in (2, 3, 4) for agent in "AB"]
    one = shop(*reports, messages=talk(3))
    assert told(one, "received_buyers", 2, 4, "day") == {
        (day(2),): people(200), (day(3),): exact(1), (day(4),): people(200),
    }  # fmt: skip
    assert only(one, "received_buyers", 2, 4)["value"] == 401
    assert told(one, "received_buyers", 2, 4, "agent") == {("A",): exact(201), ("B",): exact(200)}


def test_settled_when_the_reports_go_on_after_raw():
    reports = [printed(n, "A", received_buyers=100, inquiring_buyers=9) for n in (2, 3, 4)]
    one = shop(*reports, messages=talk(2) + talk(3), orders=[order(2, "o1"), order(3, "o2")])
    assert not only(one, "received_buyers", 2, 4)["provisional"]
    assert only(one, "inquiring_buyers", 2, 4)["provisional"]  # the 3rd's window was open when raw data end


def test_a_peak_is_the_highest_of_both():
    one = shop(printed(2, "A", peak_concurrent_chats=5), messages=talk(3) + talk(3, "b2"))
    assert only(one, "peak_concurrent_chats", 2, 3)["value"] == 5


def test_nothing_counts_twice_where_raw_tables_begin_on_different_days():
    reports = [printed(n, "A", inquiring_buyers=100) for n in (2, 3, 4)]
    one = shop(*reports, messages=[row for n in (2, 3, 4) for row in talk(n)], orders=[order(4, "o1")])
    assert only(one, "inquiring_buyers", 2, 4)["value"] == 3
    assert told(one, "inquiring_buyers", 2, 4, "day") == {(day(n),): exact(1) for n in (2, 3, 4)}


def test_orders_without_chats_say_the_shop_and_the_reports_say_the_agents():
    reports = [printed(2, "A", sales=60, received_buyers=4), printed(2, "B", sales=30, received_buyers=5)]
    one = shop(*reports, orders=[order(2, "o1", "100"), order(2, "o2", "50", "b2")])
    assert told(one, "sales", 2) == {(): exact(150)}
    assert told(one, "received_buyers", 2) == {(): people(9)}
    by_agent = told(one, "sales", 2, 2, "agent")
    assert (by_agent["A",], by_agent["B",]) == (exact(60), exact(30))


def test_orders_without_buyers_leave_people_to_the_reports():
    reports = [printed(n, "A", paying_buyers=6) for n in (2, 3)]
    one = shop(*reports, messages=talk(2), orders=[order(2, "o1", buyer=None)])
    assert told(one, "paying_buyers", 2, 3) == {(): people(12)}
    assert told(one, "orders_paid", 2)[()][0] == 1


# --- never 0 for unknown ------------------------------------------------------------------------------------


UNKNOWN = [
    "buyer_messages", "within_3min_rate", "first_response_seconds", "inquiry_loss_rate", "silent_sales_share",
    "visitors", "agent_sales_share", "refund_rate_amount", "net_sales", "service_rating", "response_seconds_p90",
    "transferred_in_buyers",
]  # fmt: skip


@pytest.mark.parametrize("by", [None, "agent", "day", "agent,day", "team", "hour"])
def test_what_no_report_has_is_not_available(by):
    frame = compute(UNKNOWN, shop(*WEEK, agents=TEAMS), between(day(2), day(3)), by)
    assert frame[["numerator", "denominator", "value"]].isna().all(axis=None)
    assert frame["basis"].str.startswith("not").all()


def test_a_day_without_a_report_is_not_available():
    row = only(shop(*WEEK), "received_buyers", 9)
    assert row["value"] != row["value"] and row["basis"].startswith("not available")


# --- from an export -----------------------------------------------------------------------------------------

HEADER = "旺旺昵称,日期,接待人数,询单->最终付款成功率"


def test_a_rate_that_comes_late_and_settles(tmp_path):
    """赤兔: 延迟统计 today, the rate tomorrow, 询单人数 in another report."""
    reports = {
        "日数据.csv": f"{HEADER}\n甲店:小红,2026-11-02,11,延迟统计\n甲店:小蓝,2026-11-02,50,25%\n",
        "汇总.csv": "旺旺昵称,日期,询单人数,销售额\n甲店:小红,2026-11-02,10,99.90\n甲店:小蓝,2026-11-02,40,0.10\n",
    }
    assert _ingested(tmp_path, reports) == (10, 40, True)
    assert _ingested(tmp_path, {"日数据2.csv": f"{HEADER}\n甲店:小红,2026-11-02,11,50%\n"}) == (15, 50, False)


def _ingested(home, files: dict[str, str]) -> tuple:
    for name, text in files.items():
        (home / name).write_text(text, "utf-8")
    report = sources.ingest([home / name for name in files], home)
    assert report.refused == []
    one = desk.open_desk(Store(home).shops()[0], home)
    row = only(one, "inquiry_to_final_payment_rate", 2)
    return row["numerator"], row["denominator"], row["provisional"]
