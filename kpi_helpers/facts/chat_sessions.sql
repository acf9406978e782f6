-- Every session with what attribution and peaks ask of its chat.
SELECT s.*, f.first_buyer_at, f.advert, f.dropped IS NULL AS received, hour_of(f.first_at) AS hour
FROM all_sessions AS s
INNER JOIN filtered AS f USING (buyer_id, agent_id, day)
