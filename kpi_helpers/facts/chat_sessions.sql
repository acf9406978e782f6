-- Every session with what attribution and peaks ask of its chat.
SELECT
    b.buyer_id, c.agent_id, s.day, s.started_at, s.ended_at, s.first_human_at,
    f.first_buyer_at, f.advert, f.dropped IS NULL AS received, hour_of(f.first_at) AS hour
FROM all_sessions AS s
INNER JOIN filtered AS f ON s.pair = f.pair AND s.day = f.day
INNER JOIN buyers AS b ON s.pair - s.pair % $accounts = b.buyer
INNER JOIN accounts AS c ON s.pair % $accounts = c.agent
