-- Buyer and human lines of every pair of buyer and agent.
SELECT buyer + agent AS pair, TRUE AS by_buyer, sent_at, row_order, text, 0 AS characters
FROM assigned
UNION ALL
SELECT
    buyer + CASE WHEN agent = 0 THEN 1 ELSE agent END AS pair,
    sender = 'buyer' AS by_buyer, sent_at, row_order, text, characters
FROM messages
WHERE sender IN $human_senders OR (sender = 'buyer' AND agent > 0)
