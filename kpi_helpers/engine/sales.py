"""Who gets the sale, by arrays: the models from `candidates` to `assists` (specification, section 4)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from kpi_helpers.engine.arrays import NEVER, Timeline, changes, meeting, moments, named, numbers, pairs, same, seconds
from kpi_helpers.engine.clock import ShopTime
from kpi_helpers.settings import Settings

SILENT = "(silent)"
STEPS = ("silent", "in_chat", "after_chat")
OWNER_STEPS = [f"{event}:{step}" for event in ("order", "payment") for step in STEPS]


@dataclass
class Event:
    """The creation or the payment of every order."""

    at: np.ndarray
    order: np.ndarray  # of each candidate, that is a session that could have secured the event
    session: np.ndarray
    agent: np.ndarray  # of each order: who secured it; -1: nobody
    step: np.ndarray


class Sales:
    """Some orders (bought.sql) with the sessions and openers around them, by number and in seconds."""

    def __init__(self, bought: pa.Table, sessions: pa.Table, openers: pa.Table, settings: Settings, time: ShopTime):
        self.bought, self.settings, self.time = bought, settings, time
        self.created, self.paid = seconds(bought["created_at"]), seconds(bought["paid_at"])
        _, (self.buyer, owner, opener) = numbers(*(rows["buyer_id"] for rows in (bought, sessions, openers)))
        names, agents = numbers(sessions["agent_id"], openers["agent_id"])
        order = sorted(range(len(names)), key=names.to_pylist().__getitem__)  # the smallest comes first
        self.agents, (agent, opening) = names.take(pa.array(order, pa.int64())), (np.argsort(order)[n] for n in agents)
        met = meeting(owner, self.buyer)  # sessions of others secure nothing
        self.owner, self.agent = owner[met], agent[met]
        self.started, self.ended = seconds(sessions["started_at"])[met], seconds(sessions["ended_at"])[met]
        self.human, self.asked = seconds(sessions["first_human_at"])[met], seconds(sessions["first_buyer_at"])[met]
        self.openers = opener, opening, seconds(openers["session_at"])
        self.opened_at = seconds(openers["sent_at"])
        self.by_end = Timeline(self.owner, self.ended)
        self.by_buyer = np.argsort(self.buyer)  # neighbours are found in neighbouring places, which is quicker

    def tables(self) -> dict[str, pa.Table]:
        """The unit tables orders and assists."""
        return {"orders": self._orders(), "assists": self._assists()}

    # -- who could have, and who did (candidates.sql, secured.sql) ---

    @cached_property
    def creation(self) -> Event:
        return self._event(self.created, remind=False)

    @cached_property
    def payment(self) -> Event:
        return self._event(self.paid, remind=True)

    def _event(self, at: np.ndarray, remind: bool) -> Event:
        order, session = self._candidates(at, remind)
        late, agent = self.ended[session] < at[order], self.agent[session]
        found = Event(at, order, session, np.full(len(at), -1), np.zeros(len(at), np.int8))
        several = np.flatnonzero(np.bincount(order, minlength=len(at))[order] > 1)
        for rows in (slice(None), self._best(several, order, session, late)):  # most orders have one candidate
            found.agent[order[rows]] = agent[rows]
            found.step[order[rows]] = 1 + late[rows]
        return found

    def _best(self, rows: np.ndarray, order: np.ndarray, session: np.ndarray, late: np.ndarray) -> np.ndarray:
        """Of the candidates of each order the one that secured it."""
        order, session, late = order[rows], session[rows], late[rows]
        rank = np.lexsort((self.agent[session], -self.started[session], -self.ended[session], late, order))
        return rows[rank[changes(order[rank])]]

    def _candidates(self, at: np.ndarray, remind: bool) -> tuple[np.ndarray, np.ndarray]:
        """Sessions under way at the event or ended in the window before it: a conversation by then, or a reminder."""
        longest = (self.ended - self.human).max(initial=0)
        events = self.by_buyer[np.flatnonzero(at[self.by_buyer] != NEVER)]
        low = at[events] - self.settings.attribution_window_hours * 3600
        near = self.by_end.between(self.buyer[events], low, at[events] + longest + 1)
        found = [(np.zeros(0, int), np.zeros(0, int))]
        for event, place in pairs(*near):
            order, session = events[event], self.by_end.order[place]
            begun = np.flatnonzero(self.human[session] <= at[order])
            order, session = order[begun], session[begun]
            counts = self.asked[session] <= at[order]
            if remind:
                silent = np.flatnonzero(~counts)
                counts[silent] = self._reminded(order[silent], session[silent])
            counts = np.flatnonzero(counts)
            found.append((order[counts], session[counts]))
        return tuple(np.concatenate(side) for side in zip(*found, strict=True))

    def _reminded(self, order: np.ndarray, session: np.ndarray) -> np.ndarray:
        """Whether an opener of the session came after the order and no later than its payment."""
        key, known = same((self.owner[session], self.agent[session], self.started[session]), self.openers)
        sent = Timeline(known, self.opened_at)
        first, end = sent.between(key, self.created[order] + 1, self.paid[order] + 1)
        return end > first

    # -- tables ---

    @cached_property
    def booked_at(self) -> np.ndarray:
        at = self.created if self.settings.attribution_rule == "order" else self.paid
        return np.where(self.paid == NEVER, NEVER, at)

    @cached_property
    def first(self) -> np.ndarray:
        """Whether the owner is who secured the order, and not its payment."""
        rule = self.settings.attribution_rule
        return np.full(len(self.paid), rule == "order") if rule != "order_first" else self.creation.agent >= 0

    @cached_property
    def winner(self) -> np.ndarray:
        """The owner's number; -1: nobody."""
        return np.where(self.first, self.creation.agent, self.payment.agent)

    def _orders(self) -> pa.Table:
        created, paid = self.creation, self.payment
        day = self.time.day_of(self.created)
        due = self.time.day_start(day + 1 + self.settings.payment_life_days)
        steps = np.where(self.first, created.step, len(STEPS) + paid.step)
        given = {name: self.bought[name] for name in self.bought.column_names}
        return pa.table(
            {
                **given,
                "created_day": day,
                "paid_day": self._day(self.paid),
                "created_agent": self._agent(created.agent),
                "created_step": named(created.step, STEPS),
                "paid_agent": self._agent(paid.agent),
                "paid_step": named(paid.step, STEPS),
                "booked_at": moments(self.booked_at),
                "booked_day": self._day(self.booked_at),
                "paid_in_time": self.paid < due,
                "owner": self._agent(self.winner),
                "owner_step": named(steps, OWNER_STEPS),
            }
        )

    def _assists(self) -> pa.Table:
        """Whoever could have had the order and has it not."""
        order = np.concatenate([self.creation.order, self.payment.order])
        agent = self.agent[np.concatenate([self.creation.session, self.payment.session])]
        helped = (agent != self.winner[order]) & (self.booked_at[order] != NEVER)
        order, agent = np.divmod(np.unique(order[helped] * len(self.agents) + agent[helped]), max(len(self.agents), 1))
        booked, bought = self.booked_at[order], self.bought.take(pa.array(order))
        return pa.table(
            {
                "order_id": bought["order_id"],
                "agent_id": named(agent, self.agents),
                "buyer_id": bought["buyer_id"],
                "day": self.time.day_of(booked),
                "hour": self.time.hour_of(booked),
                "paid_amount": bought["paid_amount"],
                "created_day": self.time.day_of(self.created[order]),
            }
        )

    def _agent(self, number: np.ndarray) -> pa.DictionaryArray:
        return named(np.where(number < 0, len(self.agents), number), pa.array([*self.agents.to_pylist(), SILENT]))

    def _day(self, at: np.ndarray) -> pa.Array:
        return pa.array(self.time.day_of(np.where(at == NEVER, 0, at)), mask=at == NEVER)
