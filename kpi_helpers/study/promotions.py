"""Promotions and holidays: a week with one is compared with its counterpart, never with an ordinary week."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from kpi_helpers.errors import KpiError
from kpi_helpers.periods import Period, between

SHORT = ("day", "week", "month", "range")  # a quarter or a year always holds some; they even out
OWN = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.\.(\d{4}-\d{2}-\d{2}))?\s+(\S.*)")


@dataclass(frozen=True)
class Promotion:
    """Days [start, end) unlike others; those of other years have the same `key`."""

    key: str
    start: date
    end: date
    label: dict[str, str]


def during(period: Period, own: tuple[str, ...]) -> list[Promotion]:
    """The promotions that share a day with a period, none for quarters and years. `own`: the shop's, from kpi.toml."""
    known = [*_all(), *_own(own)] if period.kind in SHORT and period.days <= 31 else []
    return [one for one in known if one.start < period.end and period.start < one.end]


def counterpart(period: Period, promotion: Promotion, own: tuple[str, ...]) -> Period | None:
    """The days that lie to the last promotion of its name as the period lies to this one; None without one."""
    past = [one for one in [*_all(), *_own(own)] if one.key == promotion.key and one.start < promotion.start]
    if not past:
        return None
    start = max(past, key=lambda one: one.start).start + (period.start - promotion.start)
    return between(start, start + timedelta(days=period.days - 1))


@cache
def _all() -> list[Promotion]:
    raw = tomllib.loads(Path(__file__).with_name("promotions.toml").read_text("utf-8"))
    years = [day.year for day in raw["spring_festival"]]
    fixed = [_yearly(key, entry, year) for key, entry in raw["yearly"].items() for year in years]
    return fixed + [_moving(key, entry, day) for key, entry in raw["spring"].items() for day in raw["spring_festival"]]


def _yearly(key: str, entry: dict, year: int) -> Promotion:
    first, last = (date.fromisoformat(f"{year}-{entry[side]}") for side in ("first", "last"))
    return Promotion(key, first, last + timedelta(days=1), entry)


def _moving(key: str, entry: dict, day: date) -> Promotion:
    return Promotion(key, day + timedelta(days=entry["first"]), day + timedelta(days=entry["last"] + 1), entry)


@cache
def _own(lines: tuple[str, ...]) -> list[Promotion]:
    """Of "2026-10-15..2026-10-17 店庆". Raises KpiError for a line of another form."""
    return [_read(line) for line in lines]


def _read(line: str) -> Promotion:
    found = OWN.fullmatch(line.strip())
    try:
        span = between(date.fromisoformat(found[1]), date.fromisoformat(found[2] or found[1]))
    except (TypeError, ValueError):
        raise KpiError(f"kpi.toml: promotions holds {line!r}; write it as '2026-10-15..2026-10-17 店庆'") from None
    return Promotion(found[3], span.start, span.end, {"zh": found[3], "en": found[3]})
