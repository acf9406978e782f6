"""What a buyer's orders say of each chat, by arrays: the model `outcomes` (specification, section 3)."""

import numpy as np
import pyarrow as pa

from kpi_helpers.engine.arrays import Timeline, changes, meeting, named, numbers, pairs, seconds
from kpi_helpers.engine.clock import DAY, ShopTime
from kpi_helpers.settings import Settings

ORDERED = ("ordered", "ordered_same_day", "paid_next_day", "paid")
MINE = ("mine", "mine_same_day", "mine_paid_next_day", "mine_paid")
NAMES = (*ORDERED, *MINE, "any_paid", "awaiting_payment", "recently_paid")
FLAGS = {name: np.int16(1 << place) for place, name in enumerate(NAMES)}  # bits of one number


def outcomes(served: pa.Table, orders: pa.Table, settings: Settings, time: ShopTime) -> pa.Table:
    """The unit table outcomes: of received chats with a buyer line, those that some order says something of."""
    found = Chats(served, orders, settings, time)
    found.look_at_orders()
    found.look_at_payments()
    chat = np.flatnonzero(found.flags)
    names = {
        "buyer_id": named(found.buyer[chat], found.buyers),
        "agent_id": named(found.agent[chat], found.agents),
        "day": found.day[chat],
    }
    return pa.table(names | {name: found.flags[chat] & bit > 0 for name, bit in FLAGS.items()})


class Chats:
    """Chats with the orders around them, by number and in seconds. `t`: the first buyer line (specification)."""

    def __init__(self, served: pa.Table, orders: pa.Table, settings: Settings, time: ShopTime) -> None:
        self.settings, self.time = settings, time
        self.buyers, (buyer, self.owner) = numbers(served["buyer_id"], orders["buyer_id"])
        self.agents, (agent, self.secured) = numbers(served["agent_id"], orders["created_agent"])
        met = meeting(buyer, self.owner)  # chats of others have no outcome
        self.buyer, self.agent = buyer[met], agent[met]
        self.day, self.t = served["day"].to_numpy()[met], seconds(served["first_buyer_at"])[met]
        self.created, self.paid = seconds(orders["created_at"]), seconds(orders["paid_at"])
        self.closed = seconds(orders["closed_at"])
        self.window_end = self._start(settings.inquiry_window_days)
        self.final_end = self._start(1 + settings.final_delay_days)
        self.flags = np.zeros(len(self.t), np.int16)

    def _start(self, days: int) -> np.ndarray:
        """The second at which the day so many days after each chat's begins."""
        return self.time.day_start(self.day + days)

    def look_at_orders(self) -> None:
        """Orders created in the window, and unpaid ones created before it."""
        life = self.settings.payment_life_days * DAY
        same_day, next_day = self._start(1), self._start(2)
        line = Timeline(self.owner, self.created)
        for chat, place in pairs(*line.between(self.buyer, self.t - life, self.window_end)):
            order = line.order[place]
            created, paid, t = self.created[order], self.paid[order], self.t[chat]
            within, mine = created >= t, self.secured[order] == self.agent[chat]
            seen = (True, created < same_day[chat], paid < next_day[chat], paid < self.final_end[chat])
            found = {name: within & here for name, here in zip(ORDERED, seen, strict=True)}
            found |= {own: found[name] & mine for name, own in zip(ORDERED, MINE, strict=True)}
            self._flag(chat, found | {"awaiting_payment": ~within & (paid > t) & (self.closed[order] > t)})

    def look_at_payments(self) -> None:
        """Orders paid since the chat began, or not long before."""
        line = Timeline(self.owner, self.paid)
        low = self.t - self.settings.after_sales_days * DAY
        for chat, place in pairs(*line.between(self.buyer, low, np.maximum(self.final_end, self.t + 1))):
            order = line.order[place]
            paid, t = self.paid[order], self.t[chat]
            due = (paid >= t) & (paid < self.final_end[chat]) & (self.created[order] < self.window_end[chat])
            self._flag(chat, {"any_paid": due, "recently_paid": paid <= t})

    def _flag(self, chat: np.ndarray, found: dict[str, np.ndarray]) -> None:
        """What is true of one of a chat's orders; `chat` is in order."""
        first = changes(chat)
        bits = np.bitwise_or.reduce([true * FLAGS[name] for name, true in found.items()])
        if len(first):
            self.flags[chat[first]] |= np.bitwise_or.reduceat(bits, first)
