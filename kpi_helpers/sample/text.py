"""The words of the sample shop: one list of phrases, and which of them each line of chat is."""

from __future__ import annotations

import tomllib
from functools import cache

import numpy as np
import pyarrow as pa

from kpi_helpers.sample.chats import AGENT, ASSIST, BOT, BUYER, NOTE, SYSTEM
from kpi_helpers.sample.people import Team
from kpi_helpers.sample.world import AFTER, CARE, HERE, REMINDED, Columns, world

KIND_NAMES = ("text", "image", "card", "sticker")
NUMBERS = (2, 3, 5)
TEXT, IMAGE, CARD, STICKER = range(4)


def _filled(given: list[str], item: str) -> list[str]:
    """A situation's phrases about one product."""
    numbered = [(phrase, n) for phrase in given for n in (NUMBERS if "{n}" in phrase else NUMBERS[:1])]
    return [phrase.format(item=item, n=n) for phrase, n in numbered]


@cache
def _book() -> tuple[list[str], dict[str, tuple[int, int]]]:
    """All phrases in one list; where each situation's begin, and how many it has for each product."""
    phrases: list[str] = []
    where = {}
    for situation, given in tomllib.loads((HERE / "phrases.toml").read_text(encoding="utf-8"))["phrases"].items():
        blocks = [_filled(given, item["title"]) for item in world()["items"]]
        where[situation] = (len(phrases), len(blocks[0]))
        phrases += [text for block in blocks for text in block]
    return phrases, where


def phrases() -> pa.Array:
    """Every phrase of the shop; lines carry positions in this list."""
    return pa.array(_book()[0])


def draw(rng: np.random.Generator, situation: str, items: np.ndarray) -> np.ndarray:
    """For each product (its number) the position of one phrase of a situation."""
    first, count = _book()[1][situation]
    return first + items * count + (rng.random(len(items)) * count).astype(np.int64)


def _situations(rng: np.random.Generator, team: Team, turns: Columns, lines: Columns) -> dict[str, np.ndarray]:
    """For every situation the lines it applies to; where several do, the first counts."""
    turn, sender, agent = lines["turn"], lines["sender"], lines["agent"]
    buyer, human, own = sender == BUYER, sender == AGENT, rng.random(len(turn))
    first, greeting, after = lines["first"], turns["greeting"][turn], turns["kind"][turn] == AFTER
    return {
        "system_pass": (sender == SYSTEM) & turns["taking"][turn],
        "system_join": sender == SYSTEM,
        "note_text": sender == NOTE,
        "bot_answer": sender == BOT,
        "agent_assist": sender == ASSIST,
        **{one["text"]: turns["script"][turn] == place for place, one in enumerate(world()["scripts"])},
        "agent_auto": lines["auto"],
        "buyer_robot": buyer & turns["robot"][turn],
        "buyer_human": buyer & turns["from_robot"][turn] & first,
        "buyer_closing": buyer & turns["thanks"][turn],
        "buyer_greet": buyer & greeting & first & (own < 0.5),
        "buyer_after": buyer & after,
        "buyer_pay": buyer & (turns["kind"][turn] == REMINDED),
        "buyer_ask": buyer,
        "agent_short": human & (team.short[agent] > 0),
        "agent_care": human & (turns["kind"][turn] == CARE),
        "agent_farewell": human & turns["thanks"][turn],
        "agent_greet": human & (greeting | turns["taking"][turn]) & first,
        "agent_after": human & after,
        "agent_cross": human & (own < np.where(team.cross[agent] > 0, 0.45, 0.06)),
        "agent_answer": human,
    }


def words(rng: np.random.Generator, team: Team, turns: Columns, lines: Columns) -> np.ndarray:
    """The phrase of every line, as a position in `phrases()`."""
    # One product a buyer: the chats of a day stay with their subject, and no further random number is needed.
    items = lines["buyer"] % len(world()["items"])
    chosen = np.full(len(lines["turn"]), -1, dtype=np.int64)
    for situation, applies in _situations(rng, team, turns, lines).items():
        rows = np.flatnonzero(applies & (chosen < 0))
        chosen[rows] = draw(rng, situation, items[rows])
    return chosen


def message_kinds(rng: np.random.Generator, turns: Columns, lines: Columns) -> np.ndarray:
    """Positions in KIND_NAMES: text, image, card or sticker. Only plain lines become pictures."""
    talk, share, sender = world()["talk"], rng.random(len(lines["turn"])), lines["sender"]
    plain = ~turns["thanks"][lines["turn"]] & ~turns["robot"][lines["turn"]]
    buyer, agent = plain & (sender == BUYER), plain & (sender == AGENT) & ~lines["auto"]
    kinds = np.where(buyer & (share < talk["image"]), IMAGE, TEXT)
    kinds = np.where(buyer & (share > 1 - talk["sticker"]), STICKER, kinds)
    return np.where(agent & (share < talk["card"]), CARD, kinds)
