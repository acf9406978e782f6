-- Chats whose last word is the buyer's, and whether every one of those last lines is a closing (section 5).
WITH ends AS (
    SELECT
        pair, day,
        MIN(started_at) AS first_at,
        MAX(last_buyer_at) AS last_buyer_at,
        COALESCE(MAX(last_human_at), MIN(started_at) - 1) AS last_human_at
    FROM all_sessions
    GROUP BY pair, day
    HAVING MAX(last_buyer_at) > COALESCE(MAX(last_human_at), MIN(started_at) - 1)
)
SELECT
    e.pair, e.day,
    MIN(CASE WHEN l.text IS NOT NULL AND REGEXP_MATCHES(
        REGEXP_REPLACE(LOWER(l.text), '[^\p{L}\p{N}]+', '', 'g'), $closing_pattern
    ) THEN 1 ELSE 0 END) = 1 AS closing
FROM ends AS e
INNER JOIN lines AS l
    ON e.pair = l.pair AND l.sent_at > e.last_human_at AND l.sent_at <= e.last_buyer_at
WHERE l.by_buyer
GROUP BY e.pair, e.day
