-- Each chat with everything that messages decide about it; what orders decide comes in `chats`.
WITH slow AS (
    SELECT buyer_id, agent_id, day, COUNT(*) FILTER (WHERE slow) >= $slow_count AS slow
    FROM rounds
    GROUP BY buyer_id, agent_id, day
)
SELECT
    f.buyer_id, f.agent_id, f.day, hour_of(f.first_at) AS hour, f.first_at, f.last_at, f.first_buyer_at,
    f.dropped, f.dropped IS NULL AS received,
    f.buyer_messages, f.agent_messages, f.bot_messages, f.machine_messages, f.agent_characters,
    f.sessions, f.reception_seconds, f.answered,
    f.reception_seconds > $long_reception_seconds AS long_reception,
    COALESCE(s.slow, FALSE) AS slow
FROM filtered AS f
LEFT JOIN slow AS s USING (buyer_id, agent_id, day)
