"""Findings: the verdict follows the interval, chance is never a change, both languages say it plainly."""

import string
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from kpi_helpers import metrics, stats, wording
from kpi_helpers.errors import KpiError
from kpi_helpers.wording import (
    agents_finding,
    agents_title,
    because,
    card,
    change,
    finding,
    stands_out,
    target_row,
    texts,
    title,
    told,
)
from kpi_helpers.wording.book import LANGS

NAN = float("nan")
WEEK = {"period_start": date(2026, 11, 16), "period_end": date(2026, 11, 23)}
SETTLED = {"provisional": False, "basis": "exact", "low": NAN, "high": NAN}


def record(kind="rate", unit="fraction", better="higher", name="paid_rate", flat=0.03):
    label = {"zh": "询单转化率", "en": "Inquiry to payment"}
    return SimpleNamespace(name=name, label=label, kind=kind, unit=unit, better=better, flat=flat)


RATE = record()
COUNT = record("count", "count", name="received_buyers")
SALES = record("count", "money", name="sales")
MONEY = record("money", "money", name="sales_per_buyer")


def headline(results, lang="zh"):
    """The headline of (metric, now, before)."""
    return wording.headline([(metric, now, change(now, before, metric)) for metric, now, before in results], lang)


def row(numerator, denominator=NAN, **more):
    value = numerator / denominator if denominator == denominator else numerator
    return WEEK | SETTLED | {"numerator": numerator, "denominator": denominator, "value": value} | more


@pytest.mark.parametrize(
    ("now", "before", "metric", "kind", "reason"),
    [
        (row(1045, 1845), row(853, 1790), RATE, "rose", ""),
        (row(640, 1845), row(853, 1790), RATE, "fell", ""),
        (row(84_500, 184_500), row(84_300, 184_000), RATE, "flat", ""),
        (row(46_600, 100_000), row(47_600, 100_000), RATE, "flat", ""),  # real, but inside the band
        (row(900, 1845), row(853, 1790), RATE, "cannot_tell", ""),
        (row(12, 12), row(853, 1790), RATE, "cannot_tell", "too_few"),
        (row(0, 40, value=NAN), row(853, 1790), RATE, "not_available", "missing"),
        (None, row(853, 1790), RATE, "not_available", "missing"),
        (row(853, 1790), None, RATE, "cannot_tell", "no_before"),
        (row(640, 1845, provisional=True), row(853, 1790), RATE, "cannot_tell", "provisional"),
        (row(640, 1845, provisional=True), row(853, 1790, provisional=True), RATE, "fell", ""),
        (row(640, 1845, basis="reweighted"), row(853, 1790), RATE, "cannot_tell", "basis"),
        (row(2300), row(2000), COUNT, "rose", ""),
        (row(2050), row(2000), COUNT, "cannot_tell", ""),
        (row(3), row(0), COUNT, "cannot_tell", ""),
        (
            row(23_000),
            row(20_000),
            record("count", "count", name="buyer_messages"),
            "cannot_tell",
            "no_interval",
        ),
        (row(90_000, 600, low=140, high=160), row(60_000, 600, low=92, high=108), MONEY, "rose", ""),
        (row(90_000, 600, low=120, high=190), row(72_000, 600, low=92, high=150), MONEY, "cannot_tell", ""),
        (row(90_000, 600), row(60_000, 600), MONEY, "cannot_tell", "no_interval"),
    ],
)
def test_verdicts(now, before, metric, kind, reason):
    found = change(now, before, metric)
    assert (found.kind, found.reason) == (kind, reason)
    for lang in LANGS:
        assert finding(now, before, metric, lang) and card(found, metric, lang)


def test_good_follows_better():
    now, before = row(640, 1845), row(853, 1790)
    goods = [change(now, before, record(better=better)).good for better in ("higher", "lower", "neither")]
    assert goods == [False, True, None]


def test_rounds_that_cluster_in_buyers_need_a_larger_difference():
    now, before = row(4700, 10_000), row(5000, 10_000)
    assert change(now, before, RATE).kind == "fell"
    wide = [r | {"low": r["value"] - 0.03, "high": r["value"] + 0.03} for r in (now, before)]
    assert change(*wide, RATE).kind == "cannot_tell"


def test_history_keeps_an_ordinary_week_ordinary():
    restless = [1800, 2300, 1900, 2400, 1700, 2250, 1950]
    assert change(row(2300), row(2000), COUNT, history=restless).kind == "cannot_tell"
    assert change(row(2300), row(2000), COUNT, history=[1990, 2010, 2000, 1985, 2012, 2003]).kind == "rose"
    sales = record("count", "money", name="sales")
    assert change(row(9e5), row(5e5), sales, history=[5.1e5, 4.9e5, 5e5, 5.2e5, 4.8e5, 5e5]).kind == "rose"


def test_against_a_target_only_one_side_varies():
    assert change(row(853, 1790), target_row(0.55), RATE).kind == "fell"
    assert change(row(853, 1790), target_row(0.48), RATE).kind == "cannot_tell"
    assert "目标" in finding(row(853, 1790), target_row(0.55), RATE, against="target")


def test_one_row_at_a_time():
    frame = pd.DataFrame([row(640, 1845), row(853, 1790)])
    assert change(frame.iloc[:1], frame.iloc[1:], RATE).kind == "fell"
    with pytest.raises(KpiError, match="2"):
        change(frame, None, RATE)


# ---------------------------------------------------------------- chance is never called a change


def claimed(pairs, metric, **options):
    return np.mean([change(now, before, metric, **options).claims for now, before in pairs])


@pytest.mark.parametrize(("p", "n"), [(0.48, 60), (0.48, 2000), (0.97, 300), (0.02, 900)])
def test_halves_of_one_week_claim_nothing_in_rates(p, n):
    k = np.random.default_rng(1).binomial(n, p, (1000, 2))
    assert claimed([(row(a, n), row(b, n)) for a, b in k], RATE) <= 0.005


@pytest.mark.parametrize("mean", [4, 60, 3000])
def test_halves_of_one_week_claim_nothing_in_counts(mean):
    k = np.random.default_rng(2).poisson(mean, (1000, 2))
    assert claimed([(row(a), row(b)) for a, b in k], COUNT) <= 0.005


def test_halves_of_one_week_claim_nothing_in_money():
    rng = np.random.default_rng(3)

    def half():
        money = rng.lognormal(4.5, 1, rng.integers(40, 200))
        low, high = stats.bootstrap_ratio(money, np.ones(len(money)), resamples=499)
        return row(money.sum(), len(money), low=low, high=high)

    assert claimed([(half(), half()) for _ in range(200)], MONEY) <= 0.01


def test_halves_of_one_week_claim_nothing_in_sales():
    rng = np.random.default_rng(4)
    sales = record("count", "money", name="sales")

    def half():
        money = rng.lognormal(4.5, 1, rng.poisson(300))
        return row(money.sum(), squares=(money**2).sum())

    assert claimed([(half(), half()) for _ in range(500)], sales) <= 0.01


def test_a_quiet_page_has_a_quiet_headline():
    rng = np.random.default_rng(5)
    loud = 0
    for _ in range(100):
        k = rng.binomial(1500, [0.48, 0.95, 0.3], (2, 3))
        results = [(RATE, row(a, 1500), row(b, 1500)) for a, b in k.T]
        lines = headline([*results, (COUNT, row(rng.poisson(1500)), row(rng.poisson(1500)))], "en")
        loud += "none of the 4" not in lines[0]
        assert 3 <= len(lines) <= 5
    assert loud <= 2


def test_a_planted_change_is_found():
    k = np.random.default_rng(6).binomial(1500, [0.48, 0.40], (100, 2))
    assert claimed([(row(b, 1500), row(a, 1500)) for a, b in k], RATE) > 0.85


# ---------------------------------------------------------------- sentences


def test_a_finding_says_who_how_much_against_what_on_how_many():
    now, before = row(1045, 1845), row(853, 1790)
    assert finding(now, before, RATE, "zh", who="晓晓") == (
        "11 月 16～22 日，晓晓的询单转化率为 56.6%，比前一周的 47.7% 高 9.0 个百分点（样本 1,845 对 1,790），"
        "超出正常波动，向好。"
    )
    assert finding(now, before, RATE, "en", against="year_before", dated=False) == (
        "Inquiry to payment at 56.6%, up 9.0 points on the same period last year "
        "(47.7%; n = 1,845 and 1,790): more than normal variation, for the better."
    )


def test_both_provisional_is_said():
    now, before = (row(k, 1845, provisional=True) for k in (1045, 853))
    assert "两期均为暂定数" in finding(now, before, RATE) and "both provisional" in finding(now, before, RATE, "en")


def test_headline_puts_the_largest_change_first_and_leaves_out_small_samples():
    results = [
        (COUNT, row(2300), row(2000)),
        (RATE, row(640, 1845), row(853, 1790)),
        (RATE, row(2, 12), row(8, 12)),
    ]
    lines = headline(results, "zh")
    assert len(lines) == 2 and "低" in lines[0] and lines[0].startswith("11 月") and "接待" not in lines[0]
    assert headline([], "zh") == []


def test_a_name_never_becomes_a_sentence_of_its_own():
    who = "\u202e{label}<b>小a麦</b>\n"
    assert "，{label}<b>小a麦</b>的" in finding(row(1045, 1845), row(853, 1790), RATE, who=who)


@pytest.mark.parametrize("name", sorted(name for name, m in metrics.metrics().items() if m.kind == "rate"))
def test_titles_are_short(name):
    metric = metrics.get(name)
    for lang in LANGS:
        said = title(change(row(1045, 1845), row(853, 1790), metric), row(1045, 1845), metric, lang)
        size = len(said.split()) if lang == "en" else len([c for c in said if c > "\u3400"])
        assert size <= (14 if lang == "en" else 26), said
        assert size >= (5 if lang == "en" else 12), said
        assert not said.endswith(("。", "."))


def test_a_title_is_neutral_when_nothing_can_be_claimed():
    found = change(row(900, 1845), row(853, 1790), RATE)
    assert title(found, row(900, 1845), RATE, "en", by="agent") == "Inquiry to payment by agent, 16–22 Nov"
    assert title(None, row(900, 1845), RATE, "zh") == "询单转化率，11 月 16～22 日"


# ---------------------------------------------------------------- agents


def agents(counts, **more):
    frame = pd.DataFrame([{"agent": f"a{i}"} | row(k, n) for i, (k, n) in enumerate(counts)])
    return frame.assign(**more)


CROWD = [(150, 300), (148, 300), (152, 300), (149, 300), (90, 300), (0, 12)]


def test_only_an_agent_beyond_chance_is_named():
    found = stands_out(agents(CROWD), RATE, names={"a4": "晓晓"})
    assert [(a.name, a.side, a.good) for a in found] == [("晓晓", "below", False)]
    assert "晓晓 30.0%（样本 300），低于全体客服的" in agents_finding(found, RATE)
    assert agents_title(found, agents(CROWD), RATE, "en") == "Inquiry to payment: 1 of 5 agents stand out"


def test_nobody_is_named_on_provisional_numbers_or_other_kinds():
    assert stands_out(agents(CROWD, provisional=True), RATE) == []
    assert stands_out(agents(CROWD), MONEY) == []
    assert "正常波动之内" in agents_finding([], RATE)
    assert agents_title([], agents(CROWD), RATE, "en") == "Inquiry to payment by agent, 16–22 Nov"


def test_silent_is_no_agent():
    crowd = agents(CROWD)
    crowd.loc[4, "agent"] = "(unassigned)"
    assert stands_out(crowd, RATE) == []


def test_agents_who_are_alike_are_seldom_named():
    rng = np.random.default_rng(7)
    named = [
        bool(stands_out(agents(zip(rng.binomial(n, 0.48), n, strict=True)), RATE))
        for n in rng.integers(30, 300, (150, 8))
    ]
    assert np.mean(named) < 0.03


def test_one_poor_agent_makes_nobody_else_stand_out():
    crowd = [(1440, 3000), (1440, 3000), (1450, 3000), (1430, 3000), (1440, 3000), (600, 3000)]
    assert [a.agent for a in stands_out(agents(crowd), RATE)] == ["a5"]


def test_two_agents_are_compared_without_a_fuss():
    assert len(stands_out(agents([(10, 100), (90, 100)]), RATE)) <= 2


def test_many_names_are_cut_short():
    found = stands_out(agents([(150, 300)] * 60 + [(240, 300)] * 6), RATE)
    assert len(found) == 6 and "1 more" in agents_finding(found, RATE, "en")


# ---------------------------------------------------------------- why


def test_why_is_said_only_of_a_change_and_warns_of_a_reversal():
    split = stats.kitagawa(
        pd.DataFrame({"agent": ["a", "b"], "numerator": [270, 5], "denominator": [900, 100]}),
        pd.DataFrame({"agent": ["a", "b"], "numerator": [35, 90], "denominator": [100, 900]}),
        "agent",
    )
    found = change(row(125, 1000), row(275, 1000), RATE)
    assert because(found, split, "agent").startswith("按客服看，+5.0 个百分点来自各组自身的变化，-20.0 个百分点")
    assert "Mind:" in because(found, split, "agent", "en")
    assert because(change(row(270, 1000), row(275, 1000), RATE), split, "agent") == ""


def test_a_change_of_shares_alone_names_the_group_that_grew():
    sides = [
        pd.DataFrame({"buyer_kind": ["new", "returning"], "numerator": k, "denominator": n})
        for k, n in (([260, 650], [1000, 1000]), ([510, 640], [2000, 1000]))
    ]
    split = stats.kitagawa(*sides, "buyer_kind").assign(n_before=[1000, 1000], n_now=[2000, 1000])
    said = because(change(row(1150, 3000), row(910, 2000), RATE), split, "buyer_kind")
    assert said.startswith("变化来自新老客的占比：新客的占比从 50.0% 变为 66.7%") and "各组自身合计" in said


@pytest.mark.parametrize(("now", "before", "kind"), [(26, 100, "fell"), (90, 100, "cannot_tell")])
def test_a_promotion_in_the_past_does_not_make_every_drop_usual(now, before, kind):
    """Twelve calm months around one threefold promotion: a drop by three quarters is one."""
    history = [100, 104, 97, 101, 99, 300, 100, 96, 103, 98, 102, before]
    assert change(row(now * 1e4), row(before * 1e4), SALES, history=[h * 1e4 for h in history]).kind == kind


def test_a_quotient_without_an_interval_is_judged_by_its_habit():
    quotient = record("ratio", "fraction", "lower", "refund_rate_amount")
    habit = [0.045, 0.047, 0.044, 0.046, 0.045, 0.048, 0.044, 0.046]
    assert change(row(48.0, 1000.0), row(46.0, 1000.0), quotient, history=habit).reason == ""
    assert change(row(480.0, 1000.0), row(46.0, 1000.0), quotient, history=habit).kind == "rose"
    assert change(row(48.0, 1000.0), row(46.0, 1000.0), quotient).reason == "no_interval"


def test_a_complete_count_is_told_as_a_fact_where_no_change_can_be_claimed():
    wild = [100.0, 40, 180, 60, 150, 30, 170, 80]
    found = change(row(26.0), row(100.0), SALES, history=wild)
    assert found.kind == "cannot_tell"
    assert told(found, row(26.0), SALES, "zh").endswith("少 ¥74.00（74%）；往常的起伏也有这么大，还说不上是真的变了。")
    assert card(found, SALES, "en") == "down 74%, within its usual swings"


def test_a_count_far_beyond_every_period_before_is_told_as_a_fact_and_not_as_a_change():
    wild = [100.0, 40.0, 90.0, 30.0, 110.0, 45.0, 100.0]
    found = change(row(250.0), row(100.0), SALES, history=wild)
    assert found.kind == "cannot_tell" and not found.claims
    assert "此前 7 期没有过（最接近的是 ¥110）" in told(found, row(250.0), SALES, "zh")
    assert card(found, SALES, "zh") == "多 150%，此前 7 期没有过"
    for usual in (130.0, 26.0):  # within a quarter of the highest and the lowest: by chance one in so many is that
        assert "此前" not in told(change(row(usual), row(100.0), SALES, history=wild), row(usual), SALES, "zh")


def test_an_agent_whose_waits_stand_apart_is_named_and_a_small_gap_is_not():
    means = [30, 31, 29, 32, 30, 28, 31, 33.5, 90]
    lines = [row(mean * 500, 500, low=mean * 0.97, high=mean * 1.03) for mean in means]
    rows = pd.DataFrame([line | {"agent": f"a{at}"} for at, line in enumerate(lines)])
    wait = record("mean", "seconds", "lower", "mean_response_seconds")
    (slow,) = stands_out(rows, wait)
    assert (slow.agent, slow.side, slow.good) == ("a8", "above", False) and 29 < slow.target < 32
    assert stands_out(rows.assign(low=float("nan"), high=float("nan")), wait) == [], "no interval, no name"


# ---------------------------------------------------------------- texts


def holes(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(texts.say.records))
def test_every_text_has_both_sides_with_the_same_holes(key):
    pair = texts.say.records[key]
    assert set(pair) == set(LANGS)
    if not key.startswith("period."):
        assert all(pair.values())
        # An English title has no room for what it is compared with; the subtitle says it.
        assert holes(pair["en"]) <= holes(pair["zh"])
        assert holes(pair["en"]) == holes(pair["zh"]) or key.startswith("title.")
    assert not any(word in side.lower() for side in pair.values() for word in ("significan", "显著"))


@pytest.mark.parametrize("name", sorted(metrics.metrics()))
def test_every_metric_of_the_registry_can_be_told(name):
    metric = metrics.get(name)
    size = 1845 if metric.denominator else NAN
    now, before = row(700, size), row(640, size)
    for lang in LANGS:
        lines = [finding(now, before, metric, lang), *headline([(metric, now, before)], lang)]
        assert all(metric.label[lang] in line or "none of" in line or "主要数字" in line for line in lines)
        assert title(None, now, metric, lang, by="day")
