-- One row per message, aliases resolved; without a message_id, equal rows are one message (section 1).
-- Buyers sort before the others within a second (section 2).
WITH resolved AS (
    SELECT
        COALESCE(m.message_id, '') AS message_id,
        m.buyer_id,
        COALESCE(a.agent_id, m.agent_id, '') AS agent_id,
        m.sender,
        m.sent_at,
        m.text,
        m.kind,
        m.row_order
    FROM raw_messages AS m
    LEFT JOIN aliases AS a
        ON m.agent_id = a.alias_id AND day_of(m.sent_at) >= a.from_day AND day_of(m.sent_at) < a.to_day
)
SELECT
    message_id, buyer_id, agent_id, sender, sent_at, row_order,
    CASE WHEN sender = 'buyer' THEN 0 ELSE 1 END AS turn,
    COALESCE(LENGTH(text), 0) AS characters
FROM resolved
WHERE message_id <> ''
UNION ALL
SELECT
    '' AS message_id, buyer_id, agent_id, sender, sent_at, MAX(row_order) AS row_order,
    CASE WHEN sender = 'buyer' THEN 0 ELSE 1 END AS turn,
    COALESCE(LENGTH(text), 0) AS characters
FROM resolved
WHERE message_id = ''
GROUP BY buyer_id, agent_id, sender, sent_at, text, kind
