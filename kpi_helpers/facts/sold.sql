-- Paid orders as the attribution rule books them, with what has come back of them since.
WITH returned AS (
    SELECT order_id, SUM(amount) AS refunded FROM refunds WHERE completed GROUP BY order_id
)
SELECT
    o.order_id, o.buyer_id, o.owner AS agent_id, o.owner_step, o.booked_day AS day, hour_of(o.booked_at) AS hour,
    o.paid_day, o.created_at, o.paid_at, o.paid_amount, o.items,
    COALESCE(r.refunded, 0) AS refunded, r.order_id IS NOT NULL AS was_refunded
FROM orders AS o
LEFT JOIN returned AS r ON o.order_id = r.order_id
WHERE o.booked_at IS NOT NULL
