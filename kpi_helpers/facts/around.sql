-- Of buyers who wrote to nobody in particular: those lines, and the human and robot lines that may explain them, in order.
WITH homeless AS (
    SELECT DISTINCT buyer_id FROM messages WHERE agent_id = '' AND sender = 'buyer'
)
SELECT
    m.buyer_id, m.agent_id, m.sent_at, m.message_id, m.row_order, m.text,
    CASE WHEN m.sender = 'buyer' THEN 0 ELSE 1 END AS turn,
    m.sender IN $human_senders AND m.agent_id <> '' AS by_human,
    (m.sender IN $human_senders AND m.agent_id <> '') OR m.sender = 'bot' AS anchor
FROM messages AS m
INNER JOIN homeless AS h ON m.buyer_id = h.buyer_id
WHERE (m.sender IN $human_senders AND m.agent_id <> '') OR (m.sender IN ('buyer', 'bot') AND m.agent_id = '')
ORDER BY m.buyer_id, m.sent_at, turn, m.message_id, m.row_order
