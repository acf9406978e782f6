"""Periods: the spans of whole business days that every number belongs to (specification section 7)."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from kpi_helpers.errors import KpiError

FORMS = "2026-11-20, 2026-W47, 2026-11, 2026-Q4, 2026, 2026-11-01..2026-11-11, yesterday, last-week, last-month"
RELATIVE = {
    "yesterday": "day", "last-day": "day", "last-week": "week", "last-month": "month",
    "last-quarter": "quarter", "last-year": "year",
}  # fmt: skip


@dataclass(frozen=True)
class Period:
    """Whole days, half-open: `start` is in, `end` is not."""

    start: date
    end: date
    kind: str
    label: str

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day that is in."""
        return self.end - timedelta(days=1)

    def previous(self) -> "Period":
        """The comparable period just before: the month before a month, n days before n days."""
        if self.kind == "range":
            return between(self.start - timedelta(days=self.days), self.start - timedelta(days=1))
        return _containing(self.start - timedelta(days=1), self.kind)

    def following(self) -> "Period":
        """The comparable period just after."""
        if self.kind == "range":
            return between(self.end, self.end + timedelta(days=self.days - 1))
        return _containing(self.end, self.kind)

    def year_before(self) -> "Period":
        """The same period last year; a week keeps its number, a day or range its weekday (364 days)."""
        if self.kind == "week":
            year, week, _ = self.start.isocalendar()
            return _containing(date.fromisocalendar(year - 1, min(week, _weeks_in(year - 1)), 1), "week")
        if self.kind in ("month", "quarter", "year"):
            return _containing(self.start.replace(year=self.start.year - 1), self.kind)
        return Period(
            self.start - timedelta(days=364),
            self.end - timedelta(days=364),
            self.kind,
            _label(self.start - timedelta(days=364), self.end - timedelta(days=364), self.kind),
        )

    def history(self, count: int) -> list["Period"]:
        """This period and the `count - 1` before it, oldest first."""
        spans = [self]
        while len(spans) < count:
            spans.append(spans[-1].previous())
        return spans[::-1]


def parse(text: str, today: date | None = None) -> Period:
    """A Period from text: 2026-11-20, 2026-W47, 2026-11, 2026-Q4, 2026, a..b, yesterday, last-week …

    Raises KpiError for anything else, with the forms that are understood.
    """
    text = text.strip()
    if text in RELATIVE:
        return last_complete(RELATIVE[text], today or date.today())
    try:
        found = _parse_range(text) or _parse_calendar(text)
    except ValueError:
        found = None
    if found is None:
        raise KpiError(f"{text!r} is not a period; write one of: {FORMS}")
    return found


def between(first: date, last: date) -> Period:
    """A free range; both days are in."""
    if last < first:
        raise KpiError(f"the range {first}..{last} ends before it starts; write the earlier day first")
    return Period(first, last + timedelta(days=1), "range", f"{first}..{last}")


def last_complete(kind: str, today: date) -> Period:
    """The last period of a kind that was over before `today` began."""
    return _containing(_containing(today, kind).start - timedelta(days=1), kind)


def _parse_range(text: str) -> Period | None:
    if ".." not in text:
        return None
    first, last = text.split("..", 1)
    return between(date.fromisoformat(first.strip()), date.fromisoformat(last.strip()))


def _parse_calendar(text: str) -> Period | None:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return _containing(date.fromisoformat(text), "day")
    if match := re.fullmatch(r"(\d{4})-W(\d{2})", text):
        return _containing(date.fromisocalendar(int(match[1]), int(match[2]), 1), "week")
    if match := re.fullmatch(r"(\d{4})-Q([1-4])", text):
        return _containing(date(int(match[1]), int(match[2]) * 3, 1), "quarter")
    if match := re.fullmatch(r"(\d{4})-(\d{2})", text):
        return _containing(date(int(match[1]), int(match[2]), 1), "month")
    if re.fullmatch(r"\d{4}", text):
        return _containing(date(int(text), 1, 1), "year")
    return None


def _containing(day: date, kind: str) -> Period:
    start, end = _span(day, kind)
    return Period(start, end, kind, _label(start, end, kind))


def _span(day: date, kind: str) -> tuple[date, date]:
    if kind == "day":
        return day, day + timedelta(days=1)
    if kind == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    months = {"month": 1, "quarter": 3, "year": 12}[kind]
    start = date(day.year, (day.month - 1) // months * months + 1, 1)
    last = start.month + months - 1
    return start, date(day.year, last, monthrange(day.year, last)[1]) + timedelta(days=1)


def _label(start: date, end: date, kind: str) -> str:
    if kind == "week":
        year, week, _ = start.isocalendar()
        return f"{year}-W{week:02d}"
    if kind == "quarter":
        return f"{start.year}-Q{(start.month + 2) // 3}"
    if kind == "range":
        return f"{start}..{end - timedelta(days=1)}"
    return start.isoformat()[: {"day": 10, "month": 7, "year": 4}[kind]]


def _weeks_in(year: int) -> int:
    return date(year, 12, 28).isocalendar().week
