-- Every session with what attribution and peaks ask of its chat.
SELECT
    s.buyer_id, s.agent_id, s.day, s.started_at, s.ended_at, s.first_human_at,
    f.first_buyer_at, f.advert, f.dropped IS NULL AS received, hour_of(f.first_at) AS hour
FROM all_sessions AS s
INNER JOIN filtered AS f ON s.pair = f.pair AND s.day = f.day
