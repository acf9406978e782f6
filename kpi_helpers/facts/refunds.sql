-- Refunds with the owner of the sale they undo. Without any time an export told us only that money went back: such a
-- refund counts for the sales it belongs to (net sales), never for a day.
SELECT
    r.refund_id, r.order_id, o.buyer_id, COALESCE(o.owner, '(silent)') AS agent_id, r.amount, r.quantity,
    r.applied_at, r.completed_at, r.stage, r.kind, r.closed_by, r.reason,
    COALESCE(r.platform_intervened, FALSE) AS platform_intervened,
    day_of(r.applied_at) AS applied_day,
    day_of(r.completed_at) AS day,
    hour_of(r.completed_at) AS hour,
    CAST(r.completed_at - r.applied_at AS DOUBLE) / 3600 AS hours_to_complete,
    r.completed_at IS NOT NULL OR r.applied_at IS NULL AS completed
FROM raw_refunds AS r
LEFT JOIN orders AS o ON r.order_id = o.order_id
