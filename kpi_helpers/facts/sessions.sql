-- The sessions of received chats.
SELECT s.*, hour_of(f.first_at) AS hour
FROM all_sessions AS s
INNER JOIN filtered AS f USING (buyer_id, agent_id, day)
WHERE f.dropped IS NULL
