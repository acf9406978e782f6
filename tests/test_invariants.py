"""What must hold for every shop (kpi-pitfalls, section J), asked of the engine on random shops under each rule."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest
from engines import asking, opened
from shops import played_days, random_shop
from twists import COUNTS, PEOPLE

from kpi_helpers import metrics
from kpi_helpers.metrics.compute import compute
from kpi_helpers.periods import between

SEEDS = (0, 1, 2)
RULES = ("order", "payment", "order_first")
BUYERS = ["ordering_buyers", "ordering_buyers_paid", "paying_buyers"]
ADDED = ["rounds", "rounds_within_30s", "response_wait_seconds", "buyer_messages", "agent_messages", "sessions",
         "reception_seconds", "received_chats", "sales", "orders_paid", "items", "orders_created",
         "net_sales"]  # fmt: skip
PARTS = [  # each at most the next
    ("answered_buyers", "received_buyers", "consulted_buyers"),
    ("inquiring_buyers_ordered_same_day", "inquiring_buyers_ordered", "inquiring_buyers", "received_buyers"),
    ("inquiring_buyers_paid_next_day", "inquiring_buyers_paid", "inquiring_buyers_ordered"),
    ("received_buyers_paid", "received_buyers"),
    ("ordering_buyers_paid", "ordering_buyers"),
    ("orders_created_paid", "orders_created"),
    ("rounds_within_30s", "rounds_within_3min", "answered_rounds", "rounds"),
    ("first_rounds_within_15s", "chats_first_answered", "chats_with_round"),
]
GRAINS = ((), ("agent",), ("day",), ("agent", "day"), ("team",), ("hour",))


class Shop:
    """A random shop under a rule: amounts by metric and group, None where not available."""

    def __init__(self, seed: int, rule: str):
        self.tables, given_settings = random_shop(seed)
        self.desk = opened(self.tables, given_settings | {"attribution_rule": rule})
        self._counts, self._ratios = asking(self.desk, COUNTS), asking(self.desk)
        first, after = played_days(self.tables)
        self.start, self.end = first - timedelta(40), after + timedelta(40)

    def sides(self, metric: str, *by: str) -> dict[tuple, tuple]:
        ask = self._counts if metric in COUNTS else self._ratios
        rows = ask(metric, self.start, self.end, by)
        return {group: (_exact(row[0]), _exact(row[1])) for group, row in rows.items()}

    def amount(self, metric: str, *by: str) -> dict[tuple, Fraction | None]:
        return {group: row[0] for group, row in self.sides(metric, *by).items()}

    def total(self, metric: str, *by: str) -> Fraction:
        """Over all groups; unknown counts as nothing."""
        return sum((value or 0 for value in self.amount(metric, *by).values()), Fraction(0))


def _exact(number: float | None) -> Fraction | None:
    return None if number is None else Fraction(Decimal(str(number)))


ruled = cache(Shop)


@pytest.fixture(params=[(seed, rule) for seed in SEEDS for rule in RULES], ids=str)
def shop(request) -> Shop:
    return ruled(*request.param)


def paid_orders(tables: dict) -> list[dict]:
    """Paid orders as they stand in the input, the newest row of each."""
    return [row for row in {row["order_id"]: row for row in tables["orders"]}.values() if row["paid_at"]]


def test_parts_are_never_more_than_the_whole(shop):
    """J1, J3."""
    for by in GRAINS:
        for chain in PARTS:
            rows = [shop.amount(name, *by) for name in chain]
            for group in set().union(*rows):
                sizes = [row.get(group) or 0 for row in rows]
                assert sizes == sorted(sizes), (chain, by, group)


def test_filtered_is_consulted_less_received(shop):
    """J1."""
    for by in GRAINS:
        received, filtered = shop.amount("received_buyers", *by), shop.amount("filtered_buyers", *by)
        for group, count in shop.amount("consulted_buyers", *by).items():
            assert (filtered[group] or 0) == (count or 0) - (received[group] or 0)


def test_agents_are_at_least_the_shop(shop):
    """J2, every day."""
    for name in PEOPLE + BUYERS:
        by_agent = Counter()
        for (_, day), count in shop.amount(name, "agent", "day").items():
            by_agent[day] += count or 0
        for (day,), count in shop.amount(name, "day").items():
            assert by_agent[day] >= (count or 0), (name, day)


def test_three_outcomes_add_up(shop):
    """J4."""
    for by in (("agent",), ("agent", "day")):
        mine, lost = shop.amount("inquiring_buyers_ordered", *by), shop.amount("lost_buyers", *by)
        elsewhere = shop.amount("elsewhere_buyers", *by)
        for group, count in shop.amount("inquiring_buyers", *by).items():
            assert count is None or mine[group] + elsewhere[group] + lost[group] == count
    ordered, lost = shop.total("inquiring_buyers_ordered"), shop.total("lost_buyers")
    assert ordered + lost == shop.total("inquiring_buyers")


def test_agents_and_silent_make_the_shop_to_the_cent(shop):
    """J5: every day, against the sum of the input's own rows."""
    orders = paid_orders(shop.tables)
    assert shop.total("sales") == sum(Fraction(Decimal(row["paid_amount"])) for row in orders)
    assert shop.total("orders_paid") == len(orders)
    agents, silent = shop.amount("agent_sales", "day"), shop.amount("silent_sales", "day")
    for group, amount in shop.amount("sales", "day").items():
        assert (amount or 0) == (agents[group] or 0) + (silent[group] or 0)
        by_owner = [value or 0 for (_, day), value in shop.amount("sales", "agent", "day").items() if (day,) == group]
        assert (amount or 0) == sum(by_owner)


def test_one_owner_per_order_who_never_assists_it(shop):
    """J5."""
    ask = shop.desk.con.execute
    owners = ask("SELECT order_id, COUNT(agent_id) FROM sold GROUP BY order_id").fetchall()
    assert sorted(owners) == sorted((row["order_id"], 1) for row in paid_orders(shop.tables))
    both = "SELECT COUNT(*) FROM sold AS s JOIN assists AS a ON s.order_id = a.order_id AND s.agent_id = a.agent_id"
    assert ask(both).fetchone() == (0,)


def test_basket_is_items_times_price(shop):
    """J6: exactly, before rounding."""
    for by in GRAINS[:3]:
        basket, items, price = (shop.sides(m, *by) for m in ("sales_per_buyer", "items_per_buyer", "sales_per_item"))
        for group in basket:
            values = [a / b if a is not None and b else None for a, b in (m[group] for m in (basket, items, price))]
            assert None in values or values[0] == values[1] * values[2]


def test_groups_add_up_to_the_shop(shop):
    """J13: a rate of a union is the sum of numerators over the sum of denominators."""
    for by in GRAINS[1:]:
        for name in ADDED:
            assert shop.total(name, *by) == shop.total(name), (name, by)
        sides = shop.sides("mean_response_seconds", *by).values()
        joined = tuple(sum(side or 0 for side in column) for column in zip(*sides, strict=True))
        assert joined == shop.sides("mean_response_seconds")[()]


def test_rates_lie_in_their_intervals(shop):
    """J12."""
    rates = [name for name, metric in metrics.metrics().items() if metric.kind == "rate"]
    found = compute(rates, shop.desk, between(shop.start, shop.end), "agent").dropna(subset=["value"])
    assert len(found) and (found["low"].between(0, found["value"]) & found["high"].between(found["value"], 1)).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_rules_share_the_same_money_differently(seed):
    """J5: both rules that book on the payment day have the same days; the total is one under all three."""
    order, payment, first = (ruled(seed, rule) for rule in RULES)
    assert payment.amount("sales", "day") == first.amount("sales", "day")
    assert order.total("sales") == payment.total("sales")
    assert first.total("silent_sales") <= min(order.total("silent_sales"), payment.total("silent_sales"))


def test_the_shops_have_what_these_tests_are_about():
    """Otherwise nothing above says anything."""
    shops = [ruled(seed, rule) for seed in SEEDS for rule in RULES]
    for name in (*PEOPLE, *BUYERS, *ADDED, "elsewhere_buyers", "agent_sales", "silent_sales", "assisted_orders"):
        assert sum(one.total(name, *(("agent",) if name == "elsewhere_buyers" else ())) for one in shops) > 0, name
    assert any(one.total("received_buyers", "agent") > one.total("received_buyers") for one in shops)
