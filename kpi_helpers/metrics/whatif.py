"""What if: a number under another setting beside the number as it is, with the rows that changed sides."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import pandas as pd

from kpi_helpers import metrics, settings
from kpi_helpers.desk import Desk, from_tables, open_desk, under
from kpi_helpers.engine import some, within
from kpi_helpers.engine.clock import day_number
from kpi_helpers.errors import KpiError
from kpi_helpers.metrics.buyers import coded
from kpi_helpers.metrics.compute import compute
from kpi_helpers.metrics.rows import rows
from kpi_helpers.periods import Period
from kpi_helpers.settings import Settings

# What tells two rows of a list apart, first that fits; a list of chats by agent keeps the agent in it.
KEYS = (["order"], ["refund"], ["buyer", "opened_at"], ["buyer", "started_at"], ["buyer", "rated_at"], ["buyer", "day"])
SIDES = ("gone", "new", "moved")
OF_PAYMENTS = ("sold", "assists")  # rows that are booked when an order is paid, whenever it was placed


@dataclass(frozen=True)
class WhatIf:
    """`now` and `then`: results of `compute` as it is and under `changes`; `moved`: the numerator's rows that differ.

    `moved` has a column `side`: gone (counted now, not then), new (the other way round), moved (counted by both,
    but for another agent or with another amount: `agent_then`, or the fact's name and `_then`).
    """

    now: pd.DataFrame
    then: pd.DataFrame
    changes: dict[str, object]
    desk: Desk
    compare: Callable[[], pd.DataFrame] = field(repr=False)

    @cached_property
    def moved(self) -> pd.DataFrame:
        """Listed when it is asked for, which takes longer than the numbers."""
        return self.compare()


def whatif(
    name: str,
    desk: Desk,
    period: Period | str,
    by: str | None = None,
    *,
    lang: str = "zh",
    unmask: bool = False,
    **changes: object,
) -> WhatIf:
    """A metric of a period under other settings, such as attribution_rule="payment" or session_gap_minutes=15.

    Only the buyers the period can speak of are computed anew, in memory; the store is not changed. Raises KpiError for
    a setting or value that nobody knows, when nothing is changed, and where `compute` or `rows` would.
    """
    span = desk.period(period) if isinstance(period, str) else period
    other = changed(desk, name, span, changes, by)
    now, then = (compute(name, one, span, by) for one in (desk, other))
    mask = desk.settings.mask_buyers and not unmask
    return WhatIf(now, then, changes, other, lambda: _masked(_moved(name, desk, other, span, lang), mask))


def _masked(moved: pd.DataFrame, mask: bool) -> pd.DataFrame:
    if mask:
        moved["buyer"] = moved["buyer"].map(coded(moved["buyer"]), na_action="ignore") if "buyer" in moved else None
    return moved


def changed(desk: Desk, name: str, span: Period, changes: dict[str, object], by: str | None = None) -> Desk:
    """The desk under other settings, in memory: right for what `name` counts in `span`, by such groups."""
    if not changes:
        raise KpiError("nothing is changed; give a setting, such as session_gap_minutes=15")
    other = Settings(settings.merge(desk.settings.values, changes, "what-if"))
    if set(changes) == {"attribution_rule"} and desk.home and desk.source:
        return open_desk(desk.shop, desk.home, other.attribution_rule)  # who secured what is stored
    facts = [metrics.fact(part) for part in metrics.get(name).facts]
    back = max(fact.window_days for fact in facts)
    first, end = day_number(span.start) - back, day_number(span.end)
    paid = bool(by) or any(fact.rows in OF_PAYMENTS for fact in facts)
    if not _of_refunds(name) and (made := under(desk, other, changes, (first, end), paid)):
        return made
    buyers = _everybody() if _looks_at_all(other) else _buyers(desk, first, end)
    tables = some.tables(desk.con, buyers, _messages(desk, name, other, first, end))
    made = from_tables(tables, desk.shop, Settings(other.values | {"engine": "duckdb"}))
    return replace(made, settings=other, coverage=desk.coverage, home=desk.home)


def _looks_at_all(chosen: Settings) -> bool:
    """Who is one of the shop's own accounts is seen in everybody's messages."""
    return chosen.reception_filters["own_accounts"]


def _of_refunds(name: str) -> bool:
    return any("refunds" in metrics.fact(part).needs for part in metrics.get(name).facts)


def _everybody() -> str:
    return "SELECT buyer_id FROM raw_messages UNION SELECT buyer_id FROM raw_orders"


def _messages(desk: Desk, name: str, other: Settings, first: int, end: int) -> str:
    """The messages that can matter, under either settings; a refund's order may be of any time, and so may its chat."""
    if _looks_at_all(other) or _of_refunds(name):
        return "FROM raw_messages"
    reaches = [within.reach(settings) for settings in (desk.settings, other)]
    return desk.messages(first - max(back for back, _ in reaches), end + max(ahead for _, ahead in reaches))


def _buyers(desk: Desk, first: int, end: int) -> str:
    """Buyers who wrote, ordered, paid, rated or were refunded from a day before `first` to a day after `end`."""
    times = {"orders": ["created_at", "paid_at"], "ratings": ["rated_at"]}
    then = f"BETWEEN day_start({first - 1}) AND day_start({end + 1})"
    parts = [f"SELECT buyer_id FROM raw_{name} WHERE {at} {then}" for name, ats in times.items() for at in ats]
    parts.append(f"SELECT buyer_id FROM ({desk.messages(first - 1, end + 1)})")
    refunds = f"SELECT order_id FROM raw_refunds WHERE applied_at {then} OR completed_at {then}"
    return " UNION ".join([*parts, f"SELECT buyer_id FROM raw_orders WHERE order_id IN ({refunds})"])


def _moved(name: str, desk: Desk, other: Desk, span: Period, lang: str) -> pd.DataFrame:
    now, then = (rows(name, one, span, lang=lang, unmask=True) for one in (desk, other))
    key, fact = _key(name, now), metrics.fact(metrics.get(name).numerator)
    found = now.merge(then, on=key, how="outer", suffixes=("", "_then"), indicator="side")
    found["side"] = found["side"].astype(object).map(dict(zip(("left_only", "right_only", "both"), SIDES, strict=True)))
    for column in [c for c in now if c not in key]:
        found[column] = found[column].where(found["side"] != "new", found[f"{column}_then"])
    told = [
        c for c in ("agent", fact.name) if f"{c}_then" in found and (c == "agent" or fact.measure.startswith("sum:"))
    ]
    differs = pd.Series(False, found.index)
    for column in told:
        differs |= found[column].ne(found[f"{column}_then"]) & ~(found[column].isna() & found[f"{column}_then"].isna())
    shown = ["side", *now.columns, *(f"{column}_then" for column in told)]
    return found.loc[(found["side"] != "moved") | differs, shown].reset_index(drop=True)


def _key(name: str, listed: pd.DataFrame) -> list[str]:
    key = next((key for key in KEYS if set(key) <= set(listed)), list(listed.columns))
    apart = "agent" in listed and metrics.fact(metrics.get(name).numerator).measure != "buyer_days"
    return [*key, "agent"] if apart and "buyer" in key else key
