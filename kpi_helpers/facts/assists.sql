-- Agents who served the buyer in the window without owning the order (协助); shown beside sales, never added.
SELECT DISTINCT c.order_id, c.agent_id, o.buyer_id, o.booked_day AS day, hour_of(o.booked_at) AS hour, o.paid_amount,
    o.created_day
FROM candidates AS c
INNER JOIN orders AS o USING (order_id)
WHERE o.booked_at IS NOT NULL AND c.agent_id <> o.owner
