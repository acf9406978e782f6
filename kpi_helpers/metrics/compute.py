"""`compute`: any metric, for any period, by any group, as one tidy table (specification section 7).

Numerators and denominators are summed first and divided here, once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from kpi_helpers import metrics
from kpi_helpers.desk import Desk
from kpi_helpers.engine.clock import to_date
from kpi_helpers.errors import KpiError, unknown
from kpi_helpers.metrics import Fact, Metric, derived, spread, vendor
from kpi_helpers.metrics.aggregates import Grain, Group
from kpi_helpers.metrics.ask import Ask, asks
from kpi_helpers.periods import Period

GROUPS = ("agent", "day", "team", "hour")
SILENT = "(silent)"
UNDEFINED = "not defined"
ORDER_UNITS = ("sold", "placed", "refunds")
NUMBERS = ("numerator", "denominator", "value", "low", "high")

Row = dict[str, Any]


def compute(
    names: str | Iterable[str], desk: Desk, period: Period | str, by: str | None = None, *, settled: bool = False
) -> pd.DataFrame:
    """Metrics of a period: one row per metric and group.

    Columns: metric, shop, period_start, period_end (half-open), the groups, numerator, denominator, value, low, high,
    provisional, basis. Rates are fractions, times seconds, money the shop's currency. value is missing where it is not
    available (basis says why) or 0 ÷ 0. `settled` leaves out the days whose window is still open: each row then covers
    the mature part of the period, and says so in period_end. The settings used are in `.attrs["settings"]`.

    Raises KpiError for an unknown metric or group.
    """
    wanted = [names] if isinstance(names, str) else list(names)
    span = desk.period(period) if isinstance(period, str) else period
    if settled:
        asked = [(_mature(desk, metrics.get(name), span, Grain(_groups(by))), [name]) for name in wanted]
        frame = as_frame([row for when, some in asked for row in answers(some, desk, [when], by)[0]], by)
    else:
        frame = as_frame(answers(wanted, desk, [span], by)[0], by)
    frame.attrs["settings"] = dict(desk.settings.values)
    return frame


def answers(names: Sequence[str], desk: Desk, periods: Sequence[Period], by: str | None = None) -> list[list[Row]]:
    """What `compute` tells, as rows, for each of several periods: asked together, they cost little more than one."""
    wanted = [metrics.get(name) for name in names]
    found = asks(desk, periods, _groups(by), wanted)
    rows = [[row for metric in wanted for row in _rows(ask, metric)] for ask in found]
    spread.add_wilson([row for part in rows for row in part if metrics.get(row["metric"]).kind == "rate"])
    return rows


def as_frame(rows: Sequence[Row], by: str | None = None) -> pd.DataFrame:
    """Rows of one or several questions as `compute` gives them."""
    columns = ["metric", "shop", "period_start", "period_end", *_groups(by), *NUMBERS, "provisional", "basis"]
    lists: dict[str, Any] = {name: [row[name] for row in rows] or np.array([], object) for name in columns}
    return pd.DataFrame(lists | {name: np.array(lists[name], float) for name in NUMBERS})


def _mature(desk: Desk, metric: Metric, period: Period, grain: Grain) -> Period:
    """The part of a period whose windows are closed for a metric; no day at all where none is."""
    facts = [metrics.fact(name) for name in metric.facts]
    ends = [desk.coverage.mature_until(fact, desk.settings, grain.by_agent) for fact in facts]
    known = [period.end if end is None else to_date(end) for end in ends]
    return replace(period, end=max(period.start, min(period.end, *known)))


def _groups(by: str | None) -> tuple[str, ...]:
    if not by or by == "shop":
        return ()
    groups = tuple(part.strip() for part in by.split(","))
    for name in groups:
        if name not in GROUPS:
            raise unknown("group", name, ["shop", *GROUPS])
    if len(set(groups)) < len(groups):
        raise KpiError(f"--by {by}: a group is named twice; name each once")
    return groups


def _rows(ask: Ask, metric: Metric) -> list[Row]:
    vendors = _vendor_parts(ask, metric)
    groups = _universe(ask, metric, set(vendors))
    sure = {} if vendors else ask.sure.get(metric.name, {})
    return [_row(ask, metric, group, vendors.get(group), sure.get(group)) for group in groups]


def _vendor_parts(ask: Ask, metric: Metric) -> dict[Group, vendor.Part]:
    if not ask.desk.vendor_facts or metric.kind == "quantile":
        return {}
    facts = [metrics.fact(name) for name in metric.facts]
    if not all(fact.over == "shop" or ask.grain.within(fact) for fact in facts):
        return {}
    raw_days = ask.desk.coverage.raw_days(facts, ask.start, ask.end, ask.grain.by_agent)
    return vendor.parts(ask.desk.con, metric, ask.grain, ask.start, ask.end, raw_days)


def _universe(ask: Ask, metric: Metric, seen: set[Group]) -> list[Group]:
    """Groups a metric has a row for: the whole shop, every covered day, every hour, or whoever worked or sold."""
    by = ask.grain.by
    if not by:
        return [()]
    if by == ("day",):
        return sorted(seen | {(day,) for day in _covered_days(ask, metric)})
    if by == ("hour",):
        return [(hour,) for hour in range(24)]
    counted = {group for name in metric.facts for group in ask.counts.get(name, {})}
    groups = seen | counted | ask.active
    keep_silent = metric.kind != "share" and any(metrics.fact(name).rows in ORDER_UNITS for name in metric.facts)
    return sorted((group for group in groups if keep_silent or SILENT not in group), key=_in_order)


def _in_order(group: Group) -> tuple:
    """Agents without a team come last."""
    return tuple((value is None, value) for value in group)


def _covered_days(ask: Ask, metric: Metric) -> range:
    spans = [ask.desk.coverage.span(t) for f in map(metrics.fact, metric.facts) for t in f.needs]
    known = [span for span in spans if span]
    if not known:
        return range(0)
    after = max(metrics.fact(name).window_days for name in metric.facts)  # a rolling window outlives its last day
    return range(max(ask.start, min(s[0] for s in known)), min(ask.end, max(s[1] for s in known) + max(after, 1)))


def _row(ask: Ask, metric: Metric, group: Group, part: vendor.Part | None, sure: spread.Interval | None) -> Row:
    facts = [metrics.fact(name) for name in metric.facts]
    start, end = _days(ask, group)
    reasons = [_why_not(ask, fact, start, end) for fact in facts]
    defined = not any(why.startswith(UNDEFINED) for why in reasons)
    sides = [
        _value(ask, fact, group) if defined and not why else None for fact, why in zip(facts, reasons, strict=True)
    ]
    numbers = _ratio(metric, *vendor.joined(metric, sides, part, alone=any(reasons)))
    if metric.kind == "quantile":
        numbers = {"numerator": None, "denominator": sides[0], "value": ask.quantiles[metric.name].get(group)}
    row = {
        "metric": metric.name,
        "shop": ask.desk.shop,
        "period_start": ask.period.start,
        "period_end": ask.period.end,
    }
    row |= {name: to_date(v) if name == "day" else v for name, v in zip(ask.grain.by, group, strict=True)}
    if sure and numbers["value"] is not None:
        numbers |= dict(zip(("low", "high"), sure, strict=True))
    numbers = {name: nan if (known := numbers.get(name)) is None else known for name in NUMBERS}
    missing = next((why for why in reasons if why), "") if part is None else ""
    return row | numbers | {
        "provisional": _late(ask, facts, part, any(reasons), end - 1),
        "basis": f"not available: {missing}" if missing else _basis(ask, metric, part),
    }  # fmt: skip


def _late(ask: Ask, facts: list[Fact], part: vendor.Part | None, alone: bool, last_day: int) -> bool:
    """Whether a number may still change: of raw tables by their windows, of reports by what they have not said yet."""
    if part is None:
        return not _settled(ask, facts, last_day)
    if part.unsettled or last_day > part.until:
        return True
    return not alone and not _settled(ask, facts, min(last_day, part.raw_until))


def _settled(ask: Ask, facts: list[Fact], last_day: int) -> bool:
    return all(ask.desk.coverage.settled(fact, last_day, ask.desk.settings, ask.grain.by_agent) for fact in facts)


def _days(ask: Ask, group: Group) -> tuple[int, int]:
    if "day" in ask.grain.by:
        day = group[ask.grain.by.index("day")]
        return day, day + 1
    return ask.start, ask.end


def _why_not(ask: Ask, fact: Fact, start: int, end: int) -> str:
    if end <= start:
        return "no day of the period is settled yet"
    return why_not(ask.desk, fact, ask.grain, start, end) or ask.desk.coverage.gap_in(fact, ask.start, ask.end)


def why_not(desk: Desk, fact: Fact, grain: Grain, start: int, end: int) -> str:
    """Why a fact has no number at a grain over business days [start, end); empty when it has."""
    if fact.over != "shop" and not grain.within(fact):
        return f"{UNDEFINED} by {','.join(grain.by) or 'shop'}"
    known = desk.coverage.why_not(fact, start, end, grain.by_agent and fact.over != "shop")
    return known or derived.why_not(desk, fact, start, end)


def _value(ask: Ask, fact: Fact, group: Group) -> float | None:
    """A fact of a group: as counted, or 0 where the days are covered and nothing happened; None where unknown."""
    if fact.over == "shop":
        return ask.shop_counts[fact.name].get(ask.grain.reduce(group), 0.0)
    return ask.counts[fact.name].get(group, 0.0)


def _ratio(metric: Metric, numerator: float | None, denominator: float | None = None) -> dict:
    if not metric.denominator:
        return {"numerator": numerator, "denominator": None, "value": numerator}
    known = numerator is not None and denominator is not None and denominator != 0
    return {
        "numerator": numerator,
        "denominator": denominator,
        "value": numerator / denominator if known else None,
    }


def _basis(ask: Ask, metric: Metric, part: vendor.Part | None) -> str:
    if part is None:
        return "exact"
    counts_people = any(metrics.fact(n).measure == "buyer_days" or n in ("sales", "orders_paid") for n in metric.facts)
    over_agents = {"summed_over_agents"} if counts_people and "agent" not in ask.grain.by else set()
    return ", ".join(sorted(part.basis | over_agents)) or "exact"
