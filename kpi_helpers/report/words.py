"""The words of a page's frame (words.toml), and the names of periods."""

import tomllib
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from kpi_helpers.errors import unknown
from kpi_helpers.periods import Period
from kpi_helpers.wording.formats import show_span

LANGS = {"zh": "zh-CN", "en": "en"}  # our name -> the name browsers and screen readers know


@cache
def _records() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


def words(lang: str) -> dict[str, Any]:
    """All words of the frame in a language. Raises KpiError for one other than zh and en."""
    if lang not in LANGS:
        raise unknown("language", lang, list(LANGS))
    return _records()[lang]


def other(lang: str) -> str:
    """The other of the two languages."""
    return next(name for name in LANGS if name != lang)


def days(period: Period, lang: str) -> str:
    """The days of a period where its name does not say them: 2026-10-26 ～ 2026-11-01; else nothing."""
    return "" if period.kind in ("day", "range") else show_span(period.start, period.end, lang)


def period_name(period: Period, lang: str) -> str:
    """What people call a period: 2026 年第 44 周, Week 44, 2026."""
    say, first = words(lang), period.start
    number = {"week": first.isocalendar().week, "quarter": (first.month + 2) // 3}.get(period.kind, first.month)
    return say[period.kind].format(
        year=first.isocalendar().year if period.kind == "week" else first.year,
        number=number,
        month=f"{first:%B}",
        day=first.isoformat(),
        weekday=say["weekdays"][first.weekday()],
        span=show_span(period.start, period.end, lang),
    )


def moment(when: datetime | date) -> str:
    """A moment to the minute, in the time of this machine: 2026-11-02 09:07."""
    return f"{when:%Y-%m-%d %H:%M}" if isinstance(when, datetime) else when.isoformat()
