-- The buyer's lines after the last human line of a chat.
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
SELECT e.pair, e.day, l.text
FROM ends AS e
INNER JOIN lines AS l
    ON e.pair = l.pair AND l.sent_at > e.last_human_at AND l.sent_at <= e.last_buyer_at
WHERE l.by_buyer
