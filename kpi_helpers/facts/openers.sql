-- Human seconds before the chat's first buyer line: what may have reminded a buyer of an order (section 4).
SELECT s.buyer_id, s.agent_id, s.day, s.session_at, s.sent_at
FROM seconds AS s
INNER JOIN filtered AS f USING (buyer_id, agent_id, day)
WHERE s.agent_lines > 0 AND (f.first_buyer_at IS NULL OR s.sent_at < f.first_buyer_at)
