"""Did a number really move? One row against another, and the verdict words may rest on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, isnan, nan, sqrt
from typing import Any, Protocol

import numpy as np
import pandas as pd

from kpi_helpers.errors import KpiError
from kpi_helpers.stats import Z95, Z998, difference, effective_n, usual_step, wilson

LEAST = 30  # min_denominator of the settings, when the caller has none
HISTORY = 6  # periods needed before their ups and downs say anything
BEYOND = 1.25  # times the highest period before (or a lowest divided by it): one in thirteen is the highest by chance
# Facts whose units come and go one by one, so that Poisson noise fits. Messages, seconds, items and money
# arrive in bundles and vary more than that.
ONE_BY_ONE = ("buyers", "chats", "orders", "refunds", "visitors", "ratings")


class Metric(Protocol):
    """What is read of the registry's record."""

    name: str
    label: Mapping[str, str]
    kind: str
    unit: str
    better: str


@dataclass(frozen=True)
class Change:
    """One number now and before. kind: rose, fell, flat, cannot_tell, not_available.

    difference, low and high are in the metric's unit (fractions for rates); low and high are the 99.8 % range
    the kind rests on. n and n_before are denominators, NaN for counts. reason says why nothing can be told:
    too_few, provisional, basis, no_interval, no_before, missing, or "". good is True or False for a rise
    or fall that matters to the metric, None otherwise. provisional: at least one side will still change. record: the
    highest (lowest) of the periods before, where the number now lies far beyond all of them, and how many those are.
    """

    kind: str
    now: float = nan
    before: float = nan
    difference: float = nan
    low: float = nan
    high: float = nan
    n: float = nan
    n_before: float = nan
    reason: str = ""
    good: bool | None = None
    provisional: bool = False
    band: float = nan
    record: float = nan
    periods: int = 0

    @property
    def claims(self) -> bool:
        """Whether words may say that it rose or fell."""
        return self.kind in ("rose", "fell")

    @property
    def relative(self) -> float:
        """The difference as a fraction of the earlier value."""
        return self.difference / abs(self.before) if self.before else nan


def change(
    now: Any,
    before: Any,
    metric: Metric,
    *,
    history: Sequence[float] = (),
    least: float = LEAST,
    z: float = Z998,
) -> Change:
    """Compare one row of `compute` with another: a row as mapping or Series, or a frame of one row.

    By the interval of the difference, from what each side brings, first that fits:
    - rates: Wilson ends (so the difference is Newcombe's), on the effective n where the row's own low and
      high are wider, as when rounds cluster in buyers;
    - means, ratios, money: the row's low and high (95 %, e.g. bootstrap by buyer), stretched to z;
    - totals with a `squares` entry (each buyer's share of the total, squared and summed): compound Poisson;
    - counts of people, chats and orders: Poisson. They are complete, so the noise is not that of a sample
      but of who happened to come: two equal weeks differ by about the root of their sum;
    - nothing of these: cannot_tell.

    Counts and amounts are complete: with six or more values of `history` (periods before, oldest first) no change of
    theirs is taken for more than those show from one to the next, in proportion (`stats.usual_step`). Rates, means and
    ratios are judged by their interval alone, and as counts are only where they have none (a refund rate by amount).

    z is 3.09 (99.8 %), the alarm line of funnel plots, not 1.96: a page makes some twenty comparisons, and
    at 95 % one of them would claim a change when there is none. Rose and fell must also exceed the metric's
    `flat` (relative change); a real difference inside it, or a range wholly inside it, is flat.
    Raises KpiError for frames of more than one row.
    """
    now, before = as_row(now), as_row(before)
    blank = _blank(now, before, metric)
    if reason := _obstacle(now, before, blank, least):
        return replace(blank, kind="not_available" if reason == "missing" else "cannot_tell", reason=reason)
    ends = [limits(row, metric, z) for row in (now, before)]
    own = difference(blank.now, *ends[0], blank.before, *ends[1])
    ranges = own, _by_habit(blank, history, z) if isnan(blank.n) or isnan(own[0]) else (nan, nan)
    low, high = float(np.fmin(*(r[0] for r in ranges))), float(np.fmax(*(r[1] for r in ranges)))
    if isnan(low) or isnan(high):
        return replace(blank, reason="no_interval")
    return _judged(replace(blank, low=low, high=high, **_record(blank.now, history)), metric)


def _record(now: float, history: Sequence[float]) -> dict[str, float]:
    """What of the periods before comes nearest to a number far beyond all of them: a fact, whatever chance says."""
    known = len(history) >= HISTORY and min(history) > 0
    if not known or min(history) / BEYOND <= now <= max(history) * BEYOND:
        return {}
    return {"record": max(history) if now > max(history) else min(history), "periods": len(history)}


def target_row(value: float) -> dict[str, Any]:
    """A row that is known exactly, to compare a number with its target."""
    return {"value": value, "low": value, "high": value, "provisional": False}


def as_row(rows: Any) -> Any:
    """The one row of a frame, None for an empty one; rows pass."""
    if not isinstance(rows, pd.DataFrame):
        return rows
    if len(rows) > 1:
        raise KpiError(f"a finding compares two rows, this table has {len(rows)}; choose one metric and group")
    return rows.iloc[0] if len(rows) else None


def entry(row: Any, key: str) -> Any:
    """A cell of a row, None when the row or the cell is missing."""
    return row[key] if row is not None and key in row else None


def number(row: Any, key: str) -> float:
    """A cell as a float, NaN when it is unknown."""
    value = entry(row, key)
    return nan if value is None or pd.isna(value) else float(value)


def limits(row: Any, metric: Metric, z: float) -> tuple[float, float]:
    """Where the true value behind a row may lie at z; (NaN, NaN) when nothing is known of its noise."""
    value = number(row, "value")
    if number(row, "low") == number(row, "high") == value:
        return value, value
    return _sampling(row, metric, value, z)


def _by_habit(blank: Change, history: Sequence[float], z: float) -> tuple[float, float]:
    """The range of the difference that the ups and downs of the periods before leave; (NaN, NaN) when too few.

    For complete counts, and for quotients that have no interval of their own; a rate's or mean's says how sure it is.
    """
    relative = blank.now > 0 and blank.before > 0
    half = z * sqrt(2) * usual_step(history, relative) if len(history) >= HISTORY else nan
    if not relative:
        return blank.difference - half, blank.difference + half
    return blank.now * exp(-half) - blank.before, blank.now * exp(half) - blank.before


def _sampling(row: Any, metric: Metric, value: float, z: float) -> tuple[float, float]:
    """The noise of the row alone."""
    low, high, n = number(row, "low"), number(row, "high"), number(row, "denominator")
    if metric.kind == "rate" and n > 0:
        worth = effective_n(value * n, n, low, high)
        return tuple(float(x) for x in wilson(value * worth, worth, z))
    if low <= value <= high:
        return value - (value - low) * z / Z95, value + (high - value) * z / Z95
    if (squares := number(row, "squares")) >= 0:
        return value - z * sqrt(squares), value + z * sqrt(squares)
    if metric.kind == "count" and value >= 0 and any(word in metric.name for word in ONE_BY_ONE):
        half = z * sqrt(value + z * z / 4)
        return value + z * z / 2 - half, value + z * z / 2 + half
    return nan, nan


def _blank(now: Any, before: Any, metric: Metric) -> Change:
    """The numbers of a comparison without a verdict."""
    at, was = number(now, "value"), number(before, "value")
    band = abs(was) * float(getattr(metric, "flat", None) or getattr(metric, "flat_band", 0.03))
    sizes = number(now, "denominator"), number(before, "denominator")
    open_ends = bool(entry(now, "provisional")) or bool(entry(before, "provisional"))
    return Change("cannot_tell", at, was, at - was, nan, nan, *sizes, provisional=open_ends, band=band)


def _obstacle(now: Any, before: Any, blank: Change, least: float) -> str:
    """Why the two must not be compared, "" when they may."""
    checks = {
        "missing": isnan(blank.now),
        "no_before": isnan(blank.before),
        "too_few": blank.n < least or blank.n_before < least,
        "provisional": bool(entry(now, "provisional")) != bool(entry(before, "provisional")),
        "basis": len({str(b) for r in (now, before) if (b := entry(r, "basis")) is not None}) > 1,
    }
    return next((reason for reason, found in checks.items() if found), "")


def _judged(found: Change, metric: Metric) -> Change:
    """The verdict from the range of the difference and the flat band."""
    sure = found.low > 0 or found.high < 0
    if sure and abs(found.difference) >= found.band:
        kind = "rose" if found.difference > 0 else "fell"
        wanted = {"higher": "rose", "lower": "fell"}.get(metric.better)
        return replace(found, kind=kind, good=kind == wanted if wanted else None)
    inside = -found.band <= found.low and found.high <= found.band
    return replace(found, kind="flat" if sure or inside else "cannot_tell")
