-- Sessions that could have secured an order or its payment (section 4): of the buyer, a conversation at or before the
-- event, under way at the event or ended within the window before it.
WITH events AS (
    SELECT order_id, buyer_id, 'created' AS event, created_at AS happened_at, created_at FROM raw_orders WHERE buyer_id IS NOT NULL
    UNION ALL
    SELECT order_id, buyer_id, 'paid' AS event, paid_at AS happened_at, created_at FROM raw_orders
    WHERE buyer_id IS NOT NULL AND paid_at IS NOT NULL
),
able AS (
    SELECT * FROM chat_sessions WHERE NOT advert AND agent_id <> '(unassigned)'
),
near AS (
    SELECT e.order_id, e.event, e.happened_at, e.created_at, a.*
    FROM events AS e
    INNER JOIN able AS a
        ON e.buyer_id = a.buyer_id AND a.first_human_at <= e.happened_at
        AND a.ended_at >= e.happened_at - $attribution_window_seconds
),
reminders AS (
    -- A session the buyer never wrote in still counts for the payment of an order it came after.
    SELECT DISTINCT n.order_id, n.agent_id, n.started_at
    FROM near AS n
    INNER JOIN openers AS x
        ON n.buyer_id = x.buyer_id AND n.agent_id = x.agent_id AND n.started_at = x.session_at
        AND x.sent_at > n.created_at AND x.sent_at <= n.happened_at
    WHERE n.event = 'paid' AND (n.first_buyer_at IS NULL OR n.first_buyer_at > n.happened_at)
)
SELECT
    n.order_id, n.event, n.buyer_id, n.agent_id, n.started_at, n.ended_at,
    n.ended_at >= n.happened_at AS under_way
FROM near AS n
LEFT JOIN reminders AS r
    ON n.event = 'paid' AND n.order_id = r.order_id AND n.agent_id = r.agent_id AND n.started_at = r.started_at
WHERE n.first_buyer_at <= n.happened_at OR r.order_id IS NOT NULL
