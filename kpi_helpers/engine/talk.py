"""A shop's messages as arrays: every line under the agent it belongs to, pair by pair in order of time.

This, `turns.py` and `heard.py` do with arrays what the models up to `served` do in SQL, some ten times faster. The
models say what is right, Spark runs them, and tests compare the two row by row (DECISIONS.md).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kpi_helpers.engine.clock import ShopTime
from kpi_helpers.engine.lines import SENDERS

ACCOUNTS = 2**20  # as $accounts in the models
UNASSIGNED = 1
BUYER, BOT = SENDERS.index("buyer"), SENDERS.index("bot")


def among(sender: np.ndarray, wanted: Iterable[int]) -> np.ndarray:
    """Which of the senders, as numbers, are some of them."""
    found = np.zeros(len(sender), bool)
    for number in wanted:
        found |= sender == number
    return found


@dataclass(frozen=True)
class Rules:
    """What the settings say about lines."""

    gap_seconds: int
    human_senders: list[str]
    zero_second_is_machine: bool
    time: ShopTime
    aliases: pa.Table

    def human(self, sender: np.ndarray) -> np.ndarray:
        """Which of the senders are human."""
        return among(sender, [n for n, name in enumerate(SENDERS) if name in self.human_senders])


@dataclass
class Names:
    """Names and texts by number."""

    buyers: pa.Array
    accounts: pa.Array
    words: pa.ChunkedArray


@dataclass
class Talk:
    """Lines by buyer and time."""

    buyer: np.ndarray
    agent: np.ndarray
    sender: np.ndarray
    second: np.ndarray
    text: np.ndarray  # a buyer's: its number, -1 for none; another's: its length
    names: Names


@dataclass
class Lines:
    """Buyer and human lines, pair by pair in order of time. `row`: the place of each in the talk."""

    row: np.ndarray
    pair: np.ndarray
    second: np.ndarray
    asks: np.ndarray
    text: np.ndarray


def paired(talk: Talk, rules: Rules) -> Lines:
    """Every line of a piece under the agent it belongs to (section 2, "whose line is it")."""
    buyer, agent, second = talk.buyer, np.maximum(talk.agent, UNASSIGNED), talk.second
    asks, human, nobody = talk.sender == BUYER, rules.human(talk.sender), talk.agent == 0
    homeless = np.flatnonzero(asks & nobody)
    by_human = human & ~nobody
    before, after = _before(by_human, homeless), _after(by_human | ((talk.sender == BOT) & nobody), homeless)
    near = (before >= 0) & (buyer[before] == buyer[homeless]) & (second[homeless] - second[before] <= rules.gap_seconds)
    handed = (after >= 0) & (buyer[after] == buyer[homeless]) & by_human[after]
    handed &= rules.time.day_of(second[after]) == rules.time.day_of(second[homeless])
    agent[homeless] = np.where(near, agent[before], np.where(handed, agent[after], UNASSIGNED))
    rows, pair = np.flatnonzero(asks | human), buyer * np.int64(ACCOUNTS) + agent
    order = np.argsort(pair.take(rows), kind="stable")
    rows = rows.take(order)
    return Lines(rows, pair.take(rows), second.take(rows), asks.take(rows), talk.text.take(rows))


def _before(marked: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The marked row before each of `rows`, which are not marked themselves; -1: there is none."""
    places = np.append(-1, np.flatnonzero(marked))
    return places[np.searchsorted(places, rows) - 1]


def _after(marked: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The marked row after each; -1: there is none."""
    places = np.append(np.flatnonzero(marked), -1)
    return places[np.searchsorted(places[:-1], rows)]
