"""Working hours: how much of a wait fell into them.

The working time is a list of spans in seconds since 1970 that do not overlap; `working_seconds` measures waits by it.
The spans come from the setting `working_hours` (weekday by weekday, with holidays) or from the shifts table.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
from numpy.typing import ArrayLike

from kpi_helpers import periods
from kpi_helpers.engine.clock import DAY
from kpi_helpers.errors import KpiError
from kpi_helpers.settings import Settings

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOSED = ("closed", "-")


@dataclass(frozen=True)
class WorkingTime:
    """Working time as spans [starts, ends) in seconds since 1970, sorted, not overlapping."""

    starts: np.ndarray
    ends: np.ndarray

    @classmethod
    def of(cls, spans: list[tuple[int, int]]) -> "WorkingTime":
        """From spans in any order; where they overlap or touch, time counts once."""
        joined: list[list[int]] = []
        for start, end in sorted(span for span in spans if span[0] < span[1]):
            if joined and start <= joined[-1][1]:
                joined[-1][1] = max(joined[-1][1], end)
            else:
                joined.append([start, end])
        borders = np.array(joined, dtype="int64").reshape(-1, 2)
        return cls(borders[:, 0], borders[:, 1])

    @property
    def before(self) -> np.ndarray:
        """Working seconds before each span begins."""
        return np.concatenate([[0], np.cumsum(self.ends - self.starts)])[:-1].astype("int64")

    def until(self, moments: ArrayLike) -> np.ndarray:
        """Working seconds before each moment."""
        at = np.asarray(moments, dtype="int64")
        if not len(self.starts):
            return np.zeros_like(at)
        place = np.searchsorted(self.starts, at, side="right") - 1
        inside = np.clip(np.minimum(at, self.ends[place]) - self.starts[place], 0, None)
        return np.where(place < 0, 0, self.before[place] + inside)


def working_seconds(asked: ArrayLike, answered: ArrayLike, hours: WorkingTime) -> np.ndarray:
    """Seconds of [asked, answered) inside working hours, one per pair (seconds since 1970).

    0 when all of it lies outside; whether there was an answer is not said here: keep the answer's time beside it.
    """
    return hours.until(answered) - hours.until(asked)


def from_settings(settings: Settings, first: date, last: date) -> WorkingTime:
    """The setting `working_hours` for the days first … last, in the shop's zone, daylight saving included."""
    table, closed = _table(settings), _holidays(settings)
    days = [first + timedelta(number) for number in range((last - first).days + 1)]
    spans = [(day, *span) for day in days if day not in closed for span in table[day.weekday()]]
    return WorkingTime.of([(_second(settings, day, a), _second(settings, day, b)) for day, a, b in spans])


def is_set(settings: Settings) -> bool:
    """Whether the shop gave its working hours."""
    return any(settings.working_hours[name] for name in ("daily", *WEEKDAYS))


def _table(settings: Settings) -> list[list[tuple[int, int]]]:
    """Per weekday its spans in seconds after midnight; a day without a line of its own is as `daily` says."""
    given = settings.working_hours
    return [_spans(given[name] or given["daily"]) for name in WEEKDAYS]


def _spans(text: str) -> list[tuple[int, int]]:
    if not text.strip() or text.strip() in CLOSED:
        return []
    return [_span(part, text) for part in text.split(",")]


def _span(part: str, text: str) -> tuple[int, int]:
    """ "18:00-02:00" runs into the next day."""
    try:
        start, end = (_clock(side) for side in part.split("-"))
    except ValueError:
        raise KpiError(f"working_hours: {text!r} should look like '09:00-12:00, 13:00-18:00' or 'closed'") from None
    return (start, end) if end > start else (start, end + DAY)


def _clock(text: str) -> int:
    if text.strip() == "24:00":
        return DAY
    moment = time.fromisoformat(text.strip())
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def _holidays(settings: Settings) -> set[date]:
    spans = [periods.parse(text) for text in settings.working_hours["holidays"]]
    return {span.start + timedelta(number) for span in spans for number in range(span.days)}


def _second(settings: Settings, day: date, seconds: int) -> int:
    later, rest = divmod(seconds, DAY)
    local = datetime.combine(day + timedelta(later), time(), settings.zone) + timedelta(seconds=rest)
    return int(local.timestamp())
