-- Ratings under the agent who was rated, aliases resolved, on the day they were given.
SELECT
    r.buyer_id, COALESCE(a.agent_id, r.agent_id) AS agent_id, r.rated_at, r.score,
    day_of(r.rated_at) AS day, hour_of(r.rated_at) AS hour
FROM raw_ratings AS r
LEFT JOIN aliases AS a
    ON r.agent_id = a.alias_id AND day_of(r.rated_at) >= a.from_day AND day_of(r.rated_at) < a.to_day
