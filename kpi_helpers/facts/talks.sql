-- One row per chat (one buyer, one agent, one business day) with what was said in it, before any filter.
WITH said AS (
    SELECT
        pair, day,
        MIN(buyer_id) AS buyer_id,
        MIN(agent_id) AS agent_id,
        MIN(started_at) AS first_at,
        MAX(ended_at) AS last_at,
        MIN(first_buyer_at) AS first_buyer_at,
        MIN(first_human_at) AS first_human_at,
        MAX(last_human_at) AS last_human_at,
        CAST(SUM(buyer_messages) AS BIGINT) AS buyer_messages,
        CAST(SUM(agent_messages) AS BIGINT) AS agent_messages,
        CAST(SUM(machine_messages) AS BIGINT) AS machine_messages,
        CAST(SUM(agent_characters) AS BIGINT) AS agent_characters,
        COUNT(*) AS sessions,
        CAST(SUM(ended_at - started_at) AS BIGINT) AS reception_seconds,
        SUM(answers) > 0 AS answered
    FROM all_sessions
    GROUP BY pair, day
),
bots AS (
    SELECT pair, day, COUNT(*) AS bot_lines FROM others WHERE sender = 'bot' GROUP BY pair, day
)
SELECT
    s.*,
    COALESCE(t.closing, FALSE) AS closing_tail,
    s.machine_messages + COALESCE(b.bot_lines, 0) AS bot_messages
FROM said AS s
LEFT JOIN tails AS t ON s.pair = t.pair AND s.day = t.day
LEFT JOIN bots AS b ON s.pair = b.pair AND s.day = b.day
