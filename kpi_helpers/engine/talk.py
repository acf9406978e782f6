"""A part of a shop's messages as arrays: every line under the agent it belongs to, pair by pair in order of time.

This, `turns.py` and `heard.py` do with arrays what the models up to `served` do in SQL, some ten times faster. The
models say what is right, Spark runs them, and tests compare the two row by row (DECISIONS.md).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kpi_helpers.engine.clock import ShopTime
from kpi_helpers.engine.lines import SENDERS, Month

ACCOUNTS = 2**20  # as $accounts in the models
UNASSIGNED = 1
BUYER, BOT = SENDERS.index("buyer"), SENDERS.index("bot")


def among(sender: np.ndarray, wanted: Iterable[int]) -> np.ndarray:
    """Which of the senders, as numbers, are some of them."""
    return np.array([n in wanted for n in range(len(SENDERS) + 1)])[sender]


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
class Talk:
    """Lines in order of buyer and time. `buyers`, `accounts`, `words`: names and texts; their place is the number."""

    buyer: np.ndarray
    agent: np.ndarray
    sender: np.ndarray
    second: np.ndarray
    size: np.ndarray
    word: np.ndarray  # -1: no text, or not a buyer's
    buyers: pa.Array
    accounts: pa.Array
    words: pa.ChunkedArray

    def put_in_order(self) -> None:
        """Slices of time one after the other become buyers one after the other."""
        order = np.argsort(self.buyer, kind="stable")
        for name in ("buyer", "agent", "sender", "second", "size", "word"):
            setattr(self, name, getattr(self, name)[order])


def load(found: list[Month], low: int, high: int, rules: Rules) -> Talk:
    """The lines of [low, high), aliases resolved."""
    tables = [month.lines(low, high) for month in found]
    buyers, buyer_of = _buyers(tables, [month.column("buyers", "name").combine_chunks() for month in found])
    fixed = pa.array(["", "(unassigned)"])  # the numbers 0 and 1
    named = [fixed, rules.aliases["agent_id"].combine_chunks().unique()]
    named += [month.column("agents", "name").combine_chunks() for month in found]
    accounts, agent_of = _in_common(named, [np.arange(len(names)) for names in named])
    agent_of = [np.concatenate([[0], numbers]) for numbers in agent_of[2:]]
    words = [month.column("words", "text") for month in found]
    before = np.cumsum([0, *map(len, words)])
    word_of = [np.append(np.arange(len(part)) + start, -1) for part, start in zip(words, before, strict=False)]
    talk = Talk(
        _joined(tables, "buyer", buyer_of),
        _joined(tables, "agent", agent_of),
        *(_joined(tables, name) for name in ("sender", "second", "size")),
        _joined(tables, "word", word_of),
        buyers,
        accounts,
        pa.chunked_array([chunk for part in words for chunk in part.chunks], pa.string()),
    )
    if (talk.buyer[1:] < talk.buyer[:-1]).any():
        talk.put_in_order()
    _without_aliases(talk, rules)
    return talk


def _buyers(tables: list[pa.Table], named: list[pa.Array]) -> tuple[pa.Array, list[np.ndarray]]:
    """Names and numbers of the buyers in the tables, the largest table's first: they keep their order."""
    order = sorted(range(len(tables)), key=lambda at: -len(tables[at]))
    used = []
    for table, names in zip(tables, named, strict=True):
        met = np.zeros(len(names), bool)
        met[table["buyer"].to_numpy()] = True
        used.append(np.flatnonzero(met))
    names, numbers = _in_common([named[at] for at in order], [used[at] for at in order])
    return names, [numbers[order.index(at)] for at in range(len(tables))]


def _in_common(lists: list[pa.Array], used: list[np.ndarray]) -> tuple[pa.Array, list[np.ndarray]]:
    """The names that are used, once, and for every list the numbers of its names. The first list's keep their order."""
    names, numbers = pa.array([], pa.string()), [np.zeros(len(listed), np.int32) for listed in lists]
    for at, listed in enumerate(lists):
        wanted = listed.take(pa.array(used[at]))
        place = pc.index_in(names, value_set=wanted)
        number = np.full(len(wanted), -1)
        number[place.drop_null().to_numpy()] = np.flatnonzero(place.is_valid())
        fresh = np.flatnonzero(number < 0)
        number[fresh] = len(names) + np.arange(len(fresh))
        names = pa.concat_arrays([names, wanted.take(pa.array(fresh))])
        numbers[at][used[at]] = number
    return names, numbers


def _joined(tables: list[pa.Table], column: str, numbers: Iterable[np.ndarray] = ()) -> np.ndarray:
    parts = [table[column].to_numpy() for table in tables]
    parts = [of[part] for of, part in zip(numbers, parts, strict=True)] if numbers else parts
    return np.concatenate(parts)


def _without_aliases(talk: Talk, rules: Rules) -> None:
    agent = talk.agent.copy()
    for row in rules.aliases.to_pylist():
        rows = np.flatnonzero(talk.agent == _number(talk, row["alias_id"]))
        day = rules.time.day_of(talk.second[rows])
        agent[rows[(day >= row["from_day"]) & (day < row["to_day"])]] = _number(talk, row["agent_id"])
    talk.agent = agent


def _number(talk: Talk, name: str) -> int:
    return pc.index(talk.accounts, name).as_py()


@dataclass
class Lines:
    """Buyer and human lines, pair by pair in order of time. `row`: the place of each in the talk."""

    row: np.ndarray
    pair: np.ndarray
    second: np.ndarray
    asks: np.ndarray
    size: np.ndarray
    word: np.ndarray


def paired(talk: Talk, rules: Rules) -> Lines:
    """Every line under the agent it belongs to (section 2, "whose line is it")."""
    asks, human = talk.sender == BUYER, rules.human(talk.sender)
    agent = _assigned(talk, asks, human, rules)
    rows = np.flatnonzero(asks | human)
    pair = talk.buyer[rows].astype(np.int64) * ACCOUNTS + np.maximum(agent[rows], UNASSIGNED)
    if (pair[1:] < pair[:-1]).any():
        order = np.argsort(pair, kind="stable")
        rows, pair = rows[order], pair[order]
    return Lines(rows, pair, talk.second[rows], asks[rows], talk.size[rows], talk.word[rows])


def _assigned(talk: Talk, asks: np.ndarray, human: np.ndarray, rules: Rules) -> np.ndarray:
    homeless = np.flatnonzero(asks & (talk.agent == 0))
    if not len(homeless):
        return talk.agent
    by_human = human & (talk.agent > 0)
    anchor = by_human | ((talk.sender == BOT) & (talk.agent == 0))
    before, after = _neighbours(by_human, homeless)[0], _neighbours(anchor, homeless)[1]
    second, buyer, agent = talk.second, talk.buyer, talk.agent.copy()
    near = (before >= 0) & (buyer[before] == buyer[homeless]) & (second[homeless] - second[before] <= rules.gap_seconds)
    handed = (after >= 0) & (buyer[after] == buyer[homeless]) & by_human[after]
    handed &= rules.time.day_of(second[after]) == rules.time.day_of(second[homeless])
    agent[homeless] = np.where(near, talk.agent[before], np.where(handed, talk.agent[after], UNASSIGNED))
    return agent


def _neighbours(marked: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The marked rows before and after each of `rows`, which are not marked themselves; -1: there is none."""
    places = np.concatenate([[-1], np.flatnonzero(marked), [-1]])
    count = np.cumsum(marked)[rows]
    return places[count], places[count + 1]
