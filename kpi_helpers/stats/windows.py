"""Windows of a day that are unlike the same window of the same weekday in the weeks before."""

from typing import NamedTuple

import numpy as np

FEWEST = 3  # weeks before that must have the window
NEARLY = 0.95  # of the clearest window's z
LONGEST = 16  # slots of a window at most
MEDIAN_OF_SQUARE = 0.455  # of a chi-square of one degree: turns a median of squares into a mean


class Window(NamedTuple):
    """Row of the day, slots [first, last), rows of the days it is compared with, and how clear it is."""

    day: int
    first: int
    last: int
    before: tuple[int, ...]
    z: float


def high_windows(
    n: np.ndarray, x: np.ndarray, xx: np.ndarray, *, weeks: int, least: float, gap: float, z: float
) -> list[Window]:
    """Windows whose mean exceeds that of the weeks before by `gap` or more and `z` standard errors, the clearest first.

    n, x, xx: counts, sums and sums of squares, one row a day, one column a slot; the first 7 x `weeks` rows are the
    past. Of windows that overlap the clearest is kept. The error holds the scatter of single values and what such a
    window varies from week to week. Windows with fewer than `least` values on either side are left out.
    """
    if not n.sum():
        return []
    spread = float(xx.sum() / n.sum() - (x.sum() / n.sum()) ** 2)
    sizes = range(1, min(LONGEST, n.shape[1]) + 1)
    found = [one for size in sizes for one in _of_size(n, x, size, spread, weeks, least, gap, z)]
    return _apart(sorted(found, key=lambda one: -one.z))


def _of_size(
    n: np.ndarray, x: np.ndarray, size: int, spread: float, weeks: int, least: float, gap: float, z: float
) -> list[Window]:
    n, x = (np.lib.stride_tricks.sliding_window_view(grid, size, axis=1).sum(-1) for grid in (n, x))
    past, now = 7 * weeks, slice(7 * weeks, None)
    back = [slice(past - 7 * week, len(n) - 7 * week) for week in range(1, weeks + 1)]
    usual_n, known = sum(n[week] for week in back), sum((n[week] > 0).astype(int) for week in back)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = x[now] / n[now] - sum(x[week] for week in back) / usual_n
        noise = spread * (1 / n[now] + 1 / usual_n) + _between(n[:past], x[:past], spread, least) * (1 + 1 / known)
        clear = np.nan_to_num(step / np.sqrt(noise))
    fair = (n[now] >= least) & (usual_n >= least) & (known >= FEWEST)
    return [
        Window(past + day, slot, slot + size, _before(n[:, slot], past + day, weeks), float(clear[day, slot]))
        for day, slot in np.argwhere(fair & (clear >= z) & (np.nan_to_num(step) >= gap)).tolist()
    ]


def _before(n: np.ndarray, day: int, weeks: int) -> tuple[int, ...]:
    return tuple(day - 7 * week for week in range(1, weeks + 1) if n[day - 7 * week] > 0)


def _between(n: np.ndarray, x: np.ndarray, spread: float, least: float) -> float:
    """Variance of a window from week to week beyond the scatter of its values, from pairs of weeks of the past.

    By the median, so that one odd afternoon does not make the next one usual.
    """
    enough = (n[:-7] >= least) & (n[7:] >= least)
    if not enough.any():
        return 0.0
    step = x[7:][enough] / n[7:][enough] - x[:-7][enough] / n[:-7][enough]
    noise = spread * (1 / n[7:][enough] + 1 / n[:-7][enough])
    excess = np.median(step**2 / noise) / MEDIAN_OF_SQUARE - 1
    return float(max(0.0, excess) * np.median(noise) / 2)


def _apart(found: list[Window]) -> list[Window]:
    """Of windows that overlap the clearest, or a longer one that is nearly as clear: edges are seldom sharp."""
    kept: list[Window] = []
    for best in found:
        rivals = [one for one in found if _meet(one, best) and one.z >= NEARLY * best.z]
        if not any(_meet(best, one) for one in kept):
            kept.append(max(rivals, key=lambda one: (one.last - one.first, one.z)))
    return kept


def _meet(one: Window, other: Window) -> bool:
    return one.day == other.day and one.first < other.last and other.first < one.last
