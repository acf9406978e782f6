-- One row per chat (one buyer, one agent, one business day) with what was said in it.
SELECT
    pair, day,
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
