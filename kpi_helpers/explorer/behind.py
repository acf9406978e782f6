"""From a number to what is behind it: the rows of one mark, and the chats of one row."""

from datetime import date

import pandas as pd

from kpi_helpers import metrics
from kpi_helpers.desk import Desk
from kpi_helpers.engine.clock import day_number, to_date
from kpi_helpers.errors import KpiError
from kpi_helpers.explorer.question import Question
from kpi_helpers.facts import quote
from kpi_helpers.metrics.compute import compute
from kpi_helpers.metrics.rows import rows
from kpi_helpers.periods import Period, between

Chat = tuple[str, str, date]  # buyer, agent, business day


def behind(asked: Question, desk: Desk, picked: dict, side: str = "numerator") -> pd.DataFrame:
    """The rows behind one mark of an answer, buyers by name; of a number that only daily reports know, their lines.

    Raises KpiError where `rows` does.
    `picked` is a group: {} for the whole, else agent, team, day, hour, weekday with hour, or product.
    """
    group = asked.picked | {k: v for k, v in picked.items() if k in ("agent", "team", "hour") and v is not None}
    span = _day(picked["day"]) if "day" in picked else asked.period
    try:
        found = rows(_counted(asked), desk, span, side=_side(asked, side), lang=asked.lang, unmask=True, **group)
    except KpiError:
        found = reported(asked.metric, desk, span, group)
        if found.empty:
            raise
    if "weekday" in picked:
        found = found[found["day"].map(lambda day: day.weekday() == picked["weekday"]).astype(bool)]
    if "product" in picked:
        found = found[found["order"].isin(_orders_with(desk, picked["product"]))]
    return found.reset_index(drop=True)


def reported(name: str, desk: Desk, span: Period, group: dict) -> pd.DataFrame:
    """What daily reports say of each agent and day: both sides of a metric; nothing where there is no such report."""
    metric, known = metrics.get(name), metrics.fact(metrics.get(name).numerator).grains
    if not desk.vendor_facts or "hour" in group or "agent" not in known or metric.kind == "quantile":
        return pd.DataFrame()
    by = [*(key for key in group if key != "agent"), "agent", "day"]
    found = compute(name, desk, span, ",".join(by))
    for key, value in group.items():
        found = found[found[key] == value]
    sides = {side: part for side, part in zip(("numerator", "denominator"), metric.facts, strict=False)}
    return found[found["value"].notna()].sort_values(["day", "agent"])[["day", "agent", *sides]].rename(columns=sides)


def _counted(asked: Question) -> str:
    """Behind a product stand its orders, whatever was asked of it."""
    return "orders_paid" if asked.by == "product" else asked.metric


def _side(asked: Question, side: str) -> str:
    return "numerator" if asked.by == "product" else side


def _day(text: str) -> Period:
    day = date.fromisoformat(text)
    return between(day, day)


def _orders_with(desk: Desk, product: str) -> set[str]:
    same = f"COALESCE(NULLIF(item_title, ''), item_id) = {quote(product)}"
    return {
        row[0] for row in desk.con.execute(f"SELECT DISTINCT order_id FROM raw_order_lines WHERE {same}").fetchall()
    }


def chats_of(desk: Desk, row: pd.Series) -> list[Chat]:
    """The chats behind one row of a list: its own, or the owner's last one before the order; none for a silent sale."""
    if "messages" not in desk.coverage.spans or not isinstance(row.get("buyer"), str):
        return []
    if "order" in row or "refund" in row:
        return _before_order(desk, row)
    who = [f"agent_id = {quote(agent)}" for agent in str(row.get("agent") or "").split("、") if agent]
    mine = f" AND ({' OR '.join(who)})" if who else ""
    return _chats(desk, row["buyer"], f"day = {day_number(row['day'])}{mine}", "first_at")


def _before_order(desk: Desk, row: pd.Series) -> list[Chat]:
    orders = [quote(order) for order in str(row["order"]).split("; ")]
    event = f"SELECT MAX(COALESCE(paid_at, created_at)) FROM orders WHERE order_id IN ({', '.join(orders)})"
    mine = f"agent_id = {quote(str(row['agent']))}"
    return _chats(desk, row["buyer"], f"{mine} AND first_at <= ({event})", "first_at DESC LIMIT 1")


def _chats(desk: Desk, buyer: str, where: str, order: str) -> list[Chat]:
    sql = f"SELECT buyer_id, agent_id, day FROM chats WHERE buyer_id = {quote(buyer)} AND {where} ORDER BY {order}"
    return [(name, agent, to_date(day)) for name, agent, day in desk.con.execute(sql).fetchall()]
