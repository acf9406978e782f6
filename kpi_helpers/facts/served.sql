-- Each chat with everything that messages decide about it; what orders decide comes in `chats`.
WITH slow AS (
    SELECT pair, day, COUNT(*) FILTER (WHERE slow) >= $slow_count AS slow
    FROM counted
    WHERE slow OR $slow_count < 1
    GROUP BY pair, day
)
SELECT
    b.buyer_id, c.agent_id, f.day, hour_of(f.first_at) AS hour, f.first_at, f.last_at, f.first_buyer_at,
    f.dropped, f.dropped IS NULL AS received,
    f.buyer_messages, f.agent_messages, f.bot_messages, f.machine_messages, f.agent_characters,
    f.sessions, f.reception_seconds, f.answered,
    f.reception_seconds > $long_reception_seconds AS long_reception,
    COALESCE(s.slow, FALSE) AS slow
FROM filtered AS f
INNER JOIN buyers AS b ON f.pair - f.pair % $accounts = b.buyer
INNER JOIN accounts AS c ON f.pair % $accounts = c.agent
LEFT JOIN slow AS s ON f.pair = s.pair AND f.day = s.day
