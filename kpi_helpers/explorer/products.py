"""Numbers by product, where orders come with their lines: what was sold of each item, under whose name."""

import pandas as pd

from kpi_helpers import metrics
from kpi_helpers.desk import Desk
from kpi_helpers.engine.clock import day_number
from kpi_helpers.errors import KpiError, unknown
from kpi_helpers.facts import quote
from kpi_helpers.periods import Period

# Of the lines `l` of paid orders `s`; sales here are the lines' amounts, so postage of an order belongs to no product.
COUNTED = {
    "sales": "SUM(l.paid_amount)",
    "items": "SUM(l.quantity)",
    "orders_paid": "COUNT(DISTINCT s.order_id)",
    "paying_buyers": "COUNT(DISTINCT (s.buyer_id, s.day))",
}
RATIOS = {
    "sales_per_item": ("sales", "items"),
    "sales_per_buyer": ("sales", "paying_buyers"),
    "items_per_buyer": ("items", "paying_buyers"),
    "sales_per_order": ("sales", "orders_paid"),
}
NAMES = (*COUNTED, *RATIOS)


def products(
    name: str, desk: Desk, period: Period | str, agent: str = "", team: str = "", most: int = 0
) -> pd.DataFrame:
    """A sales metric of a period by product, largest numerator first: one row per item, shaped like `compute`'s.

    Column `product` is the item's title (its id where it has none). `agent`, `team`: only orders of that owner. `most`:
    at most so many rows. Raises KpiError for a metric that is not of sales, and where orders have no lines.
    """
    if name not in NAMES:
        metrics.get(name)
        raise unknown("metric by product", name, list(NAMES))
    if not desk.con.execute("SELECT COUNT(*) FROM raw_order_lines").fetchone()[0]:
        raise KpiError(f"{desk.shop} has no order lines, so nothing is known by product; read in order_lines")
    span = desk.period(period) if isinstance(period, str) else period
    above, below = RATIOS.get(name, (name, None))
    found = (
        desk.con.execute(_select(above, below, span, agent, team))
        .df()
        .astype({"numerator": float, "denominator": float})
    )
    value = found["numerator"] / found["denominator"] if below else found["numerator"]
    first = {"metric": name, "shop": desk.shop, "period_start": span.start, "period_end": span.end}
    known = pd.DataFrame({key: [text] * len(found) for key, text in first.items()}, columns=list(first))
    late = [span.last_day > desk.data_until] * len(found)
    found = pd.concat(
        [known, found.assign(value=value, low=float("nan"), high=float("nan"), provisional=late, basis="exact")], axis=1
    )
    return found.head(most) if most else found


def _select(above: str, below: str | None, span: Period, agent: str, team: str) -> str:
    mine = [f"s.day >= {day_number(span.start)}", f"s.day < {day_number(span.end)}"]
    mine += [f"s.agent_id = {quote(agent)}"] if agent else []
    mine += [f"t.team = {quote(team)}"] if team else []
    return f"""
        SELECT COALESCE(ANY_VALUE(NULLIF(l.item_title, '')), l.item_id) AS product,
            {COUNTED[above]} AS numerator, {COUNTED[below] if below else "NULL"} AS denominator
        FROM sold AS s
        INNER JOIN raw_order_lines AS l ON s.order_id = l.order_id
        LEFT JOIN teams AS t ON s.agent_id = t.member AND s.day >= t.from_day AND s.day < t.to_day
        WHERE {" AND ".join(mine)}
        GROUP BY l.item_id
        ORDER BY numerator DESC, product"""
