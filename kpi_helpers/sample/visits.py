"""One day's visits: who comes, why, when, and who serves them."""

from __future__ import annotations

import numpy as np

from kpi_helpers.sample.buyers import Buyers
from kpi_helpers.sample.people import POST, PRE, Team
from kpi_helpers.sample.world import (
    AFTER,
    CARE,
    CLOSING,
    DAY,
    KINDS,
    NEW,
    NOBODY,
    RETURNING,
    ROBOT,
    Columns,
    Plan,
    from_curve,
    stack,
    take,
    world,
)

HOUR = 3600
LOOK_BACK = 360


def moments(rng: np.random.Generator, midnight: int, size: int) -> np.ndarray:
    """`size` moments of a day, as busy as its hours are."""
    return midnight + (from_curve(rng, np.array(world()["day"]["hours"]), size) * HOUR).astype(np.int64)


def _how_many(rng: np.random.Generator, plan: Plan, day: int, kind: str) -> int:
    event = kind if kind in ("new", "returning") else "others"
    mean = plan.buyers_per_day * world()["visits"][kind] * plan.volume(day)
    return int(rng.poisson(mean * plan.factor(plan.day(day), event)))


def _who(rng: np.random.Generator, buyers: Buyers, kind: int, size: int, day: int) -> np.ndarray:
    if kind in (NEW, ROBOT, NOBODY):
        return buyers.new(size)
    return buyers.returning(rng, size, day) if kind == RETURNING else buyers.recent(rng, size, day)


def _arrivals(rng: np.random.Generator, plan: Plan, buyers: Buyers, day: int) -> Columns:
    found = [_who(rng, buyers, k, _how_many(rng, plan, day, name), day) for k, name in enumerate(KINDS)]
    again = take(buyers.again(), slice(None) if plan.factor(plan.day(day), "others") else slice(0))
    everyone = np.concatenate([*found, again["buyer"]])
    kinds = np.concatenate([np.repeat(np.arange(len(found)), [len(f) for f in found]), again["kind"]])
    firsts = np.unique(everyone, return_index=True)[1]
    return take({"buyer": everyone, "kind": kinds}, firsts)


def _serve(rng: np.random.Generator, team: Team, visits: Columns) -> np.ndarray:
    """After-sales buyers go to their desk while it is open, the others to the sellers."""
    sellers = team.on_duty(rng, visits["start"], PRE)
    desk = team.on_duty(rng, visits["start"], POST)
    agent = np.where((visits["kind"] == AFTER) & (desk >= 0), desk, sellers)
    return np.where(np.isin(visits["kind"], (ROBOT, NOBODY)), -1, agent)


def _second_visits(rng: np.random.Generator, visits: Columns, midnight: int) -> Columns:
    """The same buyer hours later on the same day; nothing more is bought on it."""
    served = np.isin(visits["kind"], (NEW, RETURNING, AFTER))
    later = visits["start"] + (rng.uniform(0.7, 7, len(served)) * HOUR).astype(np.int64)
    chosen = served & (rng.random(len(served)) < world()["visits"]["second_visit"]) & (later < midnight + DAY)
    return take(visits | {"start": later}, chosen)


def _crowd(visits: Columns) -> np.ndarray:
    """How many chats the same agent began in the six minutes before each visit."""
    key = visits["agent"] * 10**11 + visits["start"]
    ordered = np.sort(key)
    return np.searchsorted(ordered, key) - np.searchsorted(ordered, key - LOOK_BACK)


def visits_of_day(rng: np.random.Generator, plan: Plan, team: Team, buyers: Buyers, day: int) -> Columns:
    """A day's visits: buyer, kind, start, first (False on a second visit), agent, crowd. Unserved care and
    closing visits are dropped: nobody was there to write or be thanked."""
    midnight = plan.opens + day * DAY
    first = _arrivals(rng, plan, buyers, day)
    first["start"] = moments(rng, midnight, len(first["buyer"]))
    buyers.visited(first["buyer"], day)
    second = _second_visits(rng, first, midnight)
    visits = stack([first, second])
    visits["first"] = np.arange(len(visits["buyer"])) < len(first["buyer"])
    visits["agent"] = _serve(rng, team, visits)
    visits["crowd"] = _crowd(visits)
    return take(visits, (visits["agent"] >= 0) | ~np.isin(visits["kind"], (CARE, CLOSING)))
