-- Chats whose last word is the buyer's, and whether every one of those last lines is a closing (section 5).
-- Only these few lines need their text.
WITH ends AS (
    SELECT
        buyer_id, agent_id, day,
        MAX(sent_at) AS last_at,
        COALESCE(MAX(CASE WHEN agent_lines > 0 THEN sent_at END), -1) AS last_human_at
    FROM seconds
    GROUP BY buyer_id, agent_id, day
    HAVING MAX(CASE WHEN buyer_lines > 0 THEN sent_at ELSE -1 END)
        > COALESCE(MAX(CASE WHEN agent_lines > 0 THEN sent_at END), -1)
),
first_at AS (
    SELECT buyer_id, agent_id, day, MIN(sent_at) AS first_at FROM seconds GROUP BY buyer_id, agent_id, day
),
last_lines AS (
    SELECT e.buyer_id, e.agent_id, e.day, l.row_order
    FROM ends AS e
    INNER JOIN first_at AS f USING (buyer_id, agent_id, day)
    INNER JOIN lines AS l
        ON e.buyer_id = l.buyer_id AND e.agent_id = l.agent_id
        AND l.sender = 'buyer' AND l.sent_at > e.last_human_at AND l.sent_at >= f.first_at AND l.sent_at <= e.last_at
)
SELECT
    t.buyer_id, t.agent_id, t.day,
    MIN(CASE WHEN m.text IS NOT NULL AND REGEXP_MATCHES(
        REGEXP_REPLACE(LOWER(m.text), '[^\p{L}\p{N}]+', '', 'g'), $closing_pattern
    ) THEN 1 ELSE 0 END) = 1 AS closing
FROM last_lines AS t
INNER JOIN raw_messages AS m USING (row_order)
GROUP BY t.buyer_id, t.agent_id, t.day
