"""Section 2: whose line is it, sessions, chats, machine seconds, reception filters."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from .closings import is_closing
from .model import BOT, BUYER, HUMAN, Message

UNASSIGNED = "(unassigned)"


@dataclass
class Session:
    buyer: str
    agent: str
    lines: list[Message]
    day: date
    chat: Chat | None = None

    @property
    def first(self) -> int:
        return self.lines[0].sent_at

    @property
    def last(self) -> int:
        return self.lines[-1].sent_at


@dataclass
class Chat:
    buyer: str
    agent: str
    day: date
    sessions: list[Session] = field(default_factory=list)
    others: list[Message] = field(default_factory=list)  # bot, system and note lines of this agent
    reasons: list[str] = field(default_factory=list)  # reception filters that match
    rounds: list = field(default_factory=list)
    inquiry: bool = False
    why: str = ""
    window_end: int = 0
    any_order: dict = field(default_factory=dict)  # outcomes with whoever's orders
    mine: dict = field(default_factory=dict)  # outcomes with this agent's orders
    pays: bool = False
    order_ids: list = field(default_factory=list)

    @property
    def lines(self) -> list[Message]:
        """Buyer and human lines as given (machine seconds among them), in order."""
        return [line for session in self.sessions for line in session.lines]

    @property
    def received(self) -> bool:
        return not self.reasons

    @property
    def first(self) -> int:
        return self.lines[0].sent_at

    def of(self, role: str) -> list[Message]:
        return [line for line in self.lines + self.others if line.role == role]

    @property
    def first_buyer_line(self) -> int | None:
        """t of section 3."""
        return min((line.sent_at for line in self.of(BUYER)), default=None)

    @property
    def answered(self) -> bool:
        """A human message after a buyer message."""
        asked = False
        for line in self.lines:
            if line.role == HUMAN and asked:
                return True
            asked = asked or line.role == BUYER
        return False


def by_buyer(messages: list[Message]) -> dict[str, list[Message]]:
    """Each buyer's messages in the order of section 2."""
    return group(sorted(messages, key=lambda message: message.order), lambda message: message.buyer)


def whose(place: int, lines: list[Message], clock, gap: int) -> str | None:
    """Section 2, "Whose line is it"; None: the line joins no chat by this rule."""
    line = lines[place]
    if line.agent is not None:
        return line.agent
    if line.role == HUMAN:
        return UNASSIGNED
    if line.role != BUYER:
        return None
    return agent_before(place, lines, gap) or agent_after(place, lines, clock) or UNASSIGNED


def agent_before(place: int, lines: list[Message], gap: int) -> str | None:
    """(1) the agent of the latest human line with an agent before it, within the session gap."""
    for earlier in reversed(lines[:place]):
        if earlier.role == HUMAN and earlier.agent is not None:
            return earlier.agent if lines[place].sent_at - earlier.sent_at <= gap else None
    return None


def agent_after(place: int, lines: list[Message], clock) -> str | None:
    """(2) the agent of the next human line, same business day, no unassigned bot line in between."""
    for later in lines[place + 1 :]:
        if later.role == BOT and later.agent is None:
            return None
        if later.role == HUMAN and later.agent is not None:
            same_day = clock.day(later.sent_at) == clock.day(lines[place].sent_at)
            return later.agent if same_day else None
    return None


def build_sessions(messages: list[Message], clock, gap: int) -> tuple[list[Session], list[Message]]:
    """All sessions, and the lines with an agent that are neither buyer nor human."""
    talks: dict[tuple, list[Message]] = {}
    others = []
    for buyer, lines in by_buyer(messages).items():
        for place, line in enumerate(lines):
            agent = whose(place, lines, clock, gap)
            if agent is not None and line.role in (BUYER, HUMAN):
                talks.setdefault((buyer, agent), []).append(line)
            elif agent is not None:
                others.append(line)
    sessions = [s for (buyer, agent), lines in talks.items() for s in cut(buyer, agent, lines, clock, gap)]
    return sessions, others


def cut(buyer: str, agent: str, lines: list[Message], clock, gap: int) -> list[Session]:
    """Maximal runs with no silence longer than the gap, booked on the day of the first message."""
    runs: list[list[Message]] = []
    for line in lines:
        if runs and line.sent_at - runs[-1][-1].sent_at <= gap:
            runs[-1].append(line)
        else:
            runs.append([line])
    return [Session(buyer, agent, run, clock.day(run[0].sent_at)) for run in runs]


def build_chats(messages: list[Message], clock, settings, agents) -> list[Chat]:
    """Every chat, with its reasons to be dropped."""
    sessions, others = build_sessions(messages, clock, settings["session_gap_minutes"] * 60)
    chats: dict[tuple, Chat] = {}
    for session in sessions:
        key = (session.buyer, session.agent, session.day)
        session.chat = chats.setdefault(key, Chat(*key))
        session.chat.sessions.append(session)
    by_pair = group(sessions, lambda session: (session.buyer, session.agent))
    for line in others:
        chat = chat_of_other(line, by_pair.get((line.buyer, line.agent), []), chats, clock)
        if chat:
            chat.others.append(line)
    if settings["zero_second_is_machine"]:
        for chat in chats.values():
            mark_machine_seconds(chat)
    chats_of = group(chats.values(), lambda chat: chat.buyer)
    lines_of = group(messages, lambda line: line.buyer)
    for chat in chats.values():
        mates, lines = chats_of[chat.buyer], lines_of[chat.buyer]
        chat.reasons = filter_reasons(chat, mates, lines, clock, settings, agents)
    return list(chats.values())


def group(things, key) -> dict:
    """Lists of things by key, in order."""
    found: dict = {}
    for thing in things:
        found.setdefault(key(thing), []).append(thing)
    return found


def chat_of_other(line: Message, sessions, chats, clock) -> Chat | None:
    """A bot line with an agent: the chat of the session around it, else that day's chat, else none."""
    for session in sessions:
        if session.first <= line.sent_at <= session.last:
            return session.chat
    return chats.get((line.buyer, line.agent, clock.day(line.sent_at)))


def mark_machine_seconds(chat: Chat) -> None:
    """Section 2: a human line in the very second of the buyer line that opened the round is a bot's."""
    opened = None
    for line in chat.lines:
        if line.role == BUYER and opened is None:
            opened = line.sent_at
        elif line.role == HUMAN and line.sent_at == opened:
            line.role = BOT
        elif line.role == HUMAN:
            opened = None


def filter_reasons(chat: Chat, chats, messages, clock, settings, agents) -> list[str]:
    """The switched-on reception filters (section 2) that match; chats and messages: all of this buyer."""
    switches, words = settings["reception_filters"], settings["closing_lines"]
    asked, said = chat.of(BUYER), chat.of(HUMAN)
    matches = {
        "agent_monologue": not asked,
        "bot_only": chat.agent == UNASSIGNED and got_bot_line(chat, messages, clock),
        "closing_only": not said and all(is_closing(line.text, words) for line in asked),
        "own_accounts": chat.buyer in agents.names,
        "single_buyer_line": len(asked) == 1 and not chat.answered,
        "transfer_only": len(said) <= switches["transfer_only"] and passed_on(chat, chats),
        "advert": any(line.text in (switches["advert"] or []) for line in chat.lines + chat.others),
    }
    return [name for name, match in matches.items() if match and switches[name]]


def got_bot_line(chat: Chat, messages, clock) -> bool:
    """A bot line (a machine second is one) without an agent on the chat's business day."""
    return any(line.role == BOT and line.agent is None for line in messages if clock.day(line.sent_at) == chat.day)


def passed_on(chat: Chat, chats) -> bool:
    """Another agent has a human line to this buyer after the chat's last line, booked on the same day."""
    end = chat.lines[-1].sent_at
    others = [other for other in chats if other.day == chat.day]
    others = [other for other in others if other.agent not in (chat.agent, UNASSIGNED)]
    return any(line.sent_at > end for other in others for line in other.of(HUMAN))
