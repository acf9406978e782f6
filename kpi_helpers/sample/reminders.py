"""Payment reminders of the sample shop: when, by whom, in which words, and what the buyer says to it."""

from __future__ import annotations

import numpy as np

from kpi_helpers.sample.people import PRE, Team
from kpi_helpers.sample.world import DAY, NEVER, REMINDED, Columns, Plan, stack, take, world

HOUR = 3600


def _working_hours(rng: np.random.Generator, plan: Plan, moment: np.ndarray) -> np.ndarray:
    """Moments outside 9:00-22:00 put off to the next morning."""
    since = (moment - plan.opens) % DAY
    morning = moment - since + 9 * HOUR + rng.integers(0, 2 * HOUR, len(moment))
    return np.where(since < 9 * HOUR, morning, np.where(since >= 22 * HOUR, morning + DAY, moment))


def remind(rng: np.random.Generator, plan: Plan, team: Team, orders: Columns) -> None:
    """For orders that wait, adds: when a reminder is sent (NEVER: not), by whom, with which script."""
    size = len(orders["created"])
    sent = orders["created"] + 2400 + rng.lognormal(7.6, 0.7, size).astype(np.int64)
    sent = _working_hours(rng, plan, np.minimum(sent, orders["created"] + DAY))
    agent = team.on_duty(rng, sent, PRE)
    wanted = orders["waits"] & (rng.random(size) < world()["orders"]["reminded"]) & (agent >= 0) & (sent < plan.cut)
    orders["reminded"] = np.where(wanted, sent, NEVER)
    orders["reminder"] = agent
    orders["script"] = rng.integers(0, len(world()["scripts"]), size)


def reminder_turns(rng: np.random.Generator, orders: Columns) -> Columns:
    """The turns that reminders make: one line of the agent, then perhaps the buyer's word and an answer."""
    sent = take(orders, orders["reminded"] != NEVER)
    first = _turns(sent, sent["reminded"], asks=0, answers=np.ones(len(sent["reminded"]), np.int64))
    told = take(sent, rng.random(len(sent["reminded"])) < world()["orders"]["reminder_replied"])
    at = told["reminded"] + rng.integers(40, 900, len(told["reminded"]))
    second = _turns(told, at, asks=1, answers=(rng.random(len(at)) < 0.7).astype(np.int64))
    second["answer"] = at + 4 + rng.lognormal(2.8, 0.9, len(at)).astype(np.int64)
    return stack([first, second])


def _turns(orders: Columns, at: np.ndarray, asks: int, answers: np.ndarray) -> Columns:
    """Turns with the columns of `chats.turns_of`, at given moments."""
    size = len(at)
    no, gap = np.zeros(size, bool), np.full(size, 3)
    flags = ("robot", "greeting", "from_robot", "taking", "thanks", "auto", "assist", "lost_agent", "note")
    return dict.fromkeys(flags, no) | {
        "buyer": orders["buyer"],
        "agent": orders["reminder"],
        "script": orders["script"] if asks == 0 else np.full(size, -1),
        "kind": np.full(size, REMINDED),
        "asks": np.full(size, asks),
        "answers": answers,
        "ask_gap": gap,
        "answer_gap": gap,
        "open": at,
        "answer": at,
        "end": at,
    }
