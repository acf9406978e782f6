"""A chat as it was said: every line of the buyer's day, whose it is, rounds, waits, and the orders around it.

The buyer's lines go through the engine once more, alone, so that nothing here decides anything by itself.
"""

from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from kpi_helpers.desk import Desk, from_tables
from kpi_helpers.engine import some, within
from kpi_helpers.engine.clock import day_number
from kpi_helpers.errors import KpiError
from kpi_helpers.facts import literals, quote
from kpi_helpers.metrics.rows import rows, shop_time
from kpi_helpers.periods import between
from kpi_helpers.settings import Settings

# Lines of the day, and of sessions booked on it that run past midnight. A second may open or close one round of a pair.
LINES = """
    WITH owned AS (
        SELECT l.row_order, l.pair, c.agent_id, s.day, s.opens, s.closes, s.session_at, NOT l.by_buyer AS human,
            NOT l.by_buyer AND s.machine_lines > 0 AS machine,
            ROW_NUMBER() OVER (PARTITION BY l.pair, l.sent_at, l.by_buyer ORDER BY l.row_order) = 1 AS first_of_second
        FROM lines AS l
        INNER JOIN seconds AS s ON l.pair = s.pair AND l.sent_at = s.sent_at
        INNER JOIN accounts AS c ON l.pair % {accounts} = c.agent
    )
    SELECT m.sent_at, m.sender, COALESCE(o.agent_id, m.agent_id) AS agent, m.text, m.kind,
        COALESCE(o.agent_id = {agent} AND o.day = {day}, FALSE) AS mine, o.session_at,
        COALESCE(o.machine, m.sender IN ('bot')) AS machine,
        CASE WHEN o.opens AND NOT o.human AND o.first_of_second THEN a.round_number END AS opens_round,
        CASE WHEN o.opens AND NOT o.human AND o.first_of_second THEN a.closed_at IS NULL AND a.opened_at > 0 END
            AS unanswered,
        CASE WHEN o.closes AND o.human AND o.first_of_second AND NOT o.machine THEN z.round_number END AS closes_round,
        CASE WHEN o.closes AND o.human AND o.first_of_second AND NOT o.machine THEN z.wait_seconds END AS wait_seconds
    FROM raw_messages AS m
    LEFT JOIN owned AS o ON m.row_order = o.row_order
    LEFT JOIN rounds AS a
        ON a.buyer_id = m.buyer_id AND o.agent_id = a.agent_id AND o.day = a.day AND m.sent_at = a.opened_at
    LEFT JOIN rounds AS z
        ON z.buyer_id = m.buyer_id AND o.agent_id = z.agent_id AND o.day = z.day AND m.sent_at = z.closed_at
    WHERE m.buyer_id = {buyer} AND (day_of(m.sent_at) = {day} OR o.day = {day})
    ORDER BY m.sent_at, m.sender <> 'buyer', m.row_order
"""
ORDERS = """
    SELECT order_id, created_at, paid_at, closed_at, paid_amount, created_agent, created_step, owner, owner_step,
        (SELECT STRING_AGG(a.agent_id, '、' ORDER BY a.agent_id) FROM assists AS a
            WHERE a.order_id = o.order_id) AS assists
    FROM orders AS o
    WHERE buyer_id = {buyer} AND COALESCE(paid_at, created_at) >= day_start({day}) - {before}
        AND created_at < day_start({day} + {after})
    ORDER BY created_at, order_id
"""


@dataclass(frozen=True)
class Transcript:
    """One chat: `lines` and `orders` in time order (shop time), `decided` as `kpi rows` says it.

    lines: sent_at, sender, agent, text, kind, mine (of this chat; others are the buyer's other lines of the day),
    machine, opens_round, unanswered, closes_round, wait_seconds. Names and texts are as they were sent.
    """

    desk: Desk
    buyer: str
    agent: str
    day: date
    lines: pd.DataFrame
    orders: pd.DataFrame
    decided: pd.Series


def transcript(desk: Desk, buyer: str, agent: str, day: date, lang: str = "zh") -> Transcript:
    """The chat of a buyer and an agent on a business day. Raises KpiError when there is none, or no chat lines."""
    if "messages" not in desk.coverage.spans:
        raise KpiError(
            f"{desk.shop} has no chats in the store, only tables of numbers; read chat exports with kpi ingest"
        )
    alone = _alone(desk, buyer, day_number(day))
    found = rows("consulted_buyers", alone, between(day, day), agent, lang=lang, unmask=True)
    if found.empty:
        raise KpiError(f"there is no chat of this buyer with {agent} on {day}")
    given = literals(desk.settings) | {"buyer": quote(buyer), "agent": quote(agent), "day": str(day_number(day))}
    lines = _timed(alone, LINES.format(**given), ["sent_at", "session_at"])
    reach = {"before": given["after_sales_seconds"], "after": 1 + desk.settings.final_delay_days}
    orders = _timed(alone, ORDERS.format(**given, **reach), ["created_at", "paid_at", "closed_at"])
    return Transcript(alone, buyer, agent, day, lines, orders, found.iloc[0])


def _alone(desk: Desk, buyer: str, day: int) -> Desk:
    """A desk of one buyer around a day, in memory."""
    back, ahead = within.reach(desk.settings)
    tables = some.tables(desk.con, f"SELECT {quote(buyer)}", desk.messages(day - 2 * back, day + 2 * ahead))
    made = from_tables(tables, desk.shop, Settings(desk.settings.values | {"engine": "duckdb"}))
    return replace(made, settings=desk.settings, coverage=desk.coverage, home=desk.home)


def _timed(desk: Desk, sql: str, times: list[str]) -> pd.DataFrame:
    frame = desk.con.execute(sql).df()
    return frame.assign(**{name: shop_time(frame[name], desk) for name in times})
