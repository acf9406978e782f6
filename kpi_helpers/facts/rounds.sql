-- The rounds that count, with what is asked of them.
SELECT
    buyer_id, agent_id, day, opened_at, closed_at,
    closed_at - opened_at AS wait_seconds,
    round_number,
    hour_of(opened_at) AS hour,
    round_number = 1 AS first_round,
    CASE
        WHEN $cap600 THEN LEAST(COALESCE(closed_at - opened_at, 600), 600)
        ELSE closed_at - opened_at
    END AS counted_wait_seconds,
    closed_at IS NULL OR closed_at - opened_at > $slow_seconds AS slow
FROM waits
