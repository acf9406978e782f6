-- One row per message, aliases resolved; without a message_id, equal rows are one message (section 1).
-- Only buyers' texts are kept: they may be closings. The two kinds of rows are read apart, so that a table in which all
-- messages have an id (its statistics say so) is read once.
WITH with_id AS (
    SELECT m.*, b.buyer, COALESCE(c.agent, 0) AS agent
    FROM raw_messages AS m
    INNER JOIN buyers AS b ON m.buyer_id = b.buyer_id
    LEFT JOIN aliases AS a
        ON m.agent_id = a.alias_id AND day_of(m.sent_at) >= a.from_day AND day_of(m.sent_at) < a.to_day
    LEFT JOIN accounts AS c ON COALESCE(a.agent_id, m.agent_id) = c.agent_id
    WHERE m.message_id IS NOT NULL AND m.message_id <> ''
),
without_id AS (
    SELECT m.*, b.buyer, COALESCE(c.agent, 0) AS agent
    FROM raw_messages AS m
    INNER JOIN buyers AS b ON m.buyer_id = b.buyer_id
    LEFT JOIN aliases AS a
        ON m.agent_id = a.alias_id AND day_of(m.sent_at) >= a.from_day AND day_of(m.sent_at) < a.to_day
    LEFT JOIN accounts AS c ON COALESCE(a.agent_id, m.agent_id) = c.agent_id
    WHERE m.message_id IS NULL OR m.message_id = ''
)
SELECT
    message_id, buyer, agent, sender, sent_at, row_order,
    CASE WHEN sender = 'buyer' THEN text END AS text,
    CASE WHEN sender = 'buyer' THEN 0 ELSE COALESCE(LENGTH(text), 0) END AS characters
FROM with_id
UNION ALL
SELECT
    '' AS message_id, buyer, agent, sender, sent_at, MAX(row_order) AS row_order,
    CASE WHEN sender = 'buyer' THEN without_id.text END AS text,
    CASE WHEN sender = 'buyer' THEN 0 ELSE COALESCE(LENGTH(without_id.text), 0) END AS characters
FROM without_id
GROUP BY buyer, agent, sender, sent_at, without_id.text, kind
