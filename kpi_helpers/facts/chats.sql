-- The unit of every 人数: one buyer, one agent, one business day, with everything that was decided about it.
WITH slow AS (
    SELECT buyer_id, agent_id, day, COUNT(*) FILTER (WHERE slow) >= $slow_count AS slow
    FROM rounds
    GROUP BY buyer_id, agent_id, day
)
SELECT
    f.buyer_id, f.agent_id, f.day, hour_of(f.first_at) AS hour, f.first_at, f.last_at, f.first_buyer_at,
    f.dropped, f.dropped IS NULL AS received,
    f.buyer_messages, f.agent_messages, f.bot_messages, f.machine_messages, f.agent_characters,
    f.sessions, f.reception_seconds, f.answered,
    f.reception_seconds > $long_reception_seconds AS long_reception,
    COALESCE(s.slow, FALSE) AS slow,
    o.buyer_id IS NOT NULL AND ((NOT o.awaiting_payment AND NOT o.recently_paid) OR o.ordered) AS inquiry,
    CASE
        WHEN f.dropped IS NOT NULL THEN 'dropped'
        WHEN o.buyer_id IS NULL THEN 'no buyer line'
        WHEN o.ordered THEN 'ordered in the window'
        WHEN o.awaiting_payment THEN 'after-sales: an order awaited payment'
        WHEN o.recently_paid THEN 'after-sales: paid recently'
        ELSE 'no recent order'
    END AS inquiry_reason,
    o.ordered, o.ordered_same_day, o.paid_next_day, o.paid, o.mine, o.mine_same_day, o.mine_paid_next_day, o.mine_paid,
    o.any_paid,
    CASE WHEN o.mine THEN 'mine' WHEN o.ordered THEN 'elsewhere' ELSE 'lost' END AS outcome
FROM filtered AS f
LEFT JOIN outcomes AS o USING (buyer_id, agent_id, day)
LEFT JOIN slow AS s USING (buyer_id, agent_id, day)
