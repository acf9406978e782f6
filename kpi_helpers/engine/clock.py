"""Shop time: business days and hours as plain arithmetic, the same on every SQL engine.

The engine counts in whole seconds since 1970 (UTC) and in day numbers since 1970-01-01. What a second means in the
shop's zone is written as SQL text, one branch per change of the zone's offset within the data.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

EPOCH = date(1970, 1, 1)
DAY = 86_400


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def to_date(number: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=int(number))


def _offset(zone: ZoneInfo, second: int) -> int:
    return int(datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset().total_seconds())


def offset_changes(zone: ZoneInfo, first: int, last: int) -> list[tuple[int, int]]:
    """(from this second on, offset in seconds) for every stretch of [first, last]; found by bisection."""
    changes, second = [(first, _offset(zone, first))], first
    while second < last:
        ahead = min(second + 7 * DAY, last)
        if _offset(zone, ahead) != changes[-1][1]:
            ahead = _bisect(zone, second, ahead)
            changes.append((ahead, _offset(zone, ahead)))
        second = ahead
    return changes


def _bisect(zone: ZoneInfo, low: int, high: int) -> int:
    before = _offset(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return high


@dataclass(frozen=True)
class Clock:
    """SQL text for one shop's zone and business-day cut, valid for the years given."""

    zone: ZoneInfo
    cut_seconds: int
    first: int
    last: int

    def _case(self, value: str, borders: list[tuple[int, int]]) -> str:
        if len(borders) == 1:
            return str(borders[0][1])
        whens = " ".join(
            f"WHEN {value} < {border} THEN {before}"
            for (border, _), (_, before) in zip(borders[1:], borders, strict=False)
        )
        return f"CASE {whens} ELSE {borders[-1][1]} END"

    def local(self, second: str) -> str:
        """SQL: wall-clock seconds of a UTC second."""
        return f"({second} + {self._case(second, offset_changes(self.zone, self.first, self.last))})"

    def day_of(self, second: str) -> str:
        """SQL: the business day (day number) of a UTC second (section 2: local date after subtracting the cut)."""
        return f"CAST(FLOOR(({self.local(second)} - {self.cut_seconds}) / {DAY}) AS INT)"

    def hour_of(self, second: str) -> str:
        """SQL: the local clock hour 0-23 of a UTC second."""
        return f"CAST(FLOOR(({self.local(second)} % {DAY}) / 3600) AS INT)"

    def day_start(self, day: str) -> str:
        """SQL: the UTC second at which a business day starts."""
        wall = f"(CAST({day} AS BIGINT) * {DAY} + {self.cut_seconds})"
        return f"({wall} - {self._case(wall, _on_the_wall(offset_changes(self.zone, self.first, self.last)))})"


class ShopTime:
    """The same for arrays: seconds in, days or hours out, and back."""

    def __init__(self, zone: ZoneInfo, cut_seconds: int, first: int, last: int) -> None:
        self.cut_seconds, self.changes = cut_seconds, offset_changes(zone, first, last)

    def _local(self, second: np.ndarray) -> np.ndarray:
        return second + _offset_at(self.changes, second)

    def day_of(self, second: np.ndarray) -> np.ndarray:
        """The business day (day number) of every second."""
        return ((self._local(second) - self.cut_seconds) // DAY).astype(np.int32)

    def hour_of(self, second: np.ndarray) -> np.ndarray:
        """The local clock hour 0-23 of every second."""
        hour = self._local(second) // 3600
        return (hour - hour // 24 * 24).astype(np.int32)  # a remainder takes ten times as long

    def day_start(self, day: np.ndarray) -> np.ndarray:
        """The second at which every business day starts."""
        wall = day.astype(np.int64) * DAY + self.cut_seconds
        return wall - _offset_at(_on_the_wall(self.changes), wall)


def _offset_at(changes: list[tuple[int, int]], second: np.ndarray) -> np.ndarray | int:
    borders, offsets = zip(*changes, strict=True)
    return offsets[0] if len(offsets) == 1 else np.array(offsets)[np.searchsorted(borders[1:], second, "right")]


def _on_the_wall(changes: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same changes on the shop's own clock: a wall time belongs to the old offset until the change has passed on
    that old clock (PEP 495, fold 0)."""
    return [changes[0]] + [
        (border + max(before, offset), offset)
        for (border, offset), (_, before) in zip(changes[1:], changes, strict=False)
    ]
