-- Human seconds before the chat's first buyer line: what may have reminded a buyer of an order (section 4).
SELECT f.buyer_id, f.agent_id, f.day, s.session_at, s.sent_at
FROM filtered AS f
INNER JOIN seconds AS s ON f.pair = s.pair AND f.day = s.day
WHERE s.agent_lines > 0 AND (f.first_buyer_at IS NULL OR s.sent_at < f.first_buyer_at)
    AND (f.first_buyer_at IS NULL OR f.first_human_at < f.first_buyer_at)
