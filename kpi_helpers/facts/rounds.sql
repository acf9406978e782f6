-- The rounds that count (section 5): of received chats; an unanswered last round of closings only is none.
SELECT
    f.buyer_id, f.agent_id, f.day, r.opened_at, r.closed_at, r.wait_seconds, r.round_number,
    hour_of(r.opened_at) AS hour,
    r.round_number = 1 AS first_round,
    CASE WHEN $cap600 THEN LEAST(COALESCE(r.wait_seconds, 600), 600) ELSE r.wait_seconds END AS counted_wait_seconds,
    r.wait_seconds IS NULL OR r.wait_seconds > $slow_seconds AS slow
FROM all_rounds AS r
INNER JOIN filtered AS f ON r.pair = f.pair AND r.day = f.day
WHERE f.dropped IS NULL AND NOT ($ignore_closing_lines AND r.closed_at IS NULL AND f.closing_tail)
