"""Dates and spans as text."""

from datetime import date, datetime, timedelta

from .texts import say

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def show_date(value: date | datetime) -> str:
    """ISO, 2025-09-30, in both languages and in file names."""
    return f"{value:%Y-%m-%d}"


def show_span(start: date, end: date, lang: str = "zh") -> str:
    """The days of [start, end): 2025-09-01 ～ 2025-09-30, or 1–30 Sep 2025; one day alone as a date."""
    last = end - timedelta(days=1)
    if last <= start:
        return show_date(start)
    if lang == "zh":
        return f"{show_date(start)} ～ {show_date(last)}"
    return f"{_en_days(start, last)} {last.year}"


def span_kind(start: date, end: date) -> str:
    """day, week (Monday to Sunday), month, quarter, year or range, from the days alone."""
    if (end - start).days == 1:
        return "day"
    if (end - start).days == 7 and start.weekday() == 0:
        return "week"
    months = (end.year - start.year) * 12 + end.month - start.month
    whole = start.day == end.day == 1 and (start.month - 1) % max(months, 1) == 0
    return {1: "month", 3: "quarter", 12: "year"}.get(months, "range") if whole else "range"


def period_words(start: date, end: date, lang: str = "zh") -> str:
    """The period [start, end) inside a sentence, days without the year: 11 月 16～22 日 / 16–22 Nov."""
    kind, last = span_kind(start, end), end - timedelta(days=1)
    if kind in ("week", "range"):
        if lang == "en":
            return _en_days(start, last)
        kind = "days_in_month" if start.month == last.month else "days"
    parts = {"m": start.month, "d": start.day, "m2": last.month, "d2": last.day, "y": start.year}
    return say(f"period.{kind}", lang, **parts, q=(start.month + 2) // 3, mon=MONTHS[start.month - 1])


def _en_days(start: date, last: date) -> str:
    """1–30 Sep, 28 Sep – 4 Oct, 29 Dec 2025 – 4 Jan."""
    if (start.year, start.month) == (last.year, last.month):
        return f"{start.day}–{last.day} {MONTHS[last.month - 1]}"
    year = f" {start.year}" if start.year != last.year else ""
    return f"{start.day} {MONTHS[start.month - 1]}{year} – {last.day} {MONTHS[last.month - 1]}"
