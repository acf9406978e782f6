-- The unit of every 人数: one buyer, one agent, one business day, with everything that was decided about it. What orders
-- say is NULL where it is not asked.
WITH judged AS (
    SELECT
        s.*,
        s.received AND s.first_buyer_at IS NOT NULL AS asked,
        o.ordered, o.ordered_same_day, o.paid_next_day, o.paid, o.mine, o.mine_same_day, o.mine_paid_next_day,
        o.mine_paid, o.any_paid, o.awaiting_payment, o.recently_paid
    FROM served AS s
    LEFT JOIN outcomes AS o ON s.buyer_id = o.buyer_id AND s.agent_id = o.agent_id AND s.day = o.day
)
SELECT
    buyer_id, agent_id, day, hour, first_at, last_at, first_buyer_at, dropped, received, buyer_messages,
    agent_messages, bot_messages, machine_messages, agent_characters, sessions, reception_seconds, answered,
    long_reception, slow,
    asked AND (COALESCE(ordered, FALSE) OR NOT COALESCE(awaiting_payment OR recently_paid, FALSE)) AS inquiry,
    CASE
        WHEN dropped IS NOT NULL THEN 'dropped'
        WHEN NOT asked THEN 'no buyer line'
        WHEN ordered THEN 'ordered in the window'
        WHEN awaiting_payment THEN 'after-sales: an order awaited payment'
        WHEN recently_paid THEN 'after-sales: paid recently'
        ELSE 'no recent order'
    END AS inquiry_reason,
    CASE WHEN asked THEN COALESCE(ordered, FALSE) END AS ordered,
    CASE WHEN asked THEN COALESCE(ordered_same_day, FALSE) END AS ordered_same_day,
    CASE WHEN asked THEN COALESCE(paid_next_day, FALSE) END AS paid_next_day,
    CASE WHEN asked THEN COALESCE(paid, FALSE) END AS paid,
    CASE WHEN asked THEN COALESCE(mine, FALSE) END AS mine,
    CASE WHEN asked THEN COALESCE(mine_same_day, FALSE) END AS mine_same_day,
    CASE WHEN asked THEN COALESCE(mine_paid_next_day, FALSE) END AS mine_paid_next_day,
    CASE WHEN asked THEN COALESCE(mine_paid, FALSE) END AS mine_paid,
    CASE WHEN asked THEN COALESCE(any_paid, FALSE) END AS any_paid,
    CASE WHEN mine THEN 'mine' WHEN ordered THEN 'elsewhere' ELSE 'lost' END AS outcome
FROM judged
