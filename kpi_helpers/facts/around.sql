-- Of buyers who wrote to nobody in particular: those lines, and the lines of humans and robots that may explain them,
-- in order.
WITH homeless AS (
    SELECT DISTINCT buyer FROM messages WHERE agent = 0 AND sender = 'buyer'
)
SELECT
    m.buyer, m.agent, m.sent_at, m.message_id, m.row_order, m.text,
    CASE WHEN m.sender = 'buyer' THEN 0 ELSE 1 END AS turn,
    m.sender IN $human_senders AND m.agent > 0 AS by_human,
    (m.sender IN $human_senders AND m.agent > 0) OR m.sender = 'bot' AS anchor
FROM messages AS m
INNER JOIN homeless AS h ON m.buyer = h.buyer
WHERE (m.sender IN $human_senders AND m.agent > 0) OR (m.sender IN ('buyer', 'bot') AND m.agent = 0)
ORDER BY m.buyer, m.sent_at, turn, m.message_id, m.row_order
