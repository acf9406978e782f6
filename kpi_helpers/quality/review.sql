-- What the findings look at, of business days [$start, $end).
WITH daily AS (
    SELECT CAST(day - DATE '1970-01-01' AS INT) AS day, agent_id, report, fact, value, basis
    FROM raw_agent_daily
    WHERE CAST(day - DATE '1970-01-01' AS INT) >= $start AND CAST(day - DATE '1970-01-01' AS INT) < $end
),
best AS (
    SELECT day, agent_id, fact, MAX(value) AS value FROM daily GROUP BY day, agent_id, fact
),
placed_then AS (
    SELECT *, day_of(created_at) AS day FROM raw_orders WHERE day_of(created_at) >= $start AND day_of(created_at) < $end
),
returned AS (
    SELECT order_id, SUM(amount) AS amount FROM raw_refunds
    WHERE completed_at IS NOT NULL OR applied_at IS NULL
    GROUP BY order_id
),
applied AS (
    SELECT *, day_of(COALESCE(applied_at, completed_at)) AS day FROM raw_refunds
    WHERE day_of(COALESCE(applied_at, completed_at)) >= $start AND day_of(COALESCE(applied_at, completed_at)) < $end
),
summed_lines AS (
    SELECT order_id, SUM(paid_amount) AS amount FROM raw_order_lines GROUP BY order_id
)
