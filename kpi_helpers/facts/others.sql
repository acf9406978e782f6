-- Machine, system and note lines under an agent's account: of the chat whose session they fall into, else of that
-- agent's chat of the day, if there is one.
WITH silent_lines AS (
    SELECT buyer, agent, sender, sent_at, row_order FROM messages
    WHERE agent > 0 AND sender <> 'buyer' AND NOT sender IN $human_senders
)
SELECT
    b.buyer_id, c.agent_id, o.buyer + o.agent AS pair, o.sender, o.row_order,
    COALESCE(MIN(s.day), day_of(o.sent_at)) AS day
FROM silent_lines AS o
INNER JOIN buyers AS b ON o.buyer = b.buyer
INNER JOIN accounts AS c ON o.agent = c.agent
LEFT JOIN all_sessions AS s
    ON o.buyer + o.agent = s.pair AND o.sent_at >= s.started_at AND o.sent_at <= s.ended_at
GROUP BY b.buyer_id, c.agent_id, o.buyer, o.agent, o.sender, o.row_order, o.sent_at
