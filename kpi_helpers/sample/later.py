"""What follows a chat or an order: ratings and refunds."""

from __future__ import annotations

import numpy as np

from kpi_helpers.sample.people import Team
from kpi_helpers.sample.world import DAY, NEVER, Columns, Plan, take, world

HOUR = 3600
STAGES = ("before_receipt", "after_receipt")
REFUND_KINDS = ("refund_only", "return_refund")
CLOSERS = ("merchant", "platform", "buyer")


def ratings(rng: np.random.Generator, plan: Plan, team: Team, visits: Columns) -> Columns:
    """Scores of some served buyers; slow agents get fewer fives."""
    settings = world()["ratings"]
    asked = (visits["agent"] >= 0) & visits["answered"] & (rng.random(len(visits["end"])) < settings["share"])
    rated = take(visits, asked)
    size = len(rated["end"])
    good = settings["good"] - settings["slow_penalty"] * (team.wait[rated["agent"]] > 2)
    score = np.where(rng.random(size) < good, 5, rng.choice([4, 4, 4, 3, 2, 1], size)).astype(float)
    at = rated["end"] + rng.integers(20, 1200, size)
    columns = {"buyer": rated["buyer"], "agent": rated["agent"], "rated_at": at, "score": score}
    return take(columns, at < plan.cut)


def _worst_lines(rng: np.random.Generator, lines: Columns, size: int) -> tuple[np.ndarray, np.ndarray]:
    """For each order the line most likely to come back, and how likely that is."""
    usual = world()["refunds"]["share"]
    shares = np.array([one.get("refund", usual) for one in world()["items"]])[lines["item"]]
    best = np.lexsort((rng.random(len(shares)), shares, lines["order"]))
    last = best[np.searchsorted(lines["order"][best], np.arange(size), side="right") - 1]
    return last, shares[last]


def _amounts(orders: Columns, lines: Columns, before: np.ndarray, row: np.ndarray, at: np.ndarray) -> Columns:
    """Before the goods arrive the whole order comes back, afterwards one line."""
    return {
        "order": at,
        "cents": np.where(before, orders["cents"][at], lines["cents"][row]),
        "quantity": np.where(before, orders["item_count"][at], lines["quantity"][row]),
    }


def _terms(rng: np.random.Generator, paid: np.ndarray, before: np.ndarray, size: int) -> Columns:
    """When a refund is asked for and completed, and how it ends."""
    shop = world()["refunds"]
    waited = np.where(before, rng.uniform(0.05, 2.5, size), 2.5 + rng.gamma(2.2, 2.6, size)) * DAY
    applied = paid + waited.astype(np.int64)
    hours = rng.lognormal(np.where(before, 2.0, 3.7), 0.7, size) * HOUR
    withdrawn = rng.random(size) < shop["withdrawn"]
    platform = rng.random(size) < shop["platform_closed"]
    intervened = ~withdrawn & (rng.random(size) < shop["intervened"])
    return {
        "applied": applied,
        "completed": np.where(withdrawn, NEVER, applied + hours.astype(np.int64)),
        "closed_by": np.where(withdrawn, 2, (platform | intervened).astype(np.int64)),
        "intervened": intervened,
        "stage": (~before).astype(np.int64),
        "kind": (~before & (rng.random(size) < shop["return"])).astype(np.int64),
        "reason": rng.integers(0, 12, size),
    }


def refunds(rng: np.random.Generator, plan: Plan, orders: Columns, lines: Columns) -> Columns:
    """At most one refund an order, known up to the export: `order` is the position of its order."""
    size = len(orders["created"])
    row, share = _worst_lines(rng, lines, size)
    at = np.flatnonzero((orders["paid"] != NEVER) & (orders["cents"] > 0) & (rng.random(size) < share))
    special = share[at] > 2 * world()["refunds"]["share"]
    before = (rng.random(len(at)) < world()["refunds"]["before_receipt"]) & ~special
    found = _amounts(orders, lines, before, row[at], at) | _terms(rng, orders["paid"][at], before, len(at))
    found["closed_by"] = np.where(found["completed"] < plan.cut, found["closed_by"], -1)
    found["completed"] = np.where(found["completed"] < plan.cut, found["completed"], NEVER)
    return take(found, (found["applied"] < plan.cut) & (found["cents"] > 0))


def reasons() -> tuple[list[str], list[str]]:
    """The reasons given before and after receipt."""
    shop = world()["refunds"]
    return shop["reasons_before"], shop["reasons_after"]
