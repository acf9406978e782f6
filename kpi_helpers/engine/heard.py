"""What is known of every chat, by arrays: filters, closings, the rounds that count (the models from `tails` on)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kpi_helpers.engine.arrays import NEVER, member
from kpi_helpers.engine.meaning import Meaning
from kpi_helpers.engine.talk import ACCOUNTS, BOT, UNASSIGNED, Rules, Talk, among
from kpi_helpers.engine.turns import Turns
from kpi_helpers.settings import Settings

# Reception filters in their order (filtered.sql), but for adverts, which need every text.
FILTERS = ("agent_monologue", "bot_only", "closing_only", "own_accounts", "single_buyer_line", "transfer_only")


class Heard:
    """The chats of some lines. Every array has a value for each of them."""

    def __init__(self, talk: Talk, turns: Turns, known: Meaning, settings: Settings, rules: Rules):
        self.talk, self.turns, self.known, self.settings, self.rules = talk, turns, known, settings, rules
        self.lines, self.chats = turns.lines, turns.chats
        self.pair = self.lines.pair[self.chats.first]
        self.human = turns.humans_of_chats.count
        self.asked = self.chats.end - self.chats.first - self.human - turns.machines

    @cached_property
    def dropped(self) -> np.ndarray:
        """The number of the first filter that drops each chat; -1: it was received."""
        return self.dropped_by(FILTERS)

    def dropped_by(self, filters: Sequence[str]) -> np.ndarray:
        """The same where there are no other filters than some of them."""
        found, chosen = np.full(len(self.pair), -1, np.int8), self.settings.reception_filters
        for number, name in reversed(list(enumerate(filters))):
            if chosen[name]:
                found[getattr(self, f"_{name}")()] = number
        return found

    def _agent_monologue(self) -> np.ndarray:
        return self.asked == 0

    def _bot_only(self) -> np.ndarray:
        """Nobody's chats of buyers with a line of nobody's robot on that day (robots.sql)."""
        talk, lines = self.talk, self.lines
        bots, machine = np.flatnonzero(talk.sender == BOT), self.turns.machine
        bots, machine = bots[talk.agent[bots] == 0], machine[_agent(lines.pair[machine]) == UNASSIGNED]
        buyer = np.concatenate([talk.buyer[bots], lines.pair[machine] // ACCOUNTS])
        day = self.rules.time.day_of(np.concatenate([talk.second[bots], lines.second[machine]]))
        nobody = np.flatnonzero(_agent(self.pair) == UNASSIGNED)
        asked = _day_of_buyer(self.pair[nobody] // ACCOUNTS, self.turns.chat_day[nobody])
        return nobody[member(asked, _day_of_buyer(buyer, day))]

    def _closing_only(self) -> np.ndarray:
        return (self.human == 0) & self.closing

    def _own_accounts(self) -> np.ndarray:
        return member(self.pair // ACCOUNTS, self.known.own)

    def _single_buyer_line(self) -> np.ndarray:
        return (self.asked == 1) & ~self.answered

    def _transfer_only(self) -> np.ndarray:
        """Few lines, and then another agent's on the same day. An agent's own last line is never after the chat."""
        turns, second = self.turns, self.lines.second
        _, buyer_day = np.unique(_day_of_buyer(self.pair // ACCOUNTS, turns.chat_day), return_inverse=True)
        other = np.flatnonzero((self.human > 0) & (_agent(self.pair) != UNASSIGNED))
        latest = np.full(len(self.pair), np.iinfo(np.int64).min)
        np.maximum.at(latest, buyer_day[other], second[turns.humans_of_chats.last[other]])
        few = self.human <= self.settings.reception_filters["transfer_only"]
        return few & (latest[buyer_day] > second[self.chats.end - 1])

    @cached_property
    def closing(self) -> np.ndarray:
        """Whether the buyer has the last word, in closings only."""
        (chat, rows), found = self.turns.last_words(), np.zeros(len(self.pair), bool)
        found[chat] = True
        found[chat[~self.known.closing(self.lines.text[rows])]] = False
        return found

    @cached_property
    def answered(self) -> np.ndarray:
        """Whether a human answered the buyer."""
        asked = self.turns.first_asked
        return (asked >= 0) & (self.turns.humans_of_chats.last > asked)

    @cached_property
    def spent(self) -> np.ndarray:
        """Seconds in sessions."""
        first, last = self.turns.session_ends
        return np.add.reduceat(last - first, self.turns.first_session)

    @cached_property
    def bots(self) -> np.ndarray:
        """Robots' lines under an agent's account (others.sql, bots.sql)."""
        chat, _ = self.others([BOT])
        return np.bincount(chat, minlength=len(self.pair))

    def others(self, senders: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Lines of some senders under an agent's account, where they are not human: their chat and row (others.sql)."""
        talk = self.talk
        rows = np.flatnonzero(among(talk.sender, senders))
        rows = rows[(talk.agent[rows] > 0) & ~self.rules.human(talk.sender[rows])]
        pair = talk.buyer[rows].astype(np.int64) * ACCOUNTS + talk.agent[rows]
        chat = self.turns.chat_at(pair, talk.second[rows])
        return chat[chat >= 0], rows[chat >= 0]

    def waits(self, chats: np.ndarray) -> "Waits":
        """The rounds that count (counted.sql) of some chats."""
        rounds, waiting = self.turns.rounds, self.turns.waiting
        counted = (chats & (self.dropped < 0)).take(rounds.chat)
        if self.settings.ignore_closing_lines:
            counted[waiting[self.closing[rounds.chat[waiting]]]] = False
        rows = np.flatnonzero(counted)
        at = (self.moments.take(side.take(rows)) for side in (rounds.opened, rounds.closed))
        return Waits(rounds.chat.take(rows), *at, len(self.pair))

    @cached_property
    def hour(self) -> np.ndarray:
        """The hour in which each chat begins."""
        return self.rules.time.hour_of(self.lines.second.take(self.chats.first))

    @cached_property
    def moments(self) -> np.ndarray:
        """The second of every row of the lines, and NEVER for the row -1."""
        return np.append(self.lines.second, NEVER)


@dataclass
class Waits:
    """Rounds: the chat of each, by number below `chats`, and its moments; `closed_at` is NEVER for open ones."""

    chat: np.ndarray
    opened_at: np.ndarray
    closed_at: np.ndarray
    chats: int

    @cached_property
    def rounds(self) -> np.ndarray:
        """How many every chat has."""
        return np.bincount(self.chat, minlength=self.chats)

    @cached_property
    def number(self) -> np.ndarray:
        """1, 2, 3 … in each chat."""
        before = np.cumsum(self.rounds) - self.rounds
        return np.arange(1, len(self.chat) + 1) - before.take(self.chat)

    def slow(self, settings: Settings) -> np.ndarray:
        """Whether enough rounds of each chat are slow or unanswered."""
        slow = self.chat[self.closed_at - self.opened_at > settings.slow_seconds]  # NEVER is late enough
        return (self.rounds > 0) & (np.bincount(slow, minlength=self.chats) >= settings.slow_count)


def _agent(pair: np.ndarray) -> np.ndarray:
    return pair & (ACCOUNTS - 1)


def _day_of_buyer(buyer: np.ndarray, day: np.ndarray) -> np.ndarray:
    """One number for each buyer and day."""
    return buyer.astype(np.int64) * 2**32 + day
