"""Small tools on whole arrays."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

SPAN = 2**36  # seconds; more than lie between any two moments
NEVER = 2**62
LARGE = 2**25 - 2**16  # bytes; the largest block from which the allocator learns
MANY = 1000  # names
AT_ONCE = 4_000_000  # pairs of rows looked at together


def keep_room() -> None:
    """Keep the memory of arrays that are done with, up to 64 MB, for the next ones: otherwise the system's allocator
    gives it back and asks for it again all the time. It learns so from a large block that is given back (glibc)."""
    np.empty(LARGE, np.uint8)


def running(values: np.ndarray, kind: type) -> np.ndarray:
    """The sum of all values before each row, and of all at the end."""
    total = np.zeros(len(values) + 1, kind)
    np.cumsum(values, out=total[1:])
    return total


def ranges(first: np.ndarray, end: np.ndarray) -> np.ndarray:
    """All rows of [first, end), one range after the other."""
    count = np.maximum(end - first, 0)
    start = np.cumsum(count) - count
    return np.repeat(first - start, count) + np.arange(count.sum())


def changes(values: np.ndarray) -> np.ndarray:
    """The rows whose value is not that of the row before."""
    new = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return np.flatnonzero(new)


def member(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Whether each value is a known one."""
    known = np.append(np.sort(known), NEVER)
    return known[np.searchsorted(known[:-1], values)] == values


def meeting(mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """The rows of small numbers (-1: none) that are among others, in their order: what belongs together is then looked
    for in neighbouring places, which is quicker."""
    known = np.zeros(max(mine.max(initial=-1), theirs.max(initial=-1)) + 2, bool)
    known[theirs] = True
    known[-1] = False
    rows = np.flatnonzero(known.take(mine))
    return rows[np.argsort(mine[rows])]


def pairs(first: np.ndarray, end: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(left row, right row) for every right row of [first, end) of each left row, so many at a time."""
    count = np.maximum(end - first, 0)
    block = running(count, np.int64)[:-1] // AT_ONCE
    for rows in np.split(np.arange(len(first)), np.flatnonzero(np.diff(block)) + 1):
        yield np.repeat(rows, count[rows]), ranges(first[rows], end[rows])


class Timeline:
    """Rows in order of their owner and moment, to find those of an owner between two moments."""

    def __init__(self, owner: np.ndarray, at: np.ndarray) -> None:
        rows = np.flatnonzero((owner >= 0) & (at != NEVER))
        self.since = at[rows].min(initial=NEVER)
        keys = owner[rows] * SPAN + at[rows] - self.since
        order = np.argsort(keys)
        self.order, self.keys = rows[order], keys[order]

    def between(self, owner: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places in `order`, [first, end), of the owners' rows of [low, high); none for owner -1."""
        sides = (np.clip(at - self.since, 0, SPAN - 1) + owner * SPAN for at in (low, high))
        first, end = (np.searchsorted(self.keys, side) for side in sides)
        return first, np.where(owner < 0, first, end)


def same(mine: tuple[np.ndarray, ...], theirs: tuple[np.ndarray, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Numbers for two lists of rows of the same columns, equal where the rows are."""
    number = np.zeros(len(mine[0]) + len(theirs[0]), np.int64)
    for column in map(np.concatenate, zip(mine, theirs, strict=True)):
        _, value = np.unique(column, return_inverse=True)
        _, number = np.unique(number * (len(value) + 1) + value, return_inverse=True)
    return number[: len(mine[0])], number[len(mine[0]) :]


def seconds(column: pa.ChunkedArray) -> np.ndarray:
    """A column of moments; NEVER where there is none."""
    return column.fill_null(NEVER).to_numpy()


def moments(values: np.ndarray) -> pa.Array:
    """The way back: nothing for NEVER."""
    return pa.array(values, mask=values == NEVER)


def numbers(*columns: pa.ChunkedArray) -> tuple[pa.Array, list[np.ndarray]]:
    """The names met in some columns, once, and for each column the place of every value among them; -1 for none."""
    every = pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.string())
    coded = every.combine_chunks().dictionary_encode()
    ends = np.cumsum([len(column) for column in columns])[:-1]
    return coded.dictionary, np.split(coded.indices.fill_null(-1).to_numpy().astype(np.int64), ends)


def named(number: np.ndarray, names: pa.Array | Iterable[str]) -> pa.DictionaryArray:
    """Numbers as the names they stand for; nothing for -1. Of many names only those that are met."""
    names = names if isinstance(names, pa.Array) else pa.array(names, pa.string())
    if len(names) > MANY:
        met = np.zeros(len(names) + 1, bool)
        met[number] = True
        code = np.cumsum(met, dtype=np.int32) - np.int32(1)
        code[-1] = -1
        number, names = code.take(number), names.take(pa.array(np.flatnonzero(met[:-1])))
    code = number.astype(np.int32, copy=False)
    return pa.DictionaryArray.from_arrays(pa.array(code, mask=code < 0 if code.min(initial=0) < 0 else None), names)
