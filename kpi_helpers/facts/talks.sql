-- Each chat before any filter.
SELECT
    s.*,
    COALESCE(t.closing, FALSE) AS closing_tail,
    s.machine_messages + COALESCE(b.bot_lines, 0) AS bot_messages
FROM said AS s
LEFT JOIN tails AS t ON s.pair = t.pair AND s.day = t.day
LEFT JOIN bots AS b ON s.pair = b.pair AND s.day = b.day
