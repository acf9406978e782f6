-- Ratings under the agent who was rated, aliases resolved before keys are compared, on the day they were given.
WITH resolved AS (
    SELECT
        r.buyer_id, COALESCE(a.agent_id, r.agent_id) AS agent_id, r.rated_at, r.score, r.row_order,
        day_of(r.rated_at) AS day, hour_of(r.rated_at) AS hour
    FROM raw_ratings AS r
    LEFT JOIN aliases AS a
        ON r.agent_id = a.alias_id AND day_of(r.rated_at) >= a.from_day AND day_of(r.rated_at) < a.to_day
),
latest AS (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY buyer_id, agent_id, rated_at ORDER BY row_order DESC) AS place
    FROM resolved
)
SELECT buyer_id, agent_id, rated_at, score, day, hour
FROM latest
WHERE place = 1
