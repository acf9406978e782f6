-- The unit of every 人数: one buyer, one agent, one business day, with everything that was decided about it.
SELECT
    s.*,
    o.buyer_id IS NOT NULL AND ((NOT o.awaiting_payment AND NOT o.recently_paid) OR o.ordered) AS inquiry,
    CASE
        WHEN s.dropped IS NOT NULL THEN 'dropped'
        WHEN o.buyer_id IS NULL THEN 'no buyer line'
        WHEN o.ordered THEN 'ordered in the window'
        WHEN o.awaiting_payment THEN 'after-sales: an order awaited payment'
        WHEN o.recently_paid THEN 'after-sales: paid recently'
        ELSE 'no recent order'
    END AS inquiry_reason,
    o.ordered, o.ordered_same_day, o.paid_next_day, o.paid, o.mine, o.mine_same_day, o.mine_paid_next_day, o.mine_paid,
    o.any_paid,
    CASE WHEN o.mine THEN 'mine' WHEN o.ordered THEN 'elsewhere' ELSE 'lost' END AS outcome
FROM served AS s
LEFT JOIN outcomes AS o USING (buyer_id, agent_id, day)
