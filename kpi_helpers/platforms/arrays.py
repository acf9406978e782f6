"""A platform's rounds of a part of a shop's messages, by arrays. turns.sql and rounds.sql say what is right."""

import numpy as np
import pyarrow as pa

from kpi_helpers.engine.arrays import changes, named
from kpi_helpers.engine.clock import day_number
from kpi_helpers.engine.heard import Heard
from kpi_helpers.engine.lines import SENDERS
from kpi_helpers.engine.talk import ACCOUNTS, UNASSIGNED, among
from kpi_helpers.engine.turns import Marked, Stretch
from kpi_helpers.platforms.rules import Platform, Rule

BUYER, *ANSWERS = (SENDERS.index(name) for name in ("buyer", "agent", "assist", "bot"))
DROPPED = ("agent_monologue", "bot_only")  # of the reception filters, those that platforms know too


def rounds(heard: Heard, one: Platform, first: int, end: int) -> list[pa.Table]:
    """A platform's rounds of business days [first, end), by every rule in force on one of them."""
    turns = Turns(heard)
    met = [(rule, until) for rule, until in one.in_force if day_number(rule.valid_from) < end and until > first]
    return [Rounds(turns, rule, until).table(first, end) for rule, until in met]


class Turns:
    """Every second of every chat in which somebody spoke, and the turns that begin in some of them (turns.sql)."""

    def __init__(self, heard: Heard) -> None:
        self.heard, self.time = heard, heard.rules.time
        chat, second, sender, line = _spoken(heard)
        begins = np.ones(len(chat), bool)
        begins[1:] = (chat[1:] != chat[:-1]) | (second[1:] != second[:-1])
        at = np.flatnonzero(begins)
        self.chat, self.second, self.line = chat[at], second[at], line[at]
        self.by = {
            kind: np.logical_or.reduceat(sender == kind, at) if len(at) else begins for kind in (BUYER, *ANSWERS)
        }
        self.first = np.flatnonzero(self._opens())
        self.of_chat = self.chat[self.first]
        self.end = np.minimum(np.append(self.first[1:], len(at)), np.searchsorted(self.chat, self.of_chat, "right"))

    def _opens(self) -> np.ndarray:
        """The buyer's first second after any answer."""
        follows = np.zeros(len(self.chat), bool)
        follows[1:] = (self.chat[1:] == self.chat[:-1]) & ~np.logical_or.reduce([self.by[n][:-1] for n in ANSWERS])
        return self.by[BUYER] & ~follows

    def answered(self, rule: Rule) -> np.ndarray:
        """The second in which each turn was answered by somebody who counts; -1: in none."""
        human = np.logical_or.reduce([self.by[SENDERS.index(name)] for name in rule.human])
        return Marked(human).of(Stretch(self.first + (rule.zero_second == "machine"), self.end)).first


class Rounds:
    """A rule's rounds (rounds.sql). Every array has a value for each round inside the assessed hours."""

    def __init__(self, turns: Turns, rule: Rule, until: int) -> None:
        self.turns, self.rule, time = turns, rule, turns.time
        turn, closed = self._whole(turns.answered(rule))
        lines, sessions = turns.heard.lines, turns.heard.turns.sessions
        self.session = np.searchsorted(sessions.first, turns.line[turns.first[turn]], "right") - 1
        self.session_at = lines.second[sessions.first[self.session]]
        self.pair, self.opened = turns.heard.pair[turns.of_chat[turn]], turns.second[turns.first[turn]]
        self.answered, self.closed = closed >= 0, turns.second[closed] if len(turns.second) else closed
        self.starts = self.session_at if rule.by == "session" else self.opened
        self.day = time.day_of(self.starts)
        counts = self._assessed(until) & (turns.heard.dropped_by(DROPPED)[turns.of_chat[turn]] < 0)
        for name, value in list(vars(self).items()):
            if isinstance(value, np.ndarray):
                setattr(self, name, value[counts])
        self.wait = self.closed - self.opened
        self.within = self.answered & (self.wait <= rule.within_seconds)

    def _whole(self, closed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The turn each round begins with, and the second that closed it or -1: it goes on until somebody answers."""
        begins = np.ones(len(closed), bool)
        begins[1:] = (closed[:-1] >= 0) | (np.diff(self.turns.of_chat) != 0)
        turn = np.flatnonzero(begins)
        return turn, closed[np.append(turn[1:], len(closed)) - 1]

    def _assessed(self, until: int) -> np.ndarray:
        rule, hour = self.rule, self.turns.time.hour_of(self.starts)
        found = (hour >= rule.hours[0]) & (hour < rule.hours[1])
        found &= (self.day >= day_number(rule.valid_from)) & (self.day < until)
        if rule.nobody != "miss":
            found &= self.pair % ACCOUNTS != UNASSIGNED
        return found & ~(self.answered & (self.closed == self.opened)) if rule.zero_second == "left_out" else found

    def table(self, first: int, end: int) -> pa.Table:
        """Those of business days [first, end), with the columns of rounds.sql."""
        wanted = np.flatnonzero((self.day >= first) & (self.day < end))
        heard = self.turns.heard
        columns = {
            "day": self.day,
            "hour": self.turns.time.hour_of(self.opened),
            "session_at": self.session_at,
            "opened_at": self.opened,
            "within": self.within,
            "session_within": self._in_session(),
            "first_in_session": _firsts(self.session),
            "first_of_day": _firsts(self.pair, self.day),
            "rule_day": np.full(len(self.day), day_number(self.rule.valid_from), np.int32),
        }
        open_ = ~self.answered[wanted]
        return pa.table(
            {
                "buyer_id": named(self.pair[wanted] // ACCOUNTS, heard.talk.names.buyers),
                "agent_id": named(self.pair[wanted] % ACCOUNTS, heard.talk.names.accounts),
                **{name: column[wanted] for name, column in columns.items()},
                "closed_at": pa.array(self.closed[wanted], mask=open_),
                "wait_seconds": pa.array(self.wait[wanted], mask=open_),
                "counted_wait_seconds": self._counted(self.wait[wanted], open_),
            }
        )

    def _in_session(self) -> np.ndarray:
        """Whether all rounds of the session were answered in time."""
        begins = changes(self.session)
        if not len(begins):
            return self.within
        sizes = np.diff(np.append(begins, len(self.session)))
        return np.repeat(np.logical_and.reduceat(self.within, begins), sizes)

    def _counted(self, wait: np.ndarray, open_: np.ndarray) -> pa.Array:
        capped = np.minimum(wait, self.rule.cap_seconds) if self.rule.cap_seconds else wait
        if self.rule.unanswered == "cap":
            return pa.array(np.where(open_, self.rule.cap_seconds, capped))
        return pa.array(capped, mask=open_)


def _spoken(heard: Heard) -> tuple[np.ndarray, ...]:
    """(chat, second, sender, line) of buyers' lines and answers, in order; line -1: a machine's, outside sessions."""
    lines = heard.lines
    chat, row = heard.others(ANSWERS)
    sender = heard.talk.sender[lines.row]
    found = [heard.turns.chat_of, lines.second, sender, np.arange(len(sender))]
    spoke = among(sender, (BUYER, *ANSWERS))
    if not spoke.all():
        found = [column[spoke] for column in found]
    if not len(row):
        return tuple(found)
    beside = chat, heard.talk.second[row], heard.talk.sender[row], np.full(len(row), -1)
    found = [np.concatenate(sides) for sides in zip(found, beside, strict=True)]
    order = np.lexsort((found[1], found[0]))
    return tuple(column[order] for column in found)


def _firsts(*columns: np.ndarray) -> np.ndarray:
    """The first row of each run of equal values."""
    found = np.ones(len(columns[0]), bool)
    found[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return found
