"""The lines of a part of a shop, read from its months and brought under common numbers, a piece after the other."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import compress, pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kpi_helpers.engine.arrays import changes, keep_room
from kpi_helpers.engine.lines import COLUMNS, Month, Slice, Span
from kpi_helpers.engine.talk import BUYER, Names, Rules, Talk

PIECE = 125_000  # lines, about
STEP = 500  # lines from one to the next that are looked at to cut pieces
FIXED = ["", "(unassigned)"]  # the numbers 0 and 1 of accounts


@dataclass
class Chunk:
    """A slice of time, its seconds counted from `since`. Buyers have numbers of the part, agents and words of a month.
    In the end lines stand in the order of buyers."""

    lines: Slice
    since: int
    agent_of: np.ndarray
    words_before: np.int32

    def sent(self, low: int, high: int) -> np.ndarray:
        """Which of the lines are of the seconds [low, high)."""
        second = self.lines["second"]
        return (second >= low - self.since) & (second < high - self.since)

    def some(self, rows: np.ndarray) -> "Chunk":
        """Some of its lines."""
        return replace(self, lines={name: column[rows] for name, column in self.lines.items()})

    def of(self, rows: slice) -> list[np.ndarray]:
        """The columns of some rows, under the part's numbers."""
        buyer, agent, sender, second, text = (self.lines[name][rows] for name in COLUMNS)
        if self.words_before:
            text = text + self.words_before * ((sender == BUYER) & (text >= 0))
        return [buyer, self.agent_of.take(agent), sender, second + np.int64(self.since), text]


@dataclass
class Loaded:
    """The lines of a part, as slices of time one after the other."""

    chunks: list[Chunk]
    names: Names
    aliases: list[tuple[int, int, int, int]]  # number, from day, to day, the agent's number
    rules: Rules

    def pieces(self) -> Iterator[Talk]:
        """The lines of some buyers after the other: few enough for the processor's own memory."""
        buyers = [chunk.lines["buyer"] for chunk in self.chunks]
        cuts = np.unique(np.sort(np.concatenate([buyer[::STEP] for buyer in buyers]))[PIECE // STEP :: PIECE // STEP])
        ends = [[0, *np.searchsorted(buyer, cuts), len(buyer)] for buyer in buyers]
        for spans in zip(*map(pairwise, ends), strict=True):
            yield self._piece([slice(*span) for span in spans])

    def _piece(self, rows: list[slice]) -> Talk:
        found = [chunk.of(part) for chunk, part in zip(self.chunks, rows, strict=True)]
        columns = [np.concatenate(parts) for parts in zip(*found, strict=True)]
        order = np.argsort(columns[0], kind="stable")
        talk = Talk(*(column.take(order) for column in columns), self.names)
        self._without_aliases(talk)
        return talk

    def _without_aliases(self, talk: Talk) -> None:
        named, agent = talk.agent, talk.agent.copy()
        for alias, since, until, meant in self.aliases:
            rows = np.flatnonzero(named == alias)
            day = self.rules.time.day_of(talk.second[rows])
            agent[rows[(day >= since) & (day < until)]] = meant
        talk.agent = agent


def load(found: list[Month], span: Span, days: Span, rules: Rules) -> Loaded:
    """The lines of `span` that have to do with sessions of `days`, aliases resolved."""
    keep_room()
    slices = [month.lines(*span) for month in found]
    buyers, buyer_of = _buyers(slices, found, span)
    named = [pa.array(FIXED), rules.aliases["agent_id"].combine_chunks().unique()]
    named += [month.column("agents", "name").combine_chunks() for month in found]
    accounts, agent_of = _in_common(named, [np.arange(len(names)) for names in named])
    agent_of = [np.append(np.int32(0), numbers) for numbers in agent_of[2:]]
    words = [month.column("words", "text") for month in found]
    before = np.cumsum([0, *map(len, words)], dtype=np.int32)
    chunks = [
        Chunk(_renumbered(part, buyer_of[at]), since, agent_of[at], before[at])
        for at, parts in enumerate(slices)
        for since, part in parts
    ] or [Chunk({name: np.zeros(0, np.int32) for name in COLUMNS}, 0, np.zeros(1, np.int32), before[0])]
    chunks = [_by_buyer(chunk) for chunk in _company(chunks, days, len(buyers), rules)]
    names = Names(buyers, accounts, pa.chunked_array([chunk for part in words for chunk in part.chunks], pa.string()))
    return Loaded(chunks, names, _aliases(accounts, rules), rules)


def _buyers(slices: list[list[tuple[int, Slice]]], found: list[Month], span: Span) -> tuple[pa.Array, list[np.ndarray]]:
    """Names and numbers of the buyers in the slices of months, the largest month's first: they keep their order."""
    order = sorted(range(len(found)), key=lambda at: -sum(len(part["buyer"]) for _, part in slices[at]))
    named = [found[at].column("buyers", "name").combine_chunks() for at in order]
    used = [
        np.arange(len(names)) if found[at].within(*span) else _met(slices[at], len(names))
        for at, names in zip(order, named, strict=True)
    ]
    names, numbers = _in_common(named, used)
    return names, [numbers[order.index(at)] for at in range(len(named))]


def _met(slices: list[tuple[int, Slice]], buyers: int) -> np.ndarray:
    """The buyers in some slices of a month."""
    found = np.zeros(buyers, bool)
    for _, part in slices:
        found[part["buyer"][changes(part["buyer"])]] = True
    return np.flatnonzero(found)


def _in_common(lists: list[pa.Array], used: list[np.ndarray]) -> tuple[pa.Array, list[np.ndarray]]:
    """The names that are used, once, and for every list the numbers of its names. The first list's keep their order."""
    names, numbers = pa.array([], pa.string()), [np.zeros(len(listed), np.int32) for listed in lists]
    for at, listed in enumerate(lists):
        wanted = listed if len(used[at]) == len(listed) else listed.take(pa.array(used[at]))
        number = np.full(len(wanted), -1)
        if len(names):
            place = pc.index_in(names, value_set=wanted)
            number[place.drop_null().to_numpy()] = np.flatnonzero(place.is_valid())
        fresh = np.flatnonzero(number < 0)
        number[fresh] = len(names) + np.arange(len(fresh))
        names = pa.concat_arrays([names, wanted.take(pa.array(fresh))]) if len(names) else wanted
        numbers[at][used[at]] = number
    return names, numbers


def _renumbered(part: Slice, number: np.ndarray) -> Slice:
    """A slice with other numbers for its buyers."""
    same = number[-1:] == len(number) - 1 and (number == np.arange(len(number))).all()
    return part if same else part | {"buyer": number.take(part["buyer"])}


def _company(chunks: list[Chunk], days: Span, buyers: int, rules: Rules) -> list[Chunk]:
    """All lines of some days, and beside them only those of buyers with a line so close that a session runs over an end
    of the days, or that a buyer's line within belongs to the agent of one before."""
    (low, high), near = days, np.zeros(buyers, bool)
    beside = [not chunk.sent(low, high).all() for chunk in chunks]
    for chunk in compress(chunks, beside):
        close = chunk.sent(low - rules.gap_seconds, low) | chunk.sent(high, high + rules.gap_seconds + 1)
        near[chunk.lines["buyer"][close]] = True
    return [
        chunk.some(chunk.sent(low, high) | near.take(chunk.lines["buyer"])) if wide else chunk
        for chunk, wide in zip(chunks, beside, strict=True)
    ]


def _by_buyer(chunk: Chunk) -> Chunk:
    """Its lines in the order of buyers' numbers."""
    buyer = chunk.lines["buyer"]
    return chunk if (buyer[1:] >= buyer[:-1]).all() else chunk.some(np.argsort(buyer, kind="stable"))


def _aliases(accounts: pa.Array, rules: Rules) -> list[tuple[int, int, int, int]]:
    number = {name: n for n, name in enumerate(accounts.to_pylist())}
    return [
        (number.get(row["alias_id"], -1), row["from_day"], row["to_day"], number[row["agent_id"]])
        for row in rules.aliases.to_pylist()
    ]
