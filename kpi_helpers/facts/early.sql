-- Human seconds before the chat's first buyer line: what may have reminded a buyer of an order (section 4).
SELECT s.pair, s.day, s.session_at, s.sent_at
FROM said AS c
INNER JOIN seconds AS s ON c.pair = s.pair AND c.day = s.day
WHERE s.agent_lines > 0 AND (c.first_buyer_at IS NULL OR s.sent_at < c.first_buyer_at)
    AND (c.first_buyer_at IS NULL OR c.first_human_at < c.first_buyer_at)
