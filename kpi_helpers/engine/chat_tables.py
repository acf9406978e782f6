"""The unit tables of chats, in the form in which they are kept, from what arrays know of them (heard.py)."""

import numpy as np
import pyarrow as pa

from kpi_helpers.engine.arrays import named, place, running
from kpi_helpers.engine.heard import FILTERS, Heard
from kpi_helpers.engine.talk import ACCOUNTS


class ChatTables:
    """The tables' rows of some of the chats, sessions and rounds, each named as the model it stands for."""

    def __init__(self, heard: Heard) -> None:
        self.heard, self.turns, self.lines, self.chats = heard, heard.turns, heard.lines, heard.chats

    def of_days(self, first: int, end: int) -> dict[str, pa.Table]:
        """served, waits, chat_sessions and openers of business days [first, end)."""
        wanted = (self.turns.chat_day >= first) & (self.turns.chat_day < end)
        opened, closed = (rows[wanted[self.turns.chat_of[self.heard.rounds[0]]]] for rows in self.heard.rounds)
        session, row = self.turns.early()
        early = wanted[self.turns.chat_of_session[session]]
        return {
            "served": self._served(np.flatnonzero(wanted)),
            "waits": self._waits(opened, closed),
            "chat_sessions": self._sessions(np.flatnonzero(wanted[self.turns.chat_of_session])),
            "openers": self._openers(session[early], row[early]),
        }

    def _served(self, chat: np.ndarray) -> pa.Table:
        turns, second, sizes = self.turns, self.lines.second, np.where(self.turns.machine, 0, self.lines.size)
        first, end = self.chats.first[chat], self.chats.end[chat]
        size, spent = running(sizes, np.int64), self.heard.spent[chat]
        machine = end - first - self.heard.asked[chat] - self.heard.human[chat]
        return pa.table(
            {
                **self._names(self.heard.pair[chat]),
                "day": turns.chat_day[chat],
                "hour": self.heard.rules.time.hour_of(second[first]),
                "first_at": second[first],
                "last_at": second[end - 1],
                "first_buyer_at": self._second(turns.questions.first(self.chats)[chat]),
                "dropped": named(self.heard.dropped[chat], FILTERS),
                "received": self.heard.dropped[chat] < 0,
                "buyer_messages": self.heard.asked[chat],
                "agent_messages": self.heard.human[chat],
                "bot_messages": machine + self.heard.bots[chat],
                "machine_messages": machine,
                "agent_characters": size[end] - size[first],
                "sessions": turns.sessions_of_chat[chat],
                "reception_seconds": spent,
                "answered": self.heard.answered[chat],
                "long_reception": spent > self.heard.settings.long_reception_minutes * 60,
                "slow": self.heard.slow[chat],
            }
        )

    def _waits(self, opened: np.ndarray, closed: np.ndarray) -> pa.Table:
        chat = self.turns.chat_of[opened]
        return pa.table(
            {
                **self._names(self.lines.pair[opened]),
                "day": self.turns.chat_day[chat],
                "opened_at": self.lines.second[opened],
                "closed_at": self._second(closed),
                "round_number": place(chat),
            }
        )

    def _sessions(self, session: np.ndarray) -> pa.Table:
        turns, second = self.turns, self.lines.second
        chat, first = turns.chat_of_session[session], turns.sessions.first[session]
        return pa.table(
            {
                **self._names(self.lines.pair[first]),
                "day": turns.session_day[session],
                "started_at": second[first],
                "ended_at": second[turns.sessions.end[session] - 1],
                "first_human_at": self._second(turns.humans.first(turns.sessions)[session]),
                "first_buyer_at": self._second(turns.questions.first(self.chats)[chat]),
                "advert": np.zeros(len(chat), bool),
                "received": self.heard.dropped[chat] < 0,
                "hour": self.heard.rules.time.hour_of(second[self.chats.first[chat]]),
            }
        )

    def _openers(self, session: np.ndarray, row: np.ndarray) -> pa.Table:
        second, begun = self.lines.second, self.turns.sessions.first[session]
        days = {"day": self.turns.session_day[session]}
        return pa.table(
            {**self._names(self.lines.pair[row]), **days, "session_at": second[begun], "sent_at": second[row]}
        )

    def _names(self, pair: np.ndarray) -> dict[str, pa.Array]:
        return {
            "buyer_id": named(pair // ACCOUNTS, self.heard.talk.buyers),
            "agent_id": named(pair % ACCOUNTS, self.heard.talk.accounts),
        }

    def _second(self, rows: np.ndarray) -> pa.Array:
        """The moments of rows; none for -1."""
        return pa.array(self.lines.second[rows] if len(self.lines.second) else rows, mask=rows < 0)
