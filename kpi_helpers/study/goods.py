"""Products that stopped selling or came back: orders and refunds by product, against those of the period before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi_helpers.engine.clock import day_number
from kpi_helpers.metrics.records import records
from kpi_helpers.study.event import Event, apart, asked, base, risen, spans, times
from kpi_helpers.wording.events import happened, joined, person, thing

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study

Z = 4.5  # standard errors: a shop has hundreds of products
HALF, LEAST_BACK = 0.5, 10  # a product sells half as often as before; refunds that are worth a word
PRICE = 0.05  # of the price of the same goods: less is rounding and discounts
RETURNS = 21  # days in which most refunds of an order come
SALES = ("sales", "agent_sales", "sales_per_buyer", "orders_paid", "inquiry_to_final_payment_rate")
SOLD = """
SELECT l.item_id, ANY_VALUE(l.item_title) AS title,
  COUNT(DISTINCT s.order_id) FILTER ({now}) AS now, COUNT(DISTINCT s.order_id) FILTER ({before}) AS before,
  COALESCE(SUM(l.paid_amount) FILTER ({now}), 0) - COALESCE(SUM(l.paid_amount) FILTER ({before}), 0) AS gap
FROM sold AS s JOIN raw_order_lines AS l ON l.order_id = s.order_id WHERE {either} GROUP BY 1"""
ORDERS = "SELECT COUNT(*) FILTER ({now}) AS now, COUNT(*) FILTER ({before}) AS before FROM sold WHERE {either}"
# A refund of a line's very amount is that line's; any other one is of every line of its order.
BACK = """
WITH back AS (SELECT refund_id, order_id, agent_id, amount, reason, day FROM refunds WHERE completed AND {either}),
lines AS (
  SELECT b.refund_id, b.day, b.amount, b.reason, l.item_id, l.item_title, l.paid_amount = b.amount AS exact,
    MAX(l.paid_amount = b.amount) OVER (PARTITION BY b.refund_id) AS any_exact
  FROM back AS b JOIN raw_order_lines AS l ON l.order_id = b.order_id
), parts AS (
  SELECT 'item' AS kind, item_id AS id, item_title AS title, refund_id, day, amount, reason
  FROM lines WHERE exact OR NOT any_exact
  UNION ALL SELECT 'agent', agent_id, agent_id, refund_id, day, amount, reason FROM back WHERE agent_id <> '(silent)'
  UNION ALL SELECT 'all', '', '', refund_id, day, amount, reason FROM back
)
SELECT kind, id, ANY_VALUE(title) AS title, MODE(reason) FILTER ({now}) AS reason,
  COUNT(DISTINCT refund_id) FILTER ({now}) AS now, COUNT(DISTINCT refund_id) FILTER ({before}) AS before,
  COALESCE(SUM(amount) FILTER ({now}), 0) AS amount FROM parts GROUP BY 1, 2"""


def sold(study: Study) -> Event | None:
    """The product whose share of orders fell by half or more, and most money with it."""
    rows, orders = asked(study, SOLD), asked(study, ORDERS).iloc[0]
    if rows.empty or not orders["now"] or not orders["before"]:
        return None
    shares = rows["now"] / orders["now"], rows["before"] / orders["before"]
    far = [apart(row.now, orders["now"], row.before, orders["before"]) for row in records(rows)]
    few = rows[(rows["before"] >= study.least) & (shares[0] <= HALF * shares[1]) & (pd.Series(far) <= -Z)]
    return _gone(study, few.loc[few["gap"].astype(float).idxmin()], orders) if len(few) else None


def _gone(study: Study, row: pd.Series, orders: pd.Series) -> Event:
    counts = {"now": (row["now"], "count"), "before": (row["before"], "count"), "gap": (-float(row["gap"]), "money")}
    counts |= {"n": (orders["now"], "count"), "n_before": (orders["before"], "count")}
    text = happened("gone", study.lang, who=thing(row["title"] or row["item_id"]), base=base(study), **counts)
    return Event(joined([text, *_askers(study, row["title"])], study.lang), SALES)


ASKERS = """
WITH named AS (
  SELECT DISTINCT m.buyer_id, day_of(m.sent_at) AS day FROM ({messages}) AS m
  WHERE m.sender = 'buyer' AND CONTAINS(m.text, ?)
), asking AS (
  SELECT c.buyer_id, c.day, BOOL_OR(c.paid) AS paid FROM chats AS c JOIN named USING (buyer_id, day)
  WHERE c.inquiry GROUP BY 1, 2
)
SELECT COUNT(*) AS n, COUNT(*) FILTER (paid) AS paid FROM asking"""


def _askers(study: Study, title: str | None) -> list[str]:
    """How many who asked for the product by its name paid, now and before; [] where texts tell too little."""
    if not title or len(title) < 3:
        return []
    sides = {}
    for side, span in spans(study).items():
        messages = study.desk.messages(*span)
        sides[side] = study.desk.con.execute(ASKERS.format(messages=messages), [title]).fetchone()
    (n, paid), (n_before, paid_before) = sides["now"], sides["before"]
    if min(n, n_before) < study.least or apart(paid, n, paid_before, n_before) > -3:
        return []
    shares = {"now": (paid / n, "fraction"), "before": (paid_before / n_before, "fraction")}
    return [happened("askers", study.lang, base=base(study), n=(n, "count"), n_before=(n_before, "count"), **shares)]


PRICED = """
WITH goods AS (
  SELECT l.item_id, SUM(l.quantity) FILTER ({now}) AS q, SUM(l.paid_amount) FILTER ({now}) AS x,
    SUM(l.quantity) FILTER ({before}) AS q_before, SUM(l.paid_amount) FILTER ({before}) AS x_before
  FROM sold AS s JOIN raw_order_lines AS l ON l.order_id = s.order_id WHERE {either} GROUP BY 1
)
SELECT SUM(x) AS now, SUM(q * x_before / q_before) AS before FROM goods WHERE q > 0 AND q_before > 0"""


def prices(study: Study) -> str:
    """Whether the same goods cost more or less than before, or other goods were sold; "" without order lines."""
    row = asked(study, PRICED).astype(float).iloc[0]
    if not row["now"] > 0 or not row["before"] > 0:
        return ""
    gap = row["now"] / row["before"] - 1
    if abs(gap) < PRICE:
        return happened("other_goods", study.lang)
    return happened("dearer" if gap > 0 else "cheaper", study.lang, gap=(abs(gap), "fraction"))


def refunded(study: Study) -> Event | None:
    """The product or the agent whose completed refunds at least doubled, the clearest one."""
    rows, longer = asked(study, BACK), times(study)
    if rows.empty or not study.available("refund_rate_amount") or not _long_sold(study):
        return None
    whole = rows[rows["kind"] == "all"].iloc[0]
    rows = rows[(rows["kind"] != "all") & (rows["now"] >= LEAST_BACK) & (rows["now"] >= 2 * longer * rows["before"])]
    rows = rows.assign(z=[risen(row.now, row.before, longer) for row in records(rows)])
    rows = rows[rows["z"] >= Z]
    return _came_back(study, rows.loc[rows["z"].idxmax()], whole) if len(rows) else None


def _long_sold(study: Study) -> bool:
    """Whether orders reach back before both periods: refunds of what was sold earlier are known in both or in none."""
    return study.desk.coverage.spans["orders"][0] <= day_number(study.before.start) - RETURNS


def _came_back(study: Study, row: pd.Series, whole: pd.Series) -> Event:
    counts = {key: (row[key], "count") for key in ("now", "before")} | {"amount": (float(row["amount"]), "money")}
    counts |= {"n": (whole["now"], "count"), "n_before": (whole["before"], "count")}
    name = study.names.get(row["id"], row["id"]) if row["kind"] == "agent" else row["title"] or row["id"]
    who = person(name, study.lang) if row["kind"] == "agent" else thing(name)
    return Event(
        happened(f"back_{row['kind']}", study.lang, who=who, base=base(study), **counts), ("refund_rate_amount",)
    )
