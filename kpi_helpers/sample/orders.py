"""Orders of the sample shop: who orders when, what is in the basket, when it is paid, who is reminded."""

from __future__ import annotations

import numpy as np

from kpi_helpers.sample.buyers import Buyers
from kpi_helpers.sample.people import Team
from kpi_helpers.sample.reminders import remind
from kpi_helpers.sample.visits import moments
from kpi_helpers.sample.world import (
    DAY,
    KINDS,
    NEVER,
    NEW,
    RETURNING,
    Columns,
    Plan,
    from_curve,
    positions,
    take,
    world,
)

HOUR = 3600
LIFE = 3 * DAY


def _wishes(rng: np.random.Generator, plan: Plan, team: Team, visits: Columns, day: int) -> np.ndarray:
    """Which visits lead to an order."""
    chances = np.array([world()["orders"]["order"].get(kind, 0.0) for kind in KINDS])
    chance = chances[visits["kind"]] * team.order[visits["agent"]] * plan.factor(plan.day(day), "order")
    return visits["first"] & (rng.random(len(chance)) < chance * np.where(visits["answered"], 1, 0.5))


def _when(rng: np.random.Generator, visits: Columns, midnight: int) -> np.ndarray:
    """In the chat's second half, within two hours after it, later on its day, or on the next day."""
    start, end, size = visits["start"], visits["end"], len(visits["start"])
    inside = start + ((0.5 + 0.5 * rng.random(size)) * (end - start)).astype(np.int64)
    soon = end + rng.integers(20, 2 * HOUR, size)
    rest = np.maximum(midnight + DAY - end, 1)
    later = end + (rng.random(size) * rest).astype(np.int64)
    way = from_curve(rng, np.array(world()["orders"]["when"]), size).astype(np.int64)
    return np.choose(np.minimum(way, 3), [inside, soon, later, moments(rng, midnight + DAY, size)])


def from_chats(rng: np.random.Generator, plan: Plan, team: Team, visits: Columns, day: int) -> tuple[Columns, Columns]:
    """The orders that a day's visits lead to (buyer, created, cross), and the visits of NEW and RETURNING
    buyers that lead to none."""
    wish = _wishes(rng, plan, team, visits, day)
    chosen = take(visits, wish)
    created = np.maximum(_when(rng, chosen, plan.opens + day * DAY), chosen["start"] + 1)
    asked = visits["first"] & np.isin(visits["kind"], (NEW, RETURNING))
    ordered = {"buyer": chosen["buyer"], "created": created, "cross": team.cross[chosen["agent"]] > 0}
    return take(ordered, ~plan.is_closed(created)), take(visits, asked & ~wish)


def silent(rng: np.random.Generator, plan: Plan, buyers: Buyers, day: int) -> Columns:
    """Orders of buyers who never wrote that day."""
    mean = plan.buyers_per_day * world()["day"]["silent_orders"] * plan.volume(day)
    size = int(rng.poisson(mean * plan.factor(plan.day(day), "silent")))
    old = int(size * world()["events"]["silent_returning"])
    people = np.concatenate([buyers.returning(rng, old, day), buyers.new(size - old)])
    created = moments(rng, plan.opens + day * DAY, size)
    return {"buyer": people, "created": created, "cross": np.zeros(size, bool)}


def _pay(rng: np.random.Generator, orders: Columns) -> np.ndarray:
    """The payment time of each order, NEVER for the abandoned ones."""
    size, created, wait = len(orders["created"]), orders["created"], orders["waits"]
    scripts = np.array([script["paid"] for script in world()["scripts"]])
    reminded = orders["reminded"] != NEVER
    chance = np.where(reminded, scripts[orders["script"]], world()["orders"]["paid_unreminded"])
    soon = created + 5 + rng.lognormal(3.9, 1.1, size).astype(np.int64)
    after = np.where(reminded, orders["reminded"] + 30, created + 900)
    late = after + rng.lognormal(np.where(reminded, 7.6, 9.3), 1.1).astype(np.int64)
    late = np.minimum(late, created + LIFE - 600)
    return np.where(~wait, soon, np.where(rng.random(size) < chance, late, NEVER))


def _close(rng: np.random.Generator, orders: Columns) -> np.ndarray:
    """When unpaid orders are closed: after three days, some earlier by the buyer (never a reminded one)."""
    early = (orders["reminded"] == NEVER) & (rng.random(len(orders["paid"])) < world()["orders"]["early_cancel"])
    life = np.where(early, rng.integers(HOUR, LIFE, len(early)), LIFE)
    return np.where(orders["paid"] == NEVER, orders["created"] + life, NEVER)


def with_payment(rng: np.random.Generator, plan: Plan, team: Team, orders: Columns) -> Columns:
    """Orders with waits, reminded, reminder, script, paid and closed. Nothing after the export is known."""
    orders = take(orders, orders["created"] < plan.cut)
    orders["waits"] = rng.random(len(orders["created"])) >= world()["orders"]["at_once"]
    remind(rng, plan, team, orders)
    orders["paid"] = _pay(rng, orders)
    orders["closed"] = _close(rng, orders)
    for moment in ("paid", "closed"):
        orders[moment] = np.where(orders[moment] < plan.cut, orders[moment], NEVER)
    return orders


def baskets(rng: np.random.Generator, orders: Columns) -> Columns:
    """The lines of orders: order (position), line from 1, item, quantity, cents.

    Adds item_count, postage and cents (its lines' cents and its postage) to the orders."""
    shop, items, size = world()["orders"], world()["items"], len(orders["created"])
    usual, cross = (from_curve(rng, np.array(shop[name]), size) for name in ("lines", "lines_cross"))
    counts = 1 + np.minimum(np.where(orders["cross"], cross, usual).astype(np.int64), 3)
    order, place = positions(counts)
    item = from_curve(rng, np.array([one["weight"] for one in items]), len(order)).astype(np.int64)
    item = np.minimum(item, len(items) - 1)
    quantity = 1 + np.minimum(from_curve(rng, np.array(shop["quantity"]), len(order)).astype(np.int64), 2)
    prices = np.array([round(one["price"] * 100) for one in items])
    off = np.where(rng.random(size) < 0.4, rng.choice([95, 90, 88], size), 100)
    cents = prices[item] * quantity * off[order] // 100
    lines = {"order": order, "line": place + 1, "item": item, "quantity": quantity, "cents": cents}
    return _totals(rng, orders, lines)


def _totals(rng: np.random.Generator, orders: Columns, lines: Columns) -> Columns:
    shop, size = world()["orders"], len(orders["created"])
    total = np.bincount(lines["order"], lines["cents"], size).astype(np.int64)
    free = (total >= shop["free_postage_from"] * 100) | (total == 0)
    shown = (orders["paid"] != NEVER) | (rng.random(size) < shop["unpaid_with_amount"])
    orders["postage"] = np.where(free | ~shown, 0, shop["postage"] * 100)
    orders["cents"] = np.where(shown, total, 0) + orders["postage"]
    orders["item_count"] = np.bincount(lines["order"], lines["quantity"], size).astype(np.int64)
    lines["cents"] = np.where(shown[lines["order"]], lines["cents"], 0)
    return lines
