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
-- An order export and the list of refunds speak of the same money: where an order has refunds of its own, what its
-- order export printed gives way.
WHERE r.refund_id <> CONCAT(r.order_id, ':refund')
    OR r.order_id NOT IN (SELECT own.order_id FROM raw_refunds AS own WHERE own.refund_id <> CONCAT(own.order_id, ':refund'))
