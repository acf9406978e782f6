"""The unit tables of chats, in the form in which they are kept, from what arrays know of them (heard.py)."""

import numpy as np
import pyarrow as pa

from kpi_helpers.engine.arrays import moments, named, place, running
from kpi_helpers.engine.heard import FILTERS, Heard
from kpi_helpers.engine.talk import ACCOUNTS, Names

Columns = dict[str, np.ndarray]  # `pair` stands for a buyer and an agent, -1 for no filter, NEVER for no moment


def of_days(heard: Heard, first: int, end: int) -> dict[str, Columns]:
    """served, waits, chat_sessions and openers of business days [first, end): their rows of some buyers."""
    turns = heard.turns
    wanted = (turns.chat_day >= first) & (turns.chat_day < end)
    session, row = turns.early()
    early = np.flatnonzero(wanted[turns.chat_of_session[session]])
    return {
        "served": _served(heard, np.flatnonzero(wanted)),
        "waits": _waits(heard, np.flatnonzero(wanted[heard.rounds.chat])),
        "chat_sessions": _sessions(heard, np.flatnonzero(wanted[turns.chat_of_session])),
        "openers": _openers(heard, session[early], row[early]),
    }


def joined(known: Names, pieces: list[dict[str, Columns]]) -> dict[str, pa.Table]:
    """The tables of all pieces as one, with names for numbers."""
    return {name: _named(known, [tables[name] for tables in pieces]) for name in pieces[0]}


def _named(known: Names, pieces: list[Columns]) -> pa.Table:
    columns = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    pair = columns.pop("pair")
    names = {
        "buyer_id": named(pair // ACCOUNTS, known.buyers),
        "agent_id": named(pair & (ACCOUNTS - 1), known.accounts),
    }
    if "dropped" in columns:
        columns["dropped"] = named(columns["dropped"], FILTERS)
    return pa.table(names | {name: moments(c) if name in OPEN else c for name, c in columns.items()})


OPEN = ("first_buyer_at", "first_human_at", "closed_at")  # moments there may be none of


def _served(heard: Heard, chat: np.ndarray) -> Columns:
    turns, second = heard.turns, heard.lines.second
    first, end, spent = heard.chats.first[chat], heard.chats.end[chat], heard.spent[chat]
    size = running(heard.lines.text * turns.human, np.int32)  # may run over; what a chat adds to it does not
    machine = turns.machines[chat]
    return {
        "pair": heard.pair[chat],
        "day": turns.chat_day[chat],
        "hour": heard.rules.time.hour_of(second[first]),
        "first_at": second[first],
        "last_at": second[end - 1],
        "first_buyer_at": heard.moments[turns.first_asked[chat]],
        "dropped": heard.dropped[chat],
        "received": heard.dropped[chat] < 0,
        "buyer_messages": heard.asked[chat],
        "agent_messages": heard.human[chat],
        "bot_messages": machine + heard.bots[chat],
        "machine_messages": machine,
        "agent_characters": (size[end] - size[first]).astype(np.int64),
        "sessions": turns.sessions_of_chat[chat],
        "reception_seconds": spent,
        "answered": heard.answered[chat],
        "long_reception": spent > heard.settings.long_reception_minutes * 60,
        "slow": heard.slow[chat],
    }


def _waits(heard: Heard, row: np.ndarray) -> Columns:
    rounds = heard.rounds
    chat = rounds.chat[row]
    return {
        "pair": heard.pair[chat],
        "day": heard.turns.chat_day[chat],
        "opened_at": rounds.opened_at[row],
        "closed_at": rounds.closed_at[row],
        "round_number": place(chat),
    }


def _sessions(heard: Heard, session: np.ndarray) -> Columns:
    turns, second = heard.turns, heard.lines.second
    chat, first, end = turns.chat_of_session[session], turns.sessions.first[session], turns.sessions.end[session]
    return {
        "pair": heard.pair[chat],
        "day": turns.session_day[session],
        "started_at": second[first],
        "ended_at": second[end - 1],
        "first_human_at": heard.moments[turns.humans.first(turns.sessions)[session]],
        "first_buyer_at": heard.moments[turns.first_asked[chat]],
        "advert": np.zeros(len(chat), bool),
        "received": heard.dropped[chat] < 0,
        "hour": heard.rules.time.hour_of(second[heard.chats.first[chat]]),
    }


def _openers(heard: Heard, session: np.ndarray, row: np.ndarray) -> Columns:
    second = heard.lines.second
    return {
        "pair": heard.lines.pair[row],
        "day": heard.turns.session_day[session],
        "session_at": second[heard.turns.sessions.first[session]],
        "sent_at": second[row],
    }
