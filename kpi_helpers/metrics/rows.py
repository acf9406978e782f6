"""`rows`: the chats, rounds, orders behind a number, with what decided each (specification section 7, number → rows).

The rows are picked by the fact's own record in metrics.toml, so there are exactly as many as the number says, or their
column of the fact's name adds up to it.
"""

import pandas as pd

from kpi_helpers import metrics
from kpi_helpers.desk import Desk
from kpi_helpers.engine.clock import day_number, to_date
from kpi_helpers.errors import KpiError, unknown
from kpi_helpers.metrics import derived, listing
from kpi_helpers.metrics.aggregates import Grain
from kpi_helpers.metrics.buyers import coded
from kpi_helpers.metrics.compute import UNDEFINED, why_not
from kpi_helpers.metrics.registry import Fact, Metric
from kpi_helpers.periods import Period


def rows(
    name: str,
    desk: Desk,
    period: Period | str,
    agent: str = "",
    side: str = "numerator",
    *,
    team: str = "",
    hour: int | None = None,
    lang: str = "zh",
    unmask: bool = False,
    first: int | None = None,
    head: int | None = None,
) -> pd.DataFrame:
    """The units behind a metric's numerator or denominator: of the shop, or of one agent, team or clock hour.

    People facts give one row per buyer and business day (the chats or orders of it side by side), an agent's one row
    per chat; rounds, sessions, orders, refunds and ratings stand one by one; a peak gives the sessions open at its
    first moment; facts of different things (`orders_refunded`) one row per thing. The row count is the number; where
    the fact is a sum, a column of the fact's name adds up to it. Times are the shop's wall clock, `day` is a date,
    decisions are words in `lang`. Buyers are masked, with a code that tells them apart, unless `unmask` or the setting
    mask_buyers is off. `first`: only so many columns; `head`: only so many rows, `attrs["of"]` says of
    how many. No rows: an empty table with the same columns.
    Raises KpiError when the number is not available (saying why) or has no such side.
    """
    metric = metrics.get(name)
    fact = _side(metric, side)
    span = desk.period(period) if isinstance(period, str) else period
    group = _group(desk, fact, agent, team, hour)
    start, end = day_number(span.start), day_number(span.end)
    _check(desk, metric, fact, Grain(tuple(_given(agent, team, hour))), start, end)
    derived.ensure(desk, [fact], start, end)
    sql, kinds = listing.select(desk, fact, group, start, end, lang, first)
    found = desk.con.execute(sql).df()
    shown = _readable(found.head(len(found) if head is None else head), kinds, desk, unmask)
    shown.attrs["of"] = len(found)
    return shown


def recount(name: str, desk: Desk, period: Period, side: str = "numerator") -> float:
    """A side of a metric for the whole shop, from the rows that `rows` lists: how many, or the sum of their column.

    Raises KpiError where `rows` does.
    """
    metric = metrics.get(name)
    fact = _side(metric, side)
    start, end = day_number(period.start), day_number(period.end)
    _check(desk, metric, fact, Grain(()), start, end)
    derived.ensure(desk, [fact], start, end)
    return float(desk.con.execute(listing.total(desk, fact, start, end)).fetchone()[0])


def _side(metric: Metric, side: str) -> Fact:
    if side not in ("numerator", "denominator"):
        raise unknown("side", side, ["numerator", "denominator"])
    if side == "denominator" and not metric.denominator and metric.kind != "quantile":
        raise KpiError(f"{metric.name} is a count and has no denominator; ask for its numerator")
    return metrics.fact(metric.denominator if side == "denominator" and metric.denominator else metric.numerator)


def _group(desk: Desk, fact: Fact, agent: str, team: str, hour: int | None) -> dict[str, object]:
    if agent and agent not in (known := listing.agents(desk)):
        raise unknown("agent", agent, known)
    at_shop = ("agent", "team") if fact.over == "shop" else ()
    return {key: value for key, value in _given(agent, team, hour).items() if key not in at_shop}


def _given(agent: str, team: str, hour: int | None) -> dict[str, object]:
    asked = {"agent": agent, "team": team, "hour": hour}
    return {key: value for key, value in asked.items() if value not in ("", None)}


def _check(desk: Desk, metric: Metric, fact: Fact, grain: Grain, start: int, end: int) -> None:
    if not fact.rows:
        raise KpiError(f"{metric.name} has no rows: only vendors' daily reports count {fact.name}")
    for one in map(metrics.fact, metric.facts):  # a ratio that one side keeps from being split has no rows to split
        why = why_not(desk, one, grain, start, end)
        if why and (one == fact or why.startswith(UNDEFINED)):
            raise _nothing(metric, one, why)
    if why := desk.coverage.gap_in(fact, start, end):
        raise _nothing(metric, fact, why)


def _nothing(metric: Metric, fact: Fact, why: str) -> KpiError:
    return KpiError(f"{metric.name} has no rows in this period, because {fact.name} is not available: {why}")


def _readable(frame: pd.DataFrame, kinds: dict[str, str], desk: Desk, unmask: bool) -> pd.DataFrame:
    for column, kind in kinds.items():
        if kind in ("day", "date"):
            frame[column] = frame[column].map(to_date, na_action="ignore").astype(object)
        elif kind in ("first", "last"):
            frame[column] = shop_time(frame[column], desk)
        elif kind == "buyer" and desk.settings.mask_buyers and not unmask:
            frame[column] = frame[column].map(coded(frame[column]), na_action="ignore")
    return frame


def shop_time(seconds: pd.Series, desk: Desk) -> pd.Series:
    """Seconds since 1970 as the shop's wall clock."""
    moments = pd.to_datetime(seconds.astype("Int64"), unit="s", utc=True)
    return moments.dt.tz_convert(desk.settings.zone).dt.tz_localize(None)
