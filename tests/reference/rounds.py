"""Section 5: rounds, waits, percentiles, peaks."""

from __future__ import annotations

from dataclasses import dataclass, field

from .closings import is_closing
from .model import BUYER, HUMAN


@dataclass
class Round:
    opened: int
    closed: int | None = None
    buyer_lines: list = field(default_factory=list)

    @property
    def wait(self) -> int | None:
        return None if self.closed is None else self.closed - self.opened

    def within(self, seconds: int) -> bool:
        """An unanswered round misses every limit."""
        return self.wait is not None and self.wait <= seconds


def build_rounds(chat, settings) -> list[Round]:
    """The rounds of one chat, the closing lines at its end left out when so set."""
    rounds: list[Round] = []
    is_open = False
    for line in chat.lines:
        if line.role == BUYER:
            if not is_open:
                rounds.append(Round(line.sent_at))
            rounds[-1].buyer_lines.append(line)
            is_open = True
        elif line.role == HUMAN and is_open:
            rounds[-1].closed, is_open = line.sent_at, False
    words = settings["closing_lines"]
    only_closings = is_open and all(is_closing(line.text, words) for line in rounds[-1].buyer_lines)
    return rounds[:-1] if only_closings and settings["ignore_closing_lines"] else rounds


def mean_wait(one: Round, settings) -> int | None:
    """The wait as it enters means, medians and percentiles; None: it stays out."""
    if settings["unanswered_in_mean"] == "cap600":
        return 600 if one.wait is None else min(one.wait, 600)
    return one.wait


def is_slow(chat, settings) -> bool:
    """At least slow_count rounds unanswered or waiting longer than slow_seconds."""
    slow = [one for one in chat.rounds if not one.within(settings["slow_seconds"])]
    return len(slow) >= settings["slow_count"]


def percentile(values: list[int], share: float) -> float | None:
    """Linear interpolation between the two nearest ranks."""
    if not values:
        return None
    ranked = sorted(values)
    place = share * (len(ranked) - 1)
    low = int(place)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (ranked[high] - ranked[low]) * (place - low)


def peak(sessions) -> int:
    """Most sessions open at one moment, both ends included; a peak is reached at some session's start."""
    return max((sum(s.first <= at.first <= s.last for s in sessions) for at in sessions), default=0)
