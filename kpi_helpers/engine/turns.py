"""Sessions, chats, rounds and machine seconds of lines in order, by whole arrays (see talk.py)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from kpi_helpers.engine.talk import Lines, Rules

SPAN = 2**36  # seconds; more than lie between any two lines


@dataclass
class Stretch:
    """Rows from `first` to before `end` of the lines, one stretch a session or a chat."""

    first: np.ndarray
    end: np.ndarray


class Marked:
    """Some of the rows, to be counted and found quickly."""

    def __init__(self, rows: np.ndarray) -> None:
        self.places = np.append(np.flatnonzero(rows), -1)
        self.before = _running(rows, np.int32)  # how many there are before each row

    def count(self, at: Stretch) -> np.ndarray:
        """How many of each stretch."""
        return (self.before[at.end] - self.before[at.first]).astype(np.int64)

    def first(self, at: Stretch) -> np.ndarray:
        """The first of each stretch; -1 where it has none."""
        low, high = self.before[at.first], self.before[at.end]
        return np.where(high > low, self.places[low], -1)

    def last(self, at: Stretch) -> np.ndarray:
        """The last of each stretch; -1 where it has none."""
        low, high = self.before[at.first], self.before[at.end]
        return np.where(high > low, self.places[high - 1], -1)


def _running(values: np.ndarray, kind: type) -> np.ndarray:
    """The sum of all values before each row, and of all at the end."""
    total = np.zeros(len(values) + 1, kind)
    np.cumsum(values, out=total[1:])
    return total


class Turns:
    """What the rules of sections 2 and 5 make of lines in order. Rows of lines are named by their place."""

    def __init__(self, lines: Lines, rules: Rules) -> None:
        self.lines, self.rules = lines, rules
        pair, second = lines.pair, lines.second
        new_pair = np.ones(len(pair), bool)
        new_pair[1:] = pair[1:] != pair[:-1]
        begins = new_pair.copy()
        begins[1:] |= np.diff(second) > rules.gap_seconds
        self.sessions = _stretches(np.flatnonzero(begins), len(pair))
        self.session_day = rules.day_of(second[self.sessions.first])
        new_chat = new_pair[self.sessions.first]
        new_chat[1:] |= self.session_day[1:] != self.session_day[:-1]
        self.first_session = np.flatnonzero(new_chat)  # of each chat
        self.chats = _stretches(self.sessions.first[self.first_session], len(pair))
        self.chat_starts = np.zeros(len(pair), bool)
        self.chat_starts[self.chats.first] = True
        self.machine = self._machine(begins)
        self.human = ~(lines.asks | self.machine)
        self.humans, self.questions = Marked(self.human), Marked(lines.asks)

    def _machine(self, begins: np.ndarray) -> np.ndarray:
        """Human lines in the very second of the buyer line that opened the round; see seconds.sql for the parity."""
        asks, second, found = self.lines.asks, self.lines.second, np.zeros(len(begins), bool)
        if not self.rules.zero_second_is_machine:
            return found
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
        found[_ranges(answer[~was_open], end[~was_open])] = True
        return found

    @cached_property
    def rounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The row that opens each round, and the one that closes it or -1."""
        before = np.zeros(len(self.human), bool)  # a round is open before this row
        before[1:] = ~self.human[:-1]
        before &= ~self.chat_starts
        closes = self.human & before
        turns = np.flatnonzero(closes | (self.lines.asks & ~before))
        is_close = np.concatenate([closes[turns], [False]])
        opens = np.flatnonzero(~is_close[:-1])
        return turns[opens], np.where(is_close[opens + 1], np.concatenate([turns, [-1]])[opens + 1], -1)

    # -- tables, named as the models they stand for ---

    def all_sessions(self) -> pa.Table:
        at, lines = self.sessions, self.lines
        return _table(
            pair=lines.pair[at.first],
            day=self.session_day,
            started_at=lines.second[at.first],
            ended_at=lines.second[at.end - 1],
            first_human_at=self._second(self.humans.first(at)),
        )

    def said(self) -> pa.Table:
        at, lines, sessions = self.chats, self.lines, self.sessions
        length = lines.second[sessions.end - 1] - lines.second[sessions.first]
        ends = np.append(self.first_session[1:], len(sessions.first))
        lasted, size = _running(length, np.int64), _running(np.where(self.machine, 0, lines.size), np.int64)
        buyer, human = self.questions.count(at), self.humans.count(at)
        return _table(
            pair=lines.pair[at.first],
            day=self.chat_day,
            first_at=lines.second[at.first],
            last_at=lines.second[at.end - 1],
            first_buyer_at=self._second(self.questions.first(at)),
            first_human_at=self._second(self.humans.first(at)),
            last_human_at=self._second(self.humans.last(at)),
            buyer_messages=buyer,
            agent_messages=human,
            machine_messages=at.end - at.first - buyer - human,
            agent_characters=size[at.end] - size[at.first],
            sessions=ends - self.first_session,
            reception_seconds=lasted[ends] - lasted[self.first_session],
            answered=self._answered(),
        )

    @cached_property
    def chat_day(self) -> np.ndarray:
        return self.session_day[self.first_session]

    def _answered(self) -> np.ndarray:
        found = np.zeros(len(self.chats.first), bool)
        opened, closed = self.rounds
        found[self._chat_of[opened[closed >= 0]]] = True
        return found

    @cached_property
    def _chat_of(self) -> np.ndarray:
        """The chat of every row."""
        return np.cumsum(self.chat_starts, dtype=np.int32) - np.int32(1)

    def all_rounds(self) -> pa.Table:
        opened, closed = self.rounds
        chat, place = self._chat_of[opened], np.arange(len(opened))
        new = np.ones(len(opened), bool)
        new[1:] = chat[1:] != chat[:-1]
        first = np.maximum.accumulate(np.where(new, place, 0))
        at, answered = self.lines.second[opened], self._second(closed)
        return _table(
            pair=self.lines.pair[opened],
            day=self.chat_day[chat],
            opened_at=at,
            closed_at=answered,
            wait_seconds=np.ma.array(answered.data - at, mask=answered.mask),
            round_number=place - first + 1,
        )

    def early(self) -> pa.Table:
        """Seconds with a human line before the chat's first buyer line."""
        asked = self.questions.first(self.chats)
        until = np.where(asked < 0, self.chats.end, asked)
        rows = _ranges(self.chats.first, until)
        rows = rows[self.human[rows]]
        second, pair = self.lines.second, self.lines.pair
        again = np.zeros(len(rows), bool)
        again[1:] = (second[rows[1:]] == second[rows[:-1]]) & (pair[rows[1:]] == pair[rows[:-1]])
        rows = rows[~again]
        session = np.searchsorted(self.sessions.first, rows, "right") - 1
        return _table(
            pair=pair[rows],
            day=self.session_day[session],
            session_at=second[self.sessions.first[session]],
            sent_at=second[rows],
        )

    def last_words(self) -> tuple[np.ndarray, np.ndarray]:
        """Buyer lines after the chat's last human line: the chat of each, and its row."""
        last = self.humans.last(self.chats)
        since = np.where(last < 0, self.chats.first, last + 1)
        rows = _ranges(since, self.chats.end)
        rows = rows[self.lines.asks[rows]]
        return self._chat_of[rows], rows

    def session_at(self, pair: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Whether each moment of a pair lies in one of its sessions, and the latest session begun by then."""
        at, lines = self.sessions, self.lines
        _, number = np.unique(np.concatenate([lines.pair[at.first], pair]), return_inverse=True)
        since = min(lines.second.min(initial=0), second.min(initial=0))
        begun = number[: len(at.first)] * SPAN + lines.second[at.first] - since
        session = np.searchsorted(begun, number[len(at.first) :] * SPAN + second - since, "right") - 1
        known = np.maximum(session, 0)
        inside = session >= 0
        if len(at.first):
            inside &= (lines.pair[at.first[known]] == pair) & (second <= lines.second[at.end[known] - 1])
        return inside, known

    def _second(self, rows: np.ndarray) -> np.ma.MaskedArray:
        return np.ma.array(self.lines.second[rows] if len(self.lines.second) else rows, mask=rows < 0)


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


def _ranges(first: np.ndarray, end: np.ndarray) -> np.ndarray:
    """All rows of [first, end), one range after the other."""
    count = np.maximum(end - first, 0)
    start = np.cumsum(count) - count
    return np.repeat(first - start, count) + np.arange(count.sum())


def _table(**columns: np.ndarray) -> pa.Table:
    return pa.table({name: pa.array(_plain(v), mask=getattr(v, "mask", None)) for name, v in columns.items()})


def _plain(values: np.ndarray) -> np.ndarray:
    return getattr(values, "data", values) if isinstance(values, np.ma.MaskedArray) else values
