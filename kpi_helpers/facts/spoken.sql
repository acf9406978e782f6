-- One row per pair and second with a line, in order.
SELECT
    pair, sent_at,
    COUNT(*) FILTER (WHERE by_buyer) AS buyer_lines,
    COUNT(*) FILTER (WHERE NOT by_buyer) AS human_lines,
    CAST(SUM(characters) AS BIGINT) AS characters
FROM lines
GROUP BY pair, sent_at
ORDER BY pair, sent_at
