"""A part of a shop's messages as arrays: every line under the agent it belongs to, pair by pair in order of time.

This, `turns.py` and `heard.py` do with arrays what the models up to `served` do in SQL, some ten times faster. The
models say what is right, Spark runs them, and tests compare the two row by row (DECISIONS.md).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kpi_helpers.engine.arrays import changes
from kpi_helpers.engine.clock import ShopTime
from kpi_helpers.engine.lines import COLUMNS, SENDERS, Month, Slice

ACCOUNTS = 2**20  # as $accounts in the models
PIECE = 125_000  # lines
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
class Talk:
    """Lines; as they are loaded: slices of time, in each by buyer and time. `buyers`, `accounts`, `words`: names and
    texts by number."""

    buyer: np.ndarray
    agent: np.ndarray
    sender: np.ndarray
    second: np.ndarray
    text: np.ndarray  # a buyer's: its number, -1 for none; another's: its length
    buyers: pa.Array
    accounts: pa.Array
    words: pa.ChunkedArray

    def pieces(self) -> Iterator["Talk"]:
        """The lines of some buyers after the other, in order of time: few enough for the processor's own memory."""
        order = np.argsort(self.buyer, kind="stable")
        borders = changes(self.buyer[order])
        cuts = borders[np.searchsorted(borders, np.arange(PIECE, len(order), PIECE)) - 1]
        for rows in np.split(order, np.unique(cuts[cuts > 0])):
            columns = (getattr(self, name)[rows] for name in COLUMNS)
            yield Talk(*columns, self.buyers, self.accounts, self.words)


def load(found: list[Month], low: int, high: int, rules: Rules) -> Talk:
    """The lines of [low, high), aliases resolved."""
    slices = [month.lines(low, high) for month in found]
    buyers, buyer_of = _buyers(slices, [month.column("buyers", "name").combine_chunks() for month in found])
    fixed = pa.array(["", "(unassigned)"])  # the numbers 0 and 1
    named = [fixed, rules.aliases["agent_id"].combine_chunks().unique()]
    named += [month.column("agents", "name").combine_chunks() for month in found]
    accounts, agent_of = _in_common(named, [np.arange(len(names)) for names in named])
    agent_of = [np.append(np.int32(0), numbers) for numbers in agent_of[2:]]
    words = [month.column("words", "text") for month in found]
    before = np.cumsum([0, *map(len, words)], dtype=np.int32)[:-1]
    talk = Talk(
        _joined(slices, "buyer", buyer_of),
        _joined(slices, "agent", agent_of),
        *(_joined(slices, name) for name in ("sender", "second")),
        _texts(slices, before),
        buyers,
        accounts,
        pa.chunked_array([chunk for part in words for chunk in part.chunks], pa.string()),
    )
    _without_aliases(talk, rules)
    return talk


def _buyers(slices: list[list[Slice]], named: list[pa.Array]) -> tuple[pa.Array, list[np.ndarray]]:
    """Names and numbers of the buyers in the slices of months, the largest month's first: they keep their order."""
    order = sorted(range(len(named)), key=lambda at: -sum(len(part["buyer"]) for part in slices[at]))
    used = []
    for parts, names in zip(slices, named, strict=True):
        met = np.zeros(len(names), bool)
        for part in parts:
            met[part["buyer"][changes(part["buyer"])]] = True
        used.append(np.flatnonzero(met))
    names, numbers = _in_common([named[at] for at in order], [used[at] for at in order])
    return names, [numbers[order.index(at)] for at in range(len(named))]


def _in_common(lists: list[pa.Array], used: list[np.ndarray]) -> tuple[pa.Array, list[np.ndarray]]:
    """The names that are used, once, and for every list the numbers of its names. The first list's keep their order."""
    names, numbers = pa.array([], pa.string()), [np.zeros(len(listed), np.int32) for listed in lists]
    for at, listed in enumerate(lists):
        wanted = listed.take(pa.array(used[at]))
        number = np.full(len(wanted), -1)
        if len(names):
            place = pc.index_in(names, value_set=wanted)
            number[place.drop_null().to_numpy()] = np.flatnonzero(place.is_valid())
        fresh = np.flatnonzero(number < 0)
        number[fresh] = len(names) + np.arange(len(fresh))
        names = pa.concat_arrays([names, wanted.take(pa.array(fresh))])
        numbers[at][used[at]] = number
    return names, numbers


def _joined(slices: list[list[Slice]], column: str, numbers: Iterable[np.ndarray] = ()) -> np.ndarray:
    """A column of all slices, under the numbers that its values have in common."""
    if not numbers:
        return np.concatenate([np.zeros(0, np.int8), *(part[column] for parts in slices for part in parts)])
    return np.concatenate([of.take(part[column]) for of, parts in zip(numbers, slices, strict=True) for part in parts])


def _texts(slices: list[list[Slice]], before: np.ndarray) -> np.ndarray:
    """The texts of all slices; buyers' are numbered from `before`, month by month."""
    known = [np.zeros(0, np.int32)]
    for first, parts in zip(before, slices, strict=True):
        known += [part["text"] + first * ((part["sender"] == BUYER) & (part["text"] >= 0)) for part in parts]
    return np.concatenate(known)


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
    text: np.ndarray


def paired(talk: Talk, rules: Rules) -> Lines:
    """Every line of a piece under the agent it belongs to (section 2, "whose line is it")."""
    buyer, agent, second = talk.buyer, talk.agent.copy(), talk.second
    asks, human = talk.sender == BUYER, rules.human(talk.sender)
    homeless = np.flatnonzero(asks & (agent == 0))
    by_human = human & (agent > 0)
    before, after = _before(by_human, homeless), _after(by_human | ((talk.sender == BOT) & (agent == 0)), homeless)
    near = (before >= 0) & (buyer[before] == buyer[homeless]) & (second[homeless] - second[before] <= rules.gap_seconds)
    handed = (after >= 0) & (buyer[after] == buyer[homeless]) & by_human[after]
    handed &= rules.time.day_of(second[after]) == rules.time.day_of(second[homeless])
    agent[homeless] = np.where(near, agent[before], np.where(handed, agent[after], UNASSIGNED))
    rows = np.flatnonzero(asks | human)
    pair = buyer[rows].astype(np.int64) * ACCOUNTS + np.maximum(agent[rows], UNASSIGNED)
    if (pair[1:] < pair[:-1]).any():
        order = np.argsort(pair, kind="stable")
        rows, pair = rows[order], pair[order]
    return Lines(rows, pair, second[rows], asks[rows], talk.text[rows])


def _before(marked: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The marked row before each of `rows`, which are not marked themselves; -1: there is none."""
    places = np.append(-1, np.flatnonzero(marked))
    return places[np.searchsorted(places, rows) - 1]


def _after(marked: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The marked row after each; -1: there is none."""
    places = np.append(np.flatnonzero(marked), -1)
    return places[np.searchsorted(places[:-1], rows)]
