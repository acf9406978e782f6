"""Which reports are due now, by the schedule in kpi.toml: of every kind the newest complete period and missed ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from kpi_helpers import periods
from kpi_helpers.desk import Desk
from kpi_helpers.engine.clock import to_date
from kpi_helpers.errors import KpiError
from kpi_helpers.periods import Period
from kpi_helpers.settings import Settings

KINDS = ("day", "week", "month", "quarter", "year")


@dataclass(frozen=True)
class Due:
    """A period whose report should be there: since when, and whether the data are."""

    period: Period
    since: datetime
    deadline: datetime
    state: str  # due, waiting, late


def due(desk: Desk, now: datetime) -> list[Due]:
    """Every period that should have a report at `now` (with its offset), oldest first, longer kinds after shorter."""
    schedule, local = desk.settings.schedule, now.astimezone(desk.settings.zone)
    wanted = [(kind, _hour(kind, schedule[kind])) for kind in KINDS if schedule[kind]]
    return [item for kind, at in wanted for item in _of_kind(desk, kind, at, local)]


def _of_kind(desk: Desk, kind: str, at: time, now: datetime) -> Iterator[Due]:
    newest = periods.last_complete(kind, now.date())
    if _moment(newest, at, now) > now:
        newest = newest.previous()
    schedule, first = desk.settings.schedule, first_day(desk)
    for span in newest.history(max(1, schedule["catch_up"])):
        since = _moment(span, at, now)
        if span.start >= first and (now - since).days <= max(schedule["restate_days"], span.days):
            deadline = since + timedelta(hours=schedule["wait_hours"])
            there = desk.data_until >= span.last_day
            yield Due(span, since, deadline, "due" if there else "waiting" if now < deadline else "late")


def first_day(desk: Desk):
    """The first day any of the busiest tables speaks of."""
    spans = desk.coverage.spans
    return to_date(min(spans[name][0] for name in ("messages", "orders", "agent_daily") if name in spans))


def _moment(span: Period, at: time, now: datetime) -> datetime:
    """When the report of a period is due: at that hour of the day after it."""
    return datetime.combine(span.end, at, now.tzinfo)


def _hour(kind: str, text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise KpiError(f"kpi.toml [schedule]: {kind} = {text!r} should be a time such as '09:00'") from None


def any_schedule(settings: Settings) -> bool:
    """Whether anything is scheduled at all."""
    return any(settings.schedule[kind] for kind in KINDS)
