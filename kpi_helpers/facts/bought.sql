-- Orders with what they are worth (an amount without a payment time is no sale) and how many items they have.
WITH line_items AS (
    -- Only asked of orders that do not say it themselves.
    SELECT l.order_id, CAST(SUM(l.quantity) AS BIGINT) AS quantity
    FROM raw_order_lines AS l
    INNER JOIN raw_orders AS o ON l.order_id = o.order_id
    WHERE o.item_count IS NULL
    GROUP BY l.order_id
)
SELECT
    o.order_id, o.buyer_id, o.created_at, o.paid_at, o.closed_at,
    CASE WHEN o.paid_at IS NOT NULL THEN COALESCE(o.paid_amount, 0) ELSE 0 END AS paid_amount,
    COALESCE(o.item_count, i.quantity) AS items
FROM raw_orders AS o
LEFT JOIN line_items AS i ON o.order_id = i.order_id
