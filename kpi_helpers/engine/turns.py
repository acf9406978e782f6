"""Sessions, chats, rounds and machine seconds of lines in order, by whole arrays (see talk.py)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kpi_helpers.engine.arrays import SPAN, changes, ranges, running
from kpi_helpers.engine.talk import Lines, Rules


@dataclass
class Stretch:
    """Rows from `first` to before `end` of the lines, one stretch a session or a chat."""

    first: np.ndarray
    end: np.ndarray


class Marked:
    """Some of the rows, to be counted and found quickly."""

    def __init__(self, rows: np.ndarray) -> None:
        self.places = np.append(np.flatnonzero(rows), -1)
        self.before = running(rows, np.int32)  # how many there are before each row

    def of(self, at: Stretch) -> "Found":
        """Those of each stretch."""
        return Found(self.places, self.before.take(at.first), self.before.take(at.end))


@dataclass
class Found:
    """Marked rows of every stretch: their places, from `low` to before `high` among all of them."""

    places: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def count(self) -> np.ndarray:
        """How many."""
        return (self.high - self.low).astype(np.int64)

    @property
    def first(self) -> np.ndarray:
        """The first of each stretch; -1 where it has none."""
        return np.where(self.high > self.low, self.places.take(self.low), -1)

    @property
    def last(self) -> np.ndarray:
        """The last of each stretch; -1 where it has none."""
        return np.where(self.high > self.low, self.places.take(self.high - 1), -1)

    def total(self, values: np.ndarray) -> np.ndarray:
        """The sum of each stretch, of a value of every row."""
        before = running(values.take(self.places[:-1]), np.int32)  # may run over; what one stretch adds does not
        return (before.take(self.high) - before.take(self.low)).astype(np.int64)


@dataclass
class Rounds:
    """Rounds: the chat of each, the row that opens it, and the one that closes it or -1."""

    chat: np.ndarray
    opened: np.ndarray
    closed: np.ndarray


class Turns:
    """What the rules of sections 2 and 5 make of lines in order. Rows of lines are named by their place."""

    def __init__(self, lines: Lines, rules: Rules) -> None:
        self.lines, self.rules = lines, rules
        pair, second = lines.pair, lines.second
        new_pair = np.ones(len(pair), bool)
        new_pair[1:] = pair[1:] != pair[:-1]
        begins = new_pair.copy()
        begins[1:] |= second[1:] - second[:-1] > rules.gap_seconds
        self.sessions = _stretches(np.flatnonzero(begins), len(pair))
        self.session_day = rules.time.day_of(second[self.sessions.first])
        new_chat = new_pair[self.sessions.first]
        new_chat[1:] |= self.session_day[1:] != self.session_day[:-1]
        self.first_session = np.flatnonzero(new_chat)  # of each chat
        self.chats = _stretches(self.sessions.first[self.first_session], len(pair))
        self.chat_starts = np.zeros(len(pair), bool)
        self.chat_starts[self.chats.first] = True
        self.machine = self._machine(begins)  # their rows
        self.human = ~lines.asks
        self.human[self.machine] = False
        self.humans = Marked(self.human)
        self.humans_of_chats = self.humans.of(self.chats)

    def _machine(self, begins: np.ndarray) -> np.ndarray:
        """Human lines in the very second of the buyer line that opened the round; see seconds.sql for the parity."""
        asks, second = self.lines.asks, self.lines.second
        if not self.rules.zero_second_is_machine:
            return np.zeros(0, np.int64)
        tied = ~begins
        tied[1:] &= second[1:] == second[:-1]
        answer = np.flatnonzero(tied[1:] & ~asks[1:] & asks[:-1]) + 1  # the first human line of each mixed second
        first, end = _run_of(tied, answer)
        alone = self.chat_starts[first]
        follows = ~alone
        follows[:1] = False
        follows[1:] &= first[1:] == end[:-1]
        place = np.arange(len(answer))
        anchor = np.maximum.accumulate(np.where(follows, 0, place))
        was_open = (~alone & asks[first - 1])[anchor] ^ ((place - anchor) % 2 == 1)
        return ranges(answer[~was_open], end[~was_open])

    @cached_property
    def rounds(self) -> Rounds:
        """All rounds; only a chat's last one can be open."""
        before = np.zeros(len(self.human), bool)  # a round is open before this row
        before[1:] = ~self.human[:-1]
        before[self.chats.first] = False
        closes = self.human & before
        turns = np.flatnonzero(closes | (self.lines.asks & ~before))
        is_close = np.append(closes.take(turns), False)
        at = np.flatnonzero(~is_close[:-1])
        closed = np.append(turns, -1).take(at + 1)
        closed[~is_close.take(at + 1)] = -1
        opened = turns.take(at)
        return Rounds(self.chat_of.take(opened), opened, closed)

    @cached_property
    def waiting(self) -> np.ndarray:
        """The rounds that nobody closes."""
        return np.flatnonzero(self.rounds.closed < 0)

    @cached_property
    def first_asked(self) -> np.ndarray:
        """The first buyer line of every chat; -1 where it has none."""
        asks, found = self.lines.asks, self.chats.first.copy()
        late = np.flatnonzero(~asks[found])
        rows = ranges(self.chats.first[late], self.chats.end[late])
        rows = rows[asks[rows]]
        chat = self.chat_of[rows]
        begins = changes(chat)
        found[late] = -1
        found[chat[begins]] = rows[begins]
        return found

    @cached_property
    def machines(self) -> np.ndarray:
        """How many lines of every chat are a machine's."""
        return np.bincount(self.chat_of[self.machine], minlength=len(self.chats.first))

    @cached_property
    def chat_day(self) -> np.ndarray:
        """The business day of every chat."""
        return self.session_day[self.first_session]

    @cached_property
    def chat_of(self) -> np.ndarray:
        """The chat of every row."""
        return np.cumsum(self.chat_starts, dtype=np.int32) - np.int32(1)

    @cached_property
    def chat_of_session(self) -> np.ndarray:
        """The chat of every session."""
        return self.chat_of.take(self.sessions.first)

    @cached_property
    def sessions_of_chat(self) -> np.ndarray:
        """How many sessions every chat has."""
        return np.diff(self.first_session, append=len(self.sessions.first))

    @cached_property
    def session_ends(self) -> tuple[np.ndarray, np.ndarray]:
        """First and last second of every session."""
        return self.lines.second.take(self.sessions.first), self.lines.second.take(self.sessions.end - 1)

    def early(self) -> tuple[np.ndarray, np.ndarray]:
        """Seconds with a human line before the chat's first buyer line (early.sql): the session, and a row of each."""
        chat = np.flatnonzero(self.first_asked != self.chats.first)
        asked, end = self.first_asked[chat], self.chats.end[chat]
        rows = ranges(self.chats.first[chat], np.where(asked < 0, end, asked))
        rows = rows[self.human[rows]]
        second, pair = self.lines.second, self.lines.pair
        again = np.zeros(len(rows), bool)
        again[1:] = (second[rows[1:]] == second[rows[:-1]]) & (pair[rows[1:]] == pair[rows[:-1]])
        rows = rows[~again]
        return np.searchsorted(self.sessions.first, rows, "right") - 1, rows

    def last_words(self) -> tuple[np.ndarray, np.ndarray]:
        """Buyer lines after the chat's last human line: the chat of each, and its row."""
        rows = ranges(self.rounds.opened[self.waiting], self.chats.end[self.rounds.chat[self.waiting]])
        rows = rows[self.lines.asks[rows]]
        return self.chat_of[rows], rows

    def chat_at(self, pair: np.ndarray, second: np.ndarray) -> np.ndarray:
        """The chat whose session each moment of a pair falls into, else the pair's chat of that day, else -1."""
        at, lines = self.sessions, self.lines
        if not (len(at.first) and len(pair)):
            return np.full(len(pair), -1)
        since = min(lines.second.min(), second.min())
        session = _latest(lines.pair[at.first], lines.second[at.first] - since, pair, second - since)
        inside = (session >= 0) & (second <= lines.second[at.end[session] - 1])
        chat = _latest(lines.pair[self.chats.first], self.chat_day, pair, day := self.rules.time.day_of(second))
        return np.where(inside, self.chat_of_session[session], np.where(self.chat_day[chat] == day, chat, -1))


def _latest(pairs: np.ndarray, values: np.ndarray, pair: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Among rows in order of pair and value the last one of each pair up to each value; -1: there is none."""
    known = pairs[np.flatnonzero(np.diff(pairs, prepend=-1))]
    number = np.searchsorted(known, pair)
    order = np.searchsorted(known, pairs) * SPAN + values
    place = np.searchsorted(order, number * SPAN + value, "right") - 1
    return np.where((place >= 0) & (pairs[place] == pair), place, -1)


def _stretches(first: np.ndarray, rows: int) -> Stretch:
    return Stretch(first, np.concatenate([first[1:], [rows]]) if len(first) else first)


def _run_of(tied: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first row, and the row after the last one, of the second each of `rows` stands in."""
    first, end = rows.copy(), rows + 1
    last = np.append(tied, False)
    while (back := tied[first]).any():
        first -= back
    while (on := last[end]).any():
        end += on
    return first, end
