"""The unit tables of chats, in the form in which they are kept, from what arrays know of them (heard.py)."""

import numpy as np
import pyarrow as pa

from kpi_helpers.engine.arrays import moments, named
from kpi_helpers.engine.heard import FILTERS, Heard, Waits
from kpi_helpers.engine.talk import ACCOUNTS, Names

Columns = dict[str, np.ndarray]  # `pair` stands for a buyer and an agent, -1 for no filter, NEVER for no moment


def of_days(heard: Heard, first: int, end: int) -> dict[str, Columns]:
    """served, waits, chat_sessions and openers of business days [first, end): their rows of some buyers."""
    turns = heard.turns
    wanted = (turns.chat_day >= first) & (turns.chat_day < end)
    waits, (session, row) = heard.waits(wanted), turns.early()
    early = np.flatnonzero(wanted[turns.chat_of_session[session]])
    return {
        "served": _served(heard, waits, np.flatnonzero(wanted)),
        "waits": _waits(heard, waits),
        "chat_sessions": _sessions(heard, np.flatnonzero(wanted[turns.chat_of_session])),
        "openers": _openers(heard, session[early], row[early]),
    }


def joined(known: Names, pieces: list[dict[str, Columns]]) -> dict[str, pa.Table]:
    """The tables of all pieces as one, with names for numbers."""
    return {name: _named(known, [tables[name] for tables in pieces]) for name in pieces[0]}


def _named(known: Names, pieces: list[Columns]) -> pa.Table:
    pair = np.concatenate([piece["pair"] for piece in pieces])
    columns = {
        "buyer_id": named(pair // ACCOUNTS, known.buyers),
        "agent_id": named(pair & (ACCOUNTS - 1), known.accounts),
    }
    for name in pieces[0]:
        values = [piece[name] for piece in pieces]
        if name == "dropped":
            columns[name] = named(np.concatenate(values), FILTERS)
        elif name != "pair":
            columns[name] = pa.chunked_array([moments(part) if name in OPEN else pa.array(part) for part in values])
    return pa.table(columns)


OPEN = ("first_buyer_at", "first_human_at", "closed_at")  # moments there may be none of


def _served(heard: Heard, waits: Waits, chat: np.ndarray) -> Columns:
    turns, second = heard.turns, heard.lines.second
    first, end, spent = heard.chats.first[chat], heard.chats.end[chat], heard.spent[chat]
    machine = turns.machines[chat]
    return {
        "pair": heard.pair[chat],
        "day": turns.chat_day[chat],
        "hour": heard.hour[chat],
        "first_at": second[first],
        "last_at": second[end - 1],
        "first_buyer_at": heard.moments[turns.first_asked[chat]],
        "dropped": heard.dropped[chat],
        "received": heard.dropped[chat] < 0,
        "buyer_messages": heard.asked[chat],
        "agent_messages": heard.human[chat],
        "bot_messages": machine + heard.bots[chat],
        "machine_messages": machine,
        "agent_characters": turns.humans_of_chats.total(heard.lines.text)[chat],
        "sessions": turns.sessions_of_chat[chat],
        "reception_seconds": spent,
        "answered": heard.answered[chat],
        "long_reception": spent > heard.settings.long_reception_minutes * 60,
        "slow": waits.slow(heard.settings)[chat],
    }


def _waits(heard: Heard, waits: Waits) -> Columns:
    return {
        "pair": heard.pair.take(waits.chat),
        "day": heard.turns.chat_day.take(waits.chat),
        "opened_at": waits.opened_at,
        "closed_at": waits.closed_at,
        "round_number": waits.number,
    }


def _sessions(heard: Heard, session: np.ndarray) -> Columns:
    turns, second = heard.turns, heard.lines.second
    chat, first, end = turns.chat_of_session[session], turns.sessions.first[session], turns.sessions.end[session]
    return {
        "pair": heard.pair[chat],
        "day": turns.session_day[session],
        "started_at": second[first],
        "ended_at": second[end - 1],
        "first_human_at": heard.moments[turns.humans.of(turns.sessions).first[session]],
        "first_buyer_at": heard.moments[turns.first_asked[chat]],
        "advert": np.zeros(len(chat), bool),
        "received": heard.dropped[chat] < 0,
        "hour": heard.hour[chat],
    }


def _openers(heard: Heard, session: np.ndarray, row: np.ndarray) -> Columns:
    second = heard.lines.second
    return {
        "pair": heard.lines.pair[row],
        "day": heard.turns.session_day[session],
        "session_at": second[heard.turns.sessions.first[session]],
        "sent_at": second[row],
    }
