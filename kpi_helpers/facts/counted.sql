-- The rounds that count (section 5): of received chats; an unanswered last round of closings only is none.
SELECT
    r.pair, r.day, r.opened_at, r.closed_at, r.round_number,
    r.closed_at IS NULL OR r.closed_at - r.opened_at > $slow_seconds AS slow
FROM all_rounds AS r
INNER JOIN filtered AS f ON r.pair = f.pair AND r.day = f.day
WHERE f.dropped IS NULL AND NOT ($ignore_closing_lines AND r.closed_at IS NULL AND f.closing_tail)
