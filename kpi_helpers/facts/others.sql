-- Machine, system and note lines under an agent's account: of the chat whose session they fall into, else of that
-- agent's chat of the day, if there is one.
WITH silent_lines AS (
    SELECT buyer_id, agent_id, sender, sent_at, row_order FROM messages
    WHERE agent_id <> '' AND sender <> 'buyer' AND NOT sender IN $human_senders
)
SELECT o.buyer_id, o.agent_id, o.sender, o.row_order, COALESCE(MIN(s.day), day_of(o.sent_at)) AS day
FROM silent_lines AS o
LEFT JOIN all_sessions AS s
    ON o.buyer_id = s.buyer_id AND o.agent_id = s.agent_id
    AND o.sent_at >= s.started_at AND o.sent_at <= s.ended_at
GROUP BY o.buyer_id, o.agent_id, o.sender, o.row_order, o.sent_at
