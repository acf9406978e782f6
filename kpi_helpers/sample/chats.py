"""From visits to lines of chat. A visit is a run of turns: the buyer writes, then somebody answers."""

from __future__ import annotations

import numpy as np

from kpi_helpers.sample.people import POST, PRE, Team
from kpi_helpers.sample.world import (
    AFTER,
    CARE,
    CLOSING,
    NEW,
    NOBODY,
    RETURNING,
    ROBOT,
    Columns,
    Plan,
    positions,
    world,
)

BUYER, AGENT, ASSIST, BOT, SYSTEM, NOTE = range(6)
SENDERS = ("buyer", "agent", "assist", "bot", "system", "note")
TALKING = (NEW, RETURNING, AFTER)
NO_TURN = 10**6
HOUR = 3600


def _chance(rng: np.random.Generator, like: np.ndarray, share: float | np.ndarray) -> np.ndarray:
    return rng.random(len(like)) < share


def _lengths(rng: np.random.Generator, visits: Columns) -> Columns:
    """How many turns each visit has with the robot, with a human, and for the thanks at the end."""
    kind, talk = visits["kind"], world()["talk"]
    talking = np.isin(kind, TALKING)
    human = 1 + rng.poisson(rng.gamma(1.5, np.where(kind == AFTER, 1.3, 2.0)))
    dead = talking & _chance(rng, kind, talk["unanswered_visit"])
    robot = (talking & _chance(rng, kind, talk["robot_first"])) | (kind == ROBOT)
    return {
        "dead": dead | (kind == NOBODY),
        "robot": np.where(robot, 1 + _chance(rng, kind, 0.4), 0),
        "human": np.where(talking & ~dead, human, (kind != ROBOT).astype(np.int64)),
        "thanks": (talking & ~dead & _chance(rng, kind, talk["closing"])).astype(np.int64),
    }


def _hand_overs(rng: np.random.Generator, team: Team, visits: Columns, length: Columns) -> Columns:
    """At which turn another agent takes over (NO_TURN), who, and whether the turn before stays unanswered."""
    kind = visits["kind"]
    after = kind == AFTER
    other = np.where(after, team.on_duty(rng, visits["start"], POST), team.on_duty(rng, visits["start"], PRE))
    long = np.isin(kind, TALKING) & (length["human"] >= 2) & (visits["agent"] >= 0)
    passed = long & (other >= 0) & (other != visits["agent"])
    passed &= _chance(rng, kind, world()["talk"]["hand_over"])
    turn = length["robot"] + 1 + (rng.random(len(kind)) * (length["human"] - 1)).astype(np.int64)
    silent = passed & _chance(rng, kind, world()["talk"]["passed_unanswered"])
    return {"turn": np.where(passed, turn, NO_TURN), "agent": other, "silent": silent}


def _layout(visits: Columns, length: Columns, hand: Columns) -> Columns:
    """The turns of all visits: which visit, which place in it, who serves, what sort of turn."""
    visit, place = positions(length["robot"] + length["human"] + length["thanks"])
    robot = place < length["robot"][visit]
    total = (length["robot"] + length["human"] + length["thanks"])[visit]
    taken = place >= hand["turn"][visit]
    return {
        "visit": visit,
        "kind": visits["kind"][visit],
        "agent": np.where(robot, -1, np.where(taken, hand["agent"][visit], visits["agent"][visit])),
        "robot": robot,
        "greeting": ~robot & (place == length["robot"][visit]),
        "from_robot": ~robot & (place == length["robot"][visit]) & (length["robot"][visit] > 0),
        "taking": place == hand["turn"][visit],
        "left": (place == hand["turn"][visit] - 1) & hand["silent"][visit],
        "resumed": (place == hand["turn"][visit]) & hand["silent"][visit],
        "last": place == total - 1,
        "thanks": ((place == total - 1) & (length["thanks"][visit] > 0)) | (visits["kind"][visit] == CLOSING),
        "dead": length["dead"][visit],
    }


def _lines_each(rng: np.random.Generator, team: Team, turns: Columns) -> None:
    """How many lines the buyer (`asks`) and the other side (`answers`) write in each turn."""
    agent, size, talk = turns["agent"], len(turns["agent"]), world()["talk"]
    asks = 1 + rng.binomial(2, 0.22, size)
    answers = 1 + rng.poisson(talk["answer_lines"] * team.lines[agent], size)
    human = ~turns["robot"]
    ignored = human & _chance(rng, agent, talk["unanswered_round"] * team.unanswered[agent])
    ignored |= (human & (agent < 0)) | turns["dead"] | turns["left"] | (turns["kind"] == CLOSING)
    ignored |= turns["thanks"] & ~_chance(rng, agent, talk["closing_answered"])
    wordless = turns["resumed"] | (turns["kind"] == CARE)
    turns["asks"] = np.where(wordless, 0, np.where(turns["thanks"] | turns["robot"], 1, asks))
    turns["answers"] = np.where(ignored & ~wordless, 0, np.where(turns["robot"], 1, answers))


def _helpers(rng: np.random.Generator, team: Team, turns: Columns) -> None:
    """Which turns begin with an automatic line under the agent's account, and which a machine answers."""
    agent, asked = turns["agent"], (turns["asks"] > 0) & ~turns["robot"] & ~turns["thanks"]
    share = np.where(turns["greeting"], np.maximum(team.auto[agent], team.auto_first[agent]), team.auto[agent])
    turns["auto"] = asked & ~turns["left"] & _chance(rng, agent, share)
    turns["assist"] = asked & (turns["answers"] > 0) & _chance(rng, agent, team.assist[agent])


def _slowness(plan: Plan, team: Team, visits: Columns, turns: Columns) -> np.ndarray:
    """What multiplies the wait of each turn: the agent, the crowd, an outage."""
    start = visits["start"]
    factor = 1 + world()["talk"]["wait_per_open_chat"] * np.minimum(visits["crowd"], 12)
    for day in plan.outage:
        begin = plan.opens + (day - plan.start).days * 24 * HOUR + 14 * HOUR
        inside = (start >= begin - HOUR // 6) & (start < begin + 2.5 * HOUR)
        factor = np.where(inside, factor * world()["events"]["outage_wait"], factor)
    return factor[turns["visit"]] * team.wait[turns["agent"]]


def _waits(rng: np.random.Generator, slowness: np.ndarray, turns: Columns) -> np.ndarray:
    """Seconds from a turn's first line to the answer: heavy-tailed for humans, at once for machines."""
    talk, size = world()["talk"], len(slowness)
    wait = rng.lognormal(np.log(talk["wait_median"]), talk["wait_sigma"], size) * slowness
    wait *= np.where(turns["greeting"], 0.8, 1) * np.where(_chance(rng, wait, talk["absent"]), 10, 1)
    wait = np.where(turns["assist"], rng.uniform(2, 5, size), np.clip(wait, 2, 3 * HOUR))
    return np.where(turns["robot"], 1, wait).astype(np.int64)


def _times(rng: np.random.Generator, visits: Columns, turns: Columns, wait: np.ndarray) -> None:
    """When each turn opens and is answered; the lines of one side follow each other by a fixed gap."""
    size, answered = len(wait), turns["answers"] > 0
    turns["ask_gap"], turns["answer_gap"] = rng.integers(2, 10, size), rng.integers(2, 9, size)
    asked = np.maximum(turns["asks"] - 1, 0) * turns["ask_gap"]
    delay = np.where(answered, np.maximum(wait, asked + 1), asked)
    typed = np.maximum(turns["answers"] - 1, 0) * turns["answer_gap"]
    pause = rng.lognormal(3.1, 0.8, size) + np.where(_chance(rng, wait, world()["talk"]["pause"]), 1100, 0)
    spent = delay + typed + 1 + pause.astype(np.int64)
    before = np.cumsum(spent) - spent
    first = np.flatnonzero(np.diff(turns["visit"], prepend=-1))
    turns["open"] = visits["start"][turns["visit"]] + before - before[first][turns["visit"]]
    turns["answer"] = turns["open"] + delay
    turns["end"] = turns["answer"] + typed


def turns_of(rng: np.random.Generator, plan: Plan, team: Team, visits: Columns) -> Columns:
    """The turns of a day's visits, in order."""
    length = _lengths(rng, visits)
    turns = _layout(visits, length, _hand_overs(rng, team, visits, length))
    _lines_each(rng, team, turns)
    _helpers(rng, team, turns)
    wait = _waits(rng, _slowness(plan, team, visits, turns), turns)
    _times(rng, visits, turns, wait)
    turns["buyer"] = visits["buyer"][turns["visit"]]
    turns["script"] = np.full(len(wait), -1)
    turns["lost_agent"] = turns["from_robot"] | _chance(rng, wait, world()["talk"]["empty_agent"])
    turns["note"] = turns["last"] & ~turns["robot"] & ~turns["dead"] & _chance(rng, wait, world()["talk"]["note"])
    return turns


def lines_of(turns: Columns) -> Columns:
    """The lines of turns: turn, buyer, sender, agent (-1: none), sent_at, auto, first (of its part).

    In a turn come a system line (when a human joins or takes over), the buyer's lines, an automatic line, the
    answers, a note."""
    system = (turns["from_robot"] | turns["taking"]).astype(np.int64)
    ends = np.cumsum([system, turns["asks"], turns["auto"], turns["answers"], turns["note"]], axis=0)
    turn, place = positions(ends[-1])
    part = (place >= ends[:-1, turn]).sum(axis=0)
    after = place - np.where(part > 0, ends[np.maximum(part - 1, 0), turn], 0)
    answer = np.where(turns["robot"], BOT, np.where(turns["assist"], ASSIST, AGENT))[turn]
    sender = np.choose(part, [SYSTEM, BUYER, AGENT, answer, NOTE])
    opened, answered = turns["open"][turn], turns["answer"][turn]
    offsets = (opened, opened + after * turns["ask_gap"][turn], opened)
    sent_at = np.choose(part, [*offsets, answered + after * turns["answer_gap"][turn], turns["end"][turn] + 1])
    nobody = (part == 0) | ((part == 1) & turns["lost_agent"][turn])
    agent = np.where(nobody, -1, turns["agent"][turn])
    return {"turn": turn, "buyer": turns["buyer"][turn], "sender": sender, "agent": agent} | {
        "sent_at": sent_at,
        "auto": part == 2,
        "first": after == 0,
    }
