"""What the sample shop is made of: the numbers of `world.toml`, the arguments of a run, its planted days."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
DAY = 86_400
#: Why a visit takes place. Every array of visits carries one of these codes as `kind`.
NEW, RETURNING, AFTER, ROBOT, CLOSING, CARE, NOBODY = range(7)
KINDS = ("new", "returning", "after", "robot", "closing", "care", "nobody")
REMINDED = 7  # not a visit: the agent wrote about an open order
#: In arrays of moments: it did not happen, or not before the export.
NEVER = -1
#: A table in the making: column name -> array, all of one length.
Columns = dict[str, np.ndarray]


@cache
def world() -> dict:
    """The numbers of `world.toml`."""
    return tomllib.loads((HERE / "world.toml").read_text(encoding="utf-8"))


def take(columns: Columns, rows: np.ndarray) -> Columns:
    """The chosen rows (positions or a mask) of every column."""
    return {name: values[rows] for name, values in columns.items()}


def stack(parts: list[Columns]) -> Columns:
    """Parts with the same columns, one below the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def positions(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For rows repeated `counts` times: which row each copy is of, and its place among the copies from 0."""
    row = np.repeat(np.arange(len(counts)), counts)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)


def from_curve(rng: np.random.Generator, curve: np.ndarray, size: int) -> np.ndarray:
    """`size` positions drawn in proportion to `curve`, with a fraction: 13.5 is half past one on hours."""
    edges = np.concatenate([[0.0], np.cumsum(curve)])
    return np.interp(rng.random(size) * edges[-1], edges, np.arange(len(edges)))


@dataclass(frozen=True)
class Plan:
    """One run's arguments and the days on which something is planted (empty: not inside the run).

    Moments are whole seconds of shop time since 1970-01-01 00:00 (no zone), as `int64`.
    """

    days: int
    agents: int
    seed: int
    end: date
    buyers_per_day: int
    shop: str

    @property
    def start(self) -> date:
        """The first day."""
        return self.end - timedelta(days=self.days - 1)

    @property
    def opens(self) -> int:
        """The moment the first day begins."""
        return (self.start - date(1970, 1, 1)).days * DAY

    @property
    def cut(self) -> int:
        """The moment of the export: the end of the last day. Nothing later is known."""
        return self.opens + self.days * DAY

    @property
    def brand(self) -> str:
        """The shop's name without its kind, as sub-accounts begin with it."""
        return self.shop.removesuffix("旗舰店") or self.shop

    def day(self, number: int) -> date:
        """The date of a day's number, counted from 0."""
        return self.start + timedelta(days=number)

    @property
    def mix_week(self) -> list[date]:
        """The last Monday-to-Sunday week whose buyers had four more days to pay."""
        sunday = self.end - timedelta(days=4 + (self.end - timedelta(days=4)).isoweekday() % 7)
        return self._within([sunday - timedelta(days=back) for back in range(6, -1, -1)])

    @property
    def week_before(self) -> list[date]:
        """The week before the mix week, in which nothing is planted."""
        return self._within([day - timedelta(days=7) for day in self.mix_week])

    def _from_mix(self, *offsets: int) -> list[date]:
        monday = self.mix_week[0] if self.mix_week else None
        return self._within([monday + timedelta(days=offset) for offset in offsets]) if monday else []

    def _within(self, days: list[date]) -> list[date]:
        return days if days and days[0] >= self.start and days[-1] <= self.end else []

    @property
    def outage(self) -> list[date]:
        """The Wednesday of the mix week: from 14:00 to 16:30 nobody answers quickly."""
        return self._from_mix(2)

    @property
    def promotion(self) -> list[date]:
        """Three days, Thursday to Saturday, in the second week before the mix week."""
        return self._from_mix(-11, -10, -9)

    @property
    def closed(self) -> list[date]:
        """A Thursday on which the shop is closed: no chats, no orders."""
        return self._from_mix(-25)

    @property
    def joined(self) -> list[date]:
        """The first day of the agent who joins midway."""
        return self._from_mix(-42)

    def factor(self, day: date, what: str) -> float:
        """How much more of `what` (new, returning, others, visitors, silent, order) there is on a day."""
        events = world()["events"]
        if day in self.closed:
            return 0.04 if what == "visitors" else 0.0
        planted = events["promotion"] if day in self.promotion else events["mix"] if day in self.mix_week else {}
        return planted.get(what, 1.0)

    def is_closed(self, moments: np.ndarray) -> np.ndarray:
        """Which moments fall on a day on which the shop is closed."""
        return np.isin((moments - self.opens) // DAY, [(day - self.start).days for day in self.closed])

    def volume(self, number: int) -> float:
        """How busy a day is against the average: weekday and growth, without what is planted."""
        shape = world()["day"]
        grown = 1 + shape["growth"] * (number / max(self.days - 1, 1) - 0.5)
        return shape["weekdays"][self.day(number).weekday()] * grown
