"""Platform views: the catalogue's vectors, the rule of the day, who answers, and that the house view stands apart."""

from datetime import date, timedelta

import pytest
from engines import opened
from shops import played_days, random_shop

from kpi_helpers import metrics, platforms
from kpi_helpers.errors import KpiError
from kpi_helpers.metrics.compute import compute
from kpi_helpers.metrics.rows import rows
from kpi_helpers.periods import between


def line(at: str, sender: str, agent: str | None = "A", buyer: str = "b1", text: str = "在吗") -> dict:
    """One message; "02 10:00:00" is in November 2026."""
    moment = f"2026-11-{at}" if len(at) == 11 else at
    return {"shop_id": "s1", "buyer_id": buyer, "agent_id": agent, "sender": sender, "sent_at": moment, "text": text}


def number(name: str, lines: list[dict], period: str = "2026-11-02", **more) -> tuple:
    """(numerator, denominator) of the only row, or of the agent asked for."""
    agent = more.pop("agent", "")
    found = compute(name, opened({"messages": lines}, more), period, "agent" if agent else None)
    row = (found[found["agent"] == agent] if agent else found).iloc[0]
    return row["numerator"], row["denominator"]


V13 = [line("02 10:10:15", "buyer"), line("02 10:15:20", "buyer"), line("02 10:18:10", "agent")]
V14 = [*V13, line("02 10:18:30", "buyer"), line("02 10:19:00", "agent")]
V15 = [line(f"02 10:00:{second:02}", "buyer") for second in range(0, 50, 5)]
V18 = [line("02 10:00:00", "buyer"), line("02 10:05:00", "buyer", "B"), line("02 10:05:20", "agent", "B")]


def test_v13_the_clock_starts_at_the_first_unanswered_line():
    assert number("taobao_within_3min_rate", V13) == (0, 1)


def test_v14_the_next_round_by_itself():
    assert number("taobao_within_3min_rate", V14) == (1, 2)


def test_v15_a_burst_is_one_round_and_midnight_ends_it():
    assert number("taobao_within_3min_rate", [*V15, line("03 00:00:30", "agent")]) == (0, 1)


def test_v16_means_under_the_cap():
    assert number("taobao_mean_response_seconds", V13) == (475, 1)
    assert number("taobao_mean_response_seconds", V14) == (475 + 30, 2)


@pytest.mark.parametrize(("year", "late", "never"), [(2026, (600, 1), (600, 1)), (2020, (600, 1), (0, 0))])
def test_v17_a_reply_after_12_minutes_and_none(year, late, never):
    day = f"{year}-11-02"
    asked = line(f"{day} 10:00:00", "buyer")
    assert number("taobao_mean_response_seconds", [asked, line(f"{day} 10:12:00", "agent")], day) == late
    assert number("taobao_mean_response_seconds", [asked], day) == never


def test_v18_passed_on_unanswered():
    assert number("taobao_mean_response_seconds", V18, agent="A") == (600, 1)
    assert number("taobao_mean_response_seconds", V18, agent="B") == (20, 1)
    assert number("taobao_within_3min_rate", V18) == (1, 2)


def test_v19_a_session_that_began_before_the_assessed_hours():
    early = [line("02 08:56:00", "buyer"), line("02 09:01:00", "agent")]
    assert number("jd_first_response_within_30s_rate", early) == (0, 0)
    assert number("taobao_within_3min_rate", early) == (0, 1)  # by rounds, from 8:00


def test_v20_every_session_by_the_rule_of_its_day():
    days = [date(2021, 11, 17) + timedelta(number) for number in range(30)]
    late = [line(f"{day} 23:30:{second}", who) for day in days for second, who in (("00", "buyer"), ("20", "agent"))]
    desk = opened({"messages": late}, {})
    period = between(days[0], days[-1])
    found = compute("jd_first_response_within_30s_rate", desk, period).iloc[0]
    assert (found["numerator"], found["denominator"]) == (14, 14)  # 14 days under the old rule, 16 under the new one
    by_day = compute("jd_first_response_within_30s_rate", desk, period, "day")
    assert by_day["denominator"].tolist() == [1] * 14 + [0] * 16
    listed = rows("jd_first_response_within_30s_rate", desk, period, side="denominator")
    assert set(listed["rule_day"]) == {date(2000, 1, 1)}


def test_v22_consultations_with_a_miss():
    lines = []
    for n in range(100):
        wait = "04:00" if n < 30 else "00:30"
        lines += [line("02 10:00:00", "buyer", buyer=f"b{n}"), line(f"02 10:{wait}", "agent", buyer=f"b{n}")]
    assert number("xiaohongshu_within_3min_rate", lines) == (70, 100)
    # A later answer does not make up for it, and a good first round does not either.
    late_second = [line("02 10:00:00", "buyer"), line("02 10:00:05", "agent"), line("02 10:01:00", "buyer")]
    assert number("xiaohongshu_within_3min_rate", late_second) == (0, 1)
    assert number("douyin_within_3min_rate", late_second) == (0, 1)


@pytest.mark.parametrize(("at", "counted"), [("22:59:59", 1), ("23:00:00", 0), ("08:00:00", 1), ("07:59:59", 0)])
def test_assessed_hours_are_half_open(at, counted):
    for name in ("taobao_within_3min_rate", "pdd_within_3min_rate", "douyin_within_3min_rate"):
        assert number(name, [line(f"02 {at}", "buyer")]) == (0, counted)


def test_buyers_count_once_a_day():
    """PDD: of two buyers one waits too long once, in one of his three rounds, with another agent."""
    lines = [line("02 10:00:00", "buyer"), line("02 10:00:10", "agent"), line("02 10:01:00", "buyer")]
    lines += [line("02 10:01:10", "agent"), line("02 12:00:00", "buyer", "B"), line("02 12:04:00", "agent", "B")]
    lines += [line("02 10:00:00", "buyer", buyer="b2"), line("02 10:00:10", "agent", buyer="b2")]
    assert number("pdd_within_3min_rate", lines) == (1, 2)
    assert number("pdd_within_3min_rate", lines, agent="A") == (2, 2)
    assert number("kuaishou_within_3min_rate", lines) == (1, 2)


ASSISTED = [line("02 10:00:00", "buyer"), line("02 10:00:05", "assist"), line("02 10:01:00", "buyer")]
ASSISTED += [line("02 10:02:00", "agent")]


def test_who_counts_as_a_person():
    """Where the assisted answer counts there are two rounds; where it does not, one that waited two minutes."""
    assert number("taobao_mean_response_seconds", ASSISTED) == (5 + 60, 2)
    assert number("jd_mean_response_seconds", ASSISTED) == (120, 1)
    assert number("taobao_mean_response_seconds", ASSISTED, human_senders=["agent"]) == (5 + 60, 2)
    assert number("mean_response_seconds", ASSISTED, human_senders=["agent"]) == (120, 1)


def test_robots_counted_until_march_2023():
    robot = [("buyer", "10:00:00"), ("bot", "10:00:02"), ("buyer", "10:05:00"), ("agent", "10:09:00")]
    for day, met in (("2023-02-28", 0), ("2023-03-01", 0)):
        lines = [line(f"{day} {at}", who) for who, at in robot]
        assert number("kuaishou_within_3min_rate", lines, day) == (met, 1)
        assert number("kuaishou_within_3min_rate", lines[:2], day) == ((1, 1) if day < "2023-03" else (0, 1))


def test_an_answer_in_the_very_second():
    at_once = [line("02 10:00:00", "buyer"), line("02 10:00:00", "agent"), line("02 10:00:30", "agent")]
    assert number("taobao_mean_response_seconds", at_once) == (30, 1)  # a machine's; the person's came later
    in_2020 = [row | {"sent_at": row["sent_at"].replace("2026", "2020")} for row in at_once]
    assert number("taobao_mean_response_seconds", in_2020, "2020-11-02") == (0, 0)


def test_no_closing_line_is_excused():
    thanks = [line("02 10:00:00", "buyer"), line("02 10:00:10", "agent"), line("02 10:01:00", "buyer", text="谢谢")]
    assert number("within_3min_rate", thanks) == (1, 1)
    assert number("taobao_within_3min_rate", thanks) == (1, 2)
    assert number("taobao_within_3min_rate", [line("02 10:00:00", "buyer", text="谢谢")]) == (0, 1)


def test_nobody_was_there():
    alone = [line("02 10:00:00", "buyer", None)]
    assert number("jd_first_response_within_30s_rate", alone) == (0, 0)  # a message left behind
    assert number("douyin_within_3min_rate", alone) == (0, 1)


def test_1688_by_date_and_first_of_day():
    early = [line("2022-10-31 08:30:00", "buyer"), line("2022-11-01 08:30:00", "buyer")]
    assert number("1688_within_3min_rate", early, "2022-10-31..2022-11-01") == (0, 1)
    twice = [line("02 10:00:00", "buyer"), line("02 10:00:10", "agent"), line("02 15:00:00", "buyer")]
    twice += [line("02 15:00:50", "agent")]
    assert number("1688_first_response_seconds", twice) == (10, 1)
    assert number("1688_mean_response_seconds", twice) == (60, 2)


def test_a_round_over_midnight_is_booked_where_it_was_asked():
    night = [line("02 23:58:00", "buyer"), line("02 23:59:00", "agent"), line("03 00:01:00", "buyer")]
    assert number("taobao_within_3min_rate", night, "2026-11-02..2026-11-03") == (0, 0)


# ---------------------------------------------------------------- the room as a whole


@pytest.mark.parametrize("name", platforms.NAMES)
def test_rule_files(name):
    one = platforms.platform(name)
    days = [rule.valid_from for rule in one.rules]
    assert days == sorted(set(days)) and one.rule(date(2026, 11, 2)) == one.rules[-1]
    for rule in one.rules:
        assert rule.by in ("round", "session") and rule.unanswered in ("left_out", "cap")
        assert rule.zero_second in ("machine", "reply", "left_out") and rule.nobody in ("miss", "left_out")
        assert set(rule.human) <= {"agent", "assist", "bot"} and rule.grade in "ABC"
        assert 0 <= rule.hours[0] < rule.hours[1] <= 24 and rule.source and set(rule.note) == {"zh", "en"}
        assert rule.cap_seconds or rule.unanswered == "left_out"
    assert all(metrics.get(metric).platform == name for metric in one.metrics)


def test_the_shops_own_platform_is_shown():
    desk = opened({"messages": V14}, {"platform": "pdd"})
    assert platforms.view(desk, "2026-11-02")["metric"].tolist() == [
        "pdd_within_3min_rate",
        "pdd_mean_response_seconds",
    ]
    assert len(platforms.view(desk, "2026-11-02", "taobao", by="agent")) == 2
    with pytest.raises(KpiError, match="unknown platform"):
        platforms.view(desk, "2026-11-02", "ebay")


def test_no_chats_no_view():
    orders = [{"shop_id": "s1", "order_id": "o1", "buyer_id": "b1", "created_at": "2026-11-02 10:00:00"}]
    found = platforms.view(opened({"orders": orders}, {}), "2026-11-02")
    assert set(found["basis"]) == {"not available: no messages"}


@pytest.mark.parametrize("seed", range(3))
def test_one_rule_makes_the_house_rounds(seed):
    """With the house's senders, all hours and no closing excused, a platform's rounds are the house's own."""
    tables, given = random_shop(seed)
    given |= {"human_senders": ["agent", "assist"], "ignore_closing_lines": False, "zero_second_is_machine": False}
    given |= {"unanswered_in_mean": "exclude"}
    given["reception_filters"] = {"closing_only": False}
    desk = opened(tables, given)
    start, end = played_days(tables)
    period = between(start, end - timedelta(1))
    compute("taobao_rounds", desk, period)  # makes the turns
    rule = platforms.Rule(date(2000, 1, 1), (0, 24), "round", 180, ("agent", "assist"), "reply", 0, "left_out", "miss",
                          "A", "", {})  # fmt: skip
    one = platforms.Platform("test", {}, (rule,), {})
    from kpi_helpers.platforms.units import select

    columns = "buyer_id, agent_id, opened_at, closed_at"
    theirs = desk.con.execute(f"SELECT {columns} FROM ({select(one)}) ORDER BY ALL").fetchall()
    ours = desk.con.execute(f"SELECT {columns} FROM rounds ORDER BY ALL").fetchall()
    assert theirs == ours and ours
