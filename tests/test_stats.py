"""Statistics: vectors V58-V68, agreement with scipy, and the invariants that hold on any input."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from engines import opened
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_helpers import stats
from kpi_helpers.metrics.compute import compute

rates = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
groups = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 60), st.integers(0, 40), st.integers(0, 60)),
    min_size=1,
    max_size=6,
).filter(lambda g: sum(a + b for a, b, *_ in g) and sum(c + d for *_, c, d in g))


@pytest.mark.parametrize(
    ("k", "n", "z", "low", "high"),
    [
        (430, 474, 1.96, 0.8776750858, 0.9301239840),  # V58
        (392, 436, 1.96, 0.8672311847, 0.9239627361),  # V59
        (10, 14, 1.96, 0.4535045883, 0.8827881209),  # V60
        (40, 100, 1.96, 0.3093997461, 0.4979992154),  # V61
    ],
)
def test_wilson_published(k, n, z, low, high):
    assert stats.wilson(k, n, z) == pytest.approx((low, high), abs=1e-10)


def test_wilson_derived():
    low, high = stats.wilson([0, 10], 10, 1.959964)  # V62
    assert low == pytest.approx([0, 0.722467], abs=1e-6) and high == pytest.approx([0.277533, 1], abs=1e-6)
    # V63 prints 0.492112 for the upper end; centre and lower end of the same vector give 0.492120.
    assert stats.wilson(1845, 3873) == pytest.approx((0.460677, 0.492120), abs=1e-6)


def test_wilson_has_no_interval_without_a_rate():
    low, high = stats.wilson([0, 5, np.nan, -1], [0, 4, 9, 9])
    assert np.isnan(low).all() and np.isnan(high).all()


def test_wilson_equals_scipy():
    from scipy.stats import binomtest

    for k, n in [(0, 7), (3, 7), (995, 1000), (12, 12)]:
        theirs = binomtest(k, n).proportion_ci(0.95, method="wilson")
        assert stats.wilson(k, n, stats.z_of(0.95)) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@given(rates)
def test_wilson_lies_in_0_1_and_holds_the_rate(rate):
    k, n = rate
    low, high = stats.wilson(k, n)
    assert 0 <= low <= k / n <= high <= 1


def test_newcombe_published():
    """Newcombe 1998, table II, method 10: cases (a) and (c)."""
    assert stats.newcombe(56, 70, 48, 80, 1.959964) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert stats.newcombe(9, 10, 3, 10, 1.959964) == pytest.approx((0.1705, 0.8090), abs=5e-5)


@given(rates, rates)
def test_newcombe_holds_the_difference_and_turns_round(now, before):
    low, high = stats.newcombe(*now, *before)
    gap = now[0] / now[1] - before[0] / before[1]
    assert -1 - 1e-12 <= low <= gap + 1e-12 and gap - 1e-12 <= high <= 1 + 1e-12
    assert stats.newcombe(*before, *now) == pytest.approx((-high, -low), abs=1e-12)


def test_effective_n_is_the_n_unless_the_interval_is_wider():
    low, high = stats.wilson(40, 100)
    assert stats.effective_n(40, 100, low, high) == pytest.approx(100)
    assert stats.effective_n(40, 100, np.nan, np.nan) == 100
    assert stats.effective_n(40, 100, 0.4 - (high - low), 0.4 + (high - low)) == pytest.approx(25)


def test_bootstrap_equals_scipy_and_ignores_row_order():
    from scipy.stats import bootstrap

    rng = np.random.default_rng(3)
    money, buyers = rng.lognormal(4, 1, 400), rng.integers(1, 4, 400).astype(float)
    ours = stats.bootstrap_ratio(money, buyers)
    turned = stats.bootstrap_ratio(money[::-1], buyers[::-1])
    theirs = bootstrap(
        (money, buyers),
        lambda x, y, axis: x.sum(axis) / y.sum(axis),
        paired=True,
        vectorized=True,
        rng=1,
        n_resamples=1999,
    ).confidence_interval
    assert ours == turned
    assert ours == pytest.approx((theirs.low, theirs.high), rel=0.02)


def test_bootstrap_pools_many_buyers_without_narrowing():
    money = np.random.default_rng(5).lognormal(4, 1, 20_000)
    low, high = stats.bootstrap_ratio(money, np.ones(20_000))
    assert (high - low) / 2 == pytest.approx(1.96 * money.std() / np.sqrt(20_000), rel=0.1)


def test_ratio_from_sums_equals_the_bootstrap():
    rng = np.random.default_rng(9)
    y = rng.integers(1, 6, 800).astype(float)
    x = y * rng.gamma(4, 10, 800)
    low, high = stats.ratio_from_sums(x.sum(), y.sum(), (x * x).sum(), (x * y).sum(), (y * y).sum(), 800)
    assert (low, high) == pytest.approx(stats.bootstrap_ratio(x, y), rel=0.01)
    assert np.isnan(stats.ratio_from_sums([5, 0], [1, 0], 25, 5, 1, [1, 0])).all()


@pytest.mark.parametrize(("money", "buyers"), [([], []), ([5.0], [1]), ([1.0, 2.0], [0, 0])])
def test_bootstrap_of_next_to_nothing(money, buyers):
    assert np.isnan(stats.bootstrap_ratio(money, buyers)).all()


def test_bootstrap_of_equal_buyers_is_a_point():
    assert stats.bootstrap_ratio([7.0] * 9, [1] * 9) == (7.0, 7.0)


def test_shrink_fixed_prior():
    prior = stats.Prior(47.6, 52.4)  # V68
    assert stats.shrink([4, 300], [10, 1000], prior) == pytest.approx([0.46909, 0.31600], abs=5e-6)


@given(rates, st.floats(0.1, 500), st.floats(0.1, 500))
def test_shrunken_rate_lies_between_prior_and_own(rate, alpha, beta):
    prior = stats.Prior(alpha, beta)
    low, high = sorted([prior.mean, rate[0] / rate[1]])
    assert low - 1e-12 <= stats.shrink(*rate, prior) <= high + 1e-12


def test_prior_is_found_again():
    rng = np.random.default_rng(11)
    n = rng.integers(50, 800, 300)
    k = rng.binomial(n, rng.beta(48, 52, 300))
    prior = stats.fit_prior(k, n)
    assert prior.mean == pytest.approx(0.48, abs=0.01)
    assert prior.alpha + prior.beta == pytest.approx(100, rel=0.25)


def test_prior_of_agents_who_do_not_differ_pools_them():
    n = np.full(20, 400)
    k = np.random.default_rng(2).binomial(n, 0.5)
    shrunken = stats.shrink(k, n, stats.fit_prior(k, n))
    assert np.ptp(shrunken) < np.ptp(k / n) / 3


@pytest.mark.parametrize(("k", "n"), [([], []), ([0], [0]), ([3], [5]), ([0, 0], [50, 60]), ([50, 60], [50, 60])])
def test_prior_of_next_to_nothing_is_finite(k, n):
    assert all(np.isfinite(x) and x > 0 for x in stats.fit_prior(k, n))


def test_funnel_limits():
    low, high = stats.funnel_limits(0.476, [50, 200, 1000])  # V67
    assert low == pytest.approx([0.3376, 0.4068, 0.4450], abs=5e-5)
    assert high == pytest.approx([0.6144, 0.5452, 0.5070], abs=5e-5)


def test_funnel_names_the_outlier_and_not_the_small():
    k, n = [150, 148, 152, 149, 90, 5], [300, 300, 300, 300, 300, 5]
    flags = stats.funnel(k, n).flag.tolist()
    assert flags == ["", "", "", "", "alarm", "few"]


def test_funnel_widens_when_everybody_varies():
    rng = np.random.default_rng(4)
    n = np.full(30, 500)
    assert stats.dispersion(rng.binomial(n, 0.5), n, 0.5) < 1.6
    assert stats.dispersion(rng.binomial(n, rng.beta(30, 30, 30)), n, 0.5) > 3


def test_funnel_seldom_names_anybody_when_all_are_alike():
    rng = np.random.default_rng(8)
    n = rng.integers(30, 400, (400, 8))
    k = rng.binomial(n, 0.93)
    named = [(stats.funnel(k[i], n[i]).flag == "alarm").any() for i in range(400)]
    assert np.mean(named) < 0.02


def test_xmr():
    values = [47.6, 45.2, 50.1, 48.8, 46.0, 49.5, 44.9, 47.0, 51.2, 46.7]
    assert stats.xmr(values) == pytest.approx((47.70, 3.3667, 38.745, 56.655, 10.999), abs=5e-4)  # V66
    assert np.isnan(stats.xmr([1, 2])).all()


def test_xmr_drops_a_wild_range_once():
    calm = [10, 11] * 10
    assert stats.xmr([*calm, 40]).moving_range == pytest.approx(1)
    assert stats.xmr([*calm, np.nan]).mean == pytest.approx(10.5)


def test_signals_outside_and_runs():
    limits = stats.xmr([10, 12] * 5)
    assert stats.signals([11, 30, 11], limits).tolist() == [False, True, False]
    assert stats.signals([10, *[11.5] * 8, 10], limits).tolist() == [False, *[True] * 8, False]


def test_laney_is_one_for_binomial_and_more_for_restless_rates():
    rng = np.random.default_rng(6)
    n = np.full(200, 10_000)
    assert stats.laney_sigma(rng.binomial(n, 0.4), n) == pytest.approx(1, abs=0.2)
    assert stats.laney_sigma(rng.binomial(n, rng.uniform(0.35, 0.45, 200)), n) > 3
    assert np.isnan(stats.laney_sigma([1, 1], [2, 2]))


def frame(rows):
    return pd.DataFrame(rows, columns=["part", "numerator", "denominator"])


SIMPSON = (
    frame([("desktop", 270, 900), ("mobile", 5, 100)]),
    frame([("desktop", 35, 100), ("mobile", 90, 900)]),
)


def test_kitagawa_simpson():
    split = stats.kitagawa(*SIMPSON, "part")  # V64, V65
    assert split.rate_before.tolist() == [0.30, 0.05] and split.rate_now.tolist() == [0.35, 0.10]
    whole = stats.totals(split)
    assert [whole[x] for x in ("before", "now", "rate", "mix", "total")] == pytest.approx(
        [0.275, 0.125, 0.05, -0.20, -0.15]
    )
    assert stats.three_way(split) == pytest.approx({"within": 0.05, "mix": -0.20, "interaction": 0})
    assert stats.simpson(split)
    assert not stats.simpson(stats.kitagawa(SIMPSON[0], SIMPSON[0], "part"))


@given(groups)
@settings(deadline=None, max_examples=60)
def test_kitagawa_adds_up(parts):
    """Rate + mix = total, and the total is the rate of the sums."""
    before = frame([(i, a, a + b) for i, (a, b, *_) in enumerate(parts)])
    now = frame([(i, c, c + d) for i, (*_, c, d) in enumerate(parts)])
    split = stats.kitagawa(before, now[now.denominator > 0], "part")
    whole = stats.totals(split)
    assert whole["before"] == pytest.approx(before.numerator.sum() / before.denominator.sum(), abs=1e-12)
    assert whole["now"] == pytest.approx(now.numerator.sum() / now.denominator.sum(), abs=1e-12)
    assert whole["rate"] + whole["mix"] == pytest.approx(whole["total"], abs=1e-12)
    assert sum(stats.three_way(split).values()) == pytest.approx(whole["total"], abs=1e-12)


def test_kitagawa_of_a_newcomer_is_mix_alone():
    before, now = frame([("a", 5, 10)]), frame([("a", 5, 10), ("b", 9, 10)])
    split = stats.kitagawa(before, now, "part").set_index("part")
    assert split.rate_effect.tolist() == [0, 0] and split.mix_effect.sum() == pytest.approx(0.2)


def test_kitagawa_of_an_empty_period_is_unknown():
    split = stats.kitagawa(frame([("a", 0, 0)]), frame([("a", 5, 10)]), "part")
    assert np.isnan(stats.totals(split)["total"]) and not stats.simpson(split)


def test_sums_come_in_the_order_of_groups_and_tell_their_sizes():
    """One group twice, one nameless, one in a single period."""
    before = stats.sums(frame([("b", 1, 4), ("a", 2, 5), ("b", 1, 6), (None, 0, 3)]), ["part"])
    assert list(before.items()) == [(("a",), (2, 5)), (("b",), (2, 10)), ((None,), (0, 3))]
    split = stats.split_sums(before, {("c",): (1.0, 2.0), ("a",): (0.0, 0.0)}, ["part"])
    assert split["part"].fillna("").tolist() == ["a", "b", "", "c"]
    assert split["n_before"].tolist() == [5, 10, 3, 0] and split["n_now"].tolist() == [0, 0, 0, 2]


def test_chain_split_adds_up():
    before = {"visitors": 1000.0, "consultation_rate": 0.2, "sales_per_buyer": 90.0}
    now = {"visitors": 800.0, "consultation_rate": 0.3, "sales_per_buyer": 90.0}
    parts = stats.chain_split(before, now)
    assert sum(parts.values()) == pytest.approx(800 * 0.3 * 90 - 1000 * 0.2 * 90)
    assert parts["sales_per_buyer"] == 0 and parts["visitors"] < 0 < parts["consultation_rate"]
    assert np.isnan(list(stats.chain_split(before, now | {"visitors": 0.0}).values())).all()


def test_scipy_is_not_imported_until_it_is_needed():
    code = "import sys, kpi_helpers.stats; sys.exit(any(m.startswith('scipy') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_wait_is_shorter_than_none():
    """Two buyers, one answered at once, one after an hour: the interval of the mean ends at 0."""
    at = [("b1", "buyer", "10:00:00"), ("b1", "agent", "10:00:01"), ("b2", "buyer", "10:00:00")]
    at.append(("b2", "agent", "11:00:00"))
    same = {"shop_id": "s1", "agent_id": "A", "text": "在"}
    lines = [same | {"buyer_id": buyer, "sender": who, "sent_at": f"2026-11-02 {when}"} for buyer, who, when in at]
    desk = opened({"messages": lines}, {"session_gap_minutes": 90})
    found = compute("mean_response_seconds", desk, "2026-11-02").iloc[0]
    assert (found["low"], found["value"]) == (0, 1800.5) and found["high"] > 1800.5
