"""The facts of the engine per agent and day, as one would write them in a data-frame library, in whole columns.

`engine.py` compares every number with the engine's. Default settings; not here, because the benchmark's shop has none:
aliases, machine lines under an agent's account, adverts, messages without an id.
"""

GAP, SLOW, WINDOW, CHINA = 600, 180, 48 * 3600, 8 * 3600
COLUMNS = ["buyer_id", "agent_id", "sender", "sent_at", "text"]
ORDERS = ["order_id", "buyer_id", "created_at", "paid_at", "paid_amount", "item_count", "closed_at"]
NOBODY, SILENT = "(unassigned)", "(silent)"
DAY = 86_400
SUMS = [
    "buyer_messages", "agent_messages", "bot_messages", "agent_characters", "answered_buyers", "sessions",
    "reception_seconds", "rounds", "answered_rounds", "wait_seconds", "first_wait_seconds", "within_30s", "within_3min",
    "slow", "inquiry", "ordered", "mine", "mine_same_day", "mine_paid_next_day", "mine_paid", "any_paid", "elsewhere",
    "lost",
]  # fmt: skip
# The same from the engine's unit tables.
ENGINE = """
WITH turns AS (
    SELECT buyer_id, agent_id, day, COUNT(*) AS rounds, COUNT(wait_seconds) AS answered_rounds,
        SUM(wait_seconds) AS wait_seconds, SUM(CASE WHEN first_round THEN wait_seconds END) AS first_wait_seconds,
        COUNT(*) FILTER (WHERE wait_seconds <= 30) AS within_30s,
        COUNT(*) FILTER (WHERE wait_seconds <= 180) AS within_3min
    FROM rounds GROUP BY ALL
), edges AS (
    SELECT agent_id, day, SUM(step) OVER (
        PARTITION BY agent_id, day ORDER BY moment, step DESC ROWS UNBOUNDED PRECEDING) AS now
    FROM (SELECT agent_id, day, started_at AS moment, 1 AS step FROM sessions
        UNION ALL SELECT agent_id, day, ended_at, -1 FROM sessions)
), served_by AS (
    SELECT agent_id, day, COUNT(*) FILTER (WHERE received) AS received_buyers, COUNT(*) AS consulted_buyers, {sums}
    FROM (SELECT *, answered AS answered_buyers, outcome = 'elsewhere' AND inquiry AS elsewhere,
            outcome = 'lost' AND inquiry AS lost FROM chats) AS c
    LEFT JOIN turns USING (buyer_id, agent_id, day) GROUP BY ALL
)
SELECT * FROM served_by
FULL JOIN (SELECT agent_id, day, MAX(now) AS peak FROM edges GROUP BY ALL) USING (agent_id, day)
FULL JOIN (SELECT agent_id, day, COUNT(*) AS orders_created, COUNT(*) FILTER (WHERE paid_in_time) AS orders_created_paid
    FROM placed GROUP BY ALL) USING (agent_id, day)
FULL JOIN (SELECT agent_id, day, COUNT(*) AS orders_paid, SUM(paid_amount) AS sales, SUM(items) AS items,
    COUNT(DISTINCT buyer_id) AS paying_buyers FROM sold GROUP BY ALL) USING (agent_id, day)
""".format(sums=", ".join(f"SUM(CAST({name} AS BIGINT)) FILTER (WHERE received) AS {name}" for name in SUMS))


def differences(found, expected) -> list[str]:
    """Facts in which two frames differ, for any agent and day."""
    one, other = (frame.set_index(["agent_id", "day"]).astype(float).sort_index() for frame in (found, expected))
    if not one.index.equals(other.index):
        return [f"{len(one)} rows, {len(other)} expected"]
    return [name for name in other if ((one[name] - other[name]).abs() > 1e-6).any()]
