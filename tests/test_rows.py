"""Number → rows: as many rows as the number says, or a column that adds up to it, for every metric, grain and shop."""

import random
from datetime import date, timedelta

import pandas as pd
import pytest
from engines import opened
from shops import played_days, random_shop
from spec_tables import load_cases

from kpi_helpers import metrics
from kpi_helpers.errors import KpiError
from kpi_helpers.metrics import listing
from kpi_helpers.metrics.compute import compute
from kpi_helpers.metrics.rows import rows
from kpi_helpers.periods import between
from kpi_helpers.platforms.rules import definitions

COUNTED = [m.name for m in metrics.metrics().values() if m.kind in ("count", "quantile")]
PLATFORMS = [name for name in COUNTED if name in definitions()[0]]
HOUSE = [name for name in COUNTED if name not in PLATFORMS]
GRAINS = ("agent", "team", "hour", "day", "agent,day")


def listed(found: pd.DataFrame, fact: metrics.Fact) -> float:
    """The number that rows stand for."""
    if not fact.measure.startswith("sum:"):
        return len(found)
    return found[fact.name].sum(skipna=not fact.complete)


def sides(metric: metrics.Metric) -> dict[str, metrics.Fact]:
    """The sides a metric can be asked for."""
    if metric.kind == "quantile":
        return {"denominator": metrics.fact(metric.numerator)}
    return dict(zip(("numerator", "denominator"), map(metrics.fact, metric.facts), strict=False))


def asked(row: dict, by: str | None) -> dict:
    """The group of a result as arguments of `rows`; None where it has no name to ask by."""
    names = [name for name in (by or "").split(",") if name in ("agent", "team", "hour")]
    group = {name: row[name] for name in names}
    return None if any(pd.isna(value) for value in group.values()) else group


def problems(desk, period, by: str | None, names: list[str], seed: int) -> list[str]:
    """One line for every number that its rows do not bear out; of several groups, one metric's are drawn by lot."""
    found, draw = [], random.Random(seed)
    for name, frame in compute(names, desk, period, by).groupby("metric", sort=False):
        known = [row for row in frame.to_dict("records") if asked(row, by) is not None]
        for row in draw.sample([row for row in known if row["numerator"]] or known, min(len(known), 1)):
            span = between(row["day"], row["day"]) if "day" in row else period
            for side, fact in sides(metrics.get(name)).items():
                if line := problem(desk, span, row, side, fact, asked(row, by)):
                    found.append(f"{name} {side} by {by} {asked(row, by)} {span.label}: {line}")
    return found


def problem(desk, span, row: dict, side: str, fact: metrics.Fact, group: dict) -> str:
    """What is wrong with the rows of one number."""
    number = row[side]
    try:
        count = listed(rows(row["metric"], desk, span, side=side, **group), fact)
    except KpiError as error:
        return "" if pd.isna(number) else f"{number}, but {error}"
    if pd.isna(number) or pd.isna(count):  # a day's rows are there also where the whole range is not available
        return "" if "day" in row or pd.isna(number) == pd.isna(count) else f"{number}, rows say {count}"
    return "" if abs(number - count) < 1e-6 else f"{number}, rows say {count}"


@pytest.mark.parametrize("seed", range(4))
def test_rows_bear_out_every_number(seed: int):
    """The shop's numbers in every shop; every number of every other grain in one of the shops."""
    desk, period = shop(seed)
    grains = {by: HOUSE[(seed + i) % 4 :: 4] for i, by in enumerate(GRAINS)}
    asked_for = {None: HOUSE, **grains}.items()
    assert [line for by, names in asked_for for line in problems(desk, period, by, names, seed)] == []


@pytest.mark.parametrize("by", [None, "agent", "day"])
def test_rows_bear_out_the_platforms_numbers(by: str | None):
    assert problems(*shop(5), by, PLATFORMS, 5) == []


def test_a_ratio_has_the_rows_of_its_facts():
    desk, period = shop(2)
    for name in ("inquiry_to_order_rate", "sales_per_buyer", "dispute_rate", "agent_sales_share"):
        for side, fact in sides(metrics.get(name)).items():
            pd.testing.assert_frame_equal(rows(name, desk, period, side=side), rows(fact.name, desk, period))


@pytest.fixture(scope="module")
def outcomes():
    """A shop where b1 ordered through B after talking to A, b2 ordered silently and b3 did not order."""
    case = next(case for case in load_cases() if "three-outcomes" in case.name)
    return opened(case.tables, case.settings), between(date(2026, 11, 2), date(2026, 11, 2))


def test_rows_say_what_decided(outcomes):
    found = rows("inquiring_buyers", *outcomes, unmask=True).set_index("buyer").sort_index()
    assert list(found["agent"]) == ["A、B", "A", "A"]
    assert list(found["outcome"]) == ["A: 他处下单; B: 本人促成", "他处下单", "流失"]
    assert list(found["orders"].fillna("")) == ["o1 B 下单前最近一次接待", "o2 静默下单", ""]
    assert found.loc["b1", "first_at"] == pd.Timestamp("2026-11-02 10:00")
    assert found.loc["b1", "day"] == date(2026, 11, 2)


def test_an_agents_rows_are_chats(outcomes):
    found = rows("inquiring_buyers", *outcomes, agent="B", lang="en")
    assert found[["outcome", "inquiry_reason", "reception"]].values.tolist() == [
        ["mine", "ordered in the window", "received"]
    ]


def test_buyers_are_masked_yet_told_apart(outcomes):
    masked = rows("received_buyers", *outcomes)["buyer"]
    assert masked.nunique() == 3 and masked.str.startswith("b** ").all()
    assert list(masked) == list(rows("received_buyers", *outcomes)["buyer"])


def test_no_rows_keep_their_columns(outcomes):
    full, empty = (rows("rounds", *outcomes, agent=name) for name in ("A", "(silent)"))
    assert len(empty) == 0 and list(empty.columns) == list(full.columns)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("visitors", "", "numerator"), "no traffic"),
        (("sales", "A", "denominator"), "has no denominator"),
        (("elsewhere_buyers", "", "numerator"), "not defined by shop"),
        (("silent_sales_share", "A", "denominator"), "not defined by agent"),
        (("transferred_in_buyers", "", "numerator"), "daily reports"),
        (("received_buyers", "AA", "numerator"), "did you mean A"),
        (("sales", "", "nominator"), "unknown side"),
    ],
)
def test_what_cannot_be_listed_is_said(outcomes, asked, said):
    desk, period = outcomes
    with pytest.raises(KpiError, match=said):
        rows(asked[0], desk, period, asked[1], asked[2])


def test_every_column_has_a_title():
    shown = {name for unit in listing._file()["units"].values() for name in unit["columns"]}
    assert shown <= set(listing.titles("zh")) and shown <= set(listing.titles("en"))


def shop(seed: int):
    """A desk over a random shop, and the days it plays on."""
    given = random_shop(seed)
    start, end = played_days(given[0])
    return opened(*given), between(start, end - timedelta(1))
