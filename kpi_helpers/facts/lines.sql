-- Buyer and human lines by pair.
SELECT p.pair, a.by_buyer, a.sent_at, a.row_order, a.text, a.characters
FROM assigned AS a
INNER JOIN pairs AS p ON a.buyer_id = p.buyer_id AND a.agent_id = p.agent_id
