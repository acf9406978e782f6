-- One row per chat (one buyer, one agent, one business day) with what was said in it, before any filter.
WITH said AS (
    SELECT
        buyer_id, agent_id, day,
        MIN(sent_at) AS first_at,
        MAX(sent_at) AS last_at,
        MIN(CASE WHEN buyer_lines > 0 THEN sent_at END) AS first_buyer_at,
        MAX(CASE WHEN agent_lines > 0 THEN sent_at END) AS last_human_at,
        CAST(SUM(buyer_lines) AS BIGINT) AS buyer_messages,
        CAST(SUM(agent_lines) AS BIGINT) AS agent_messages,
        CAST(SUM(machine_lines) AS BIGINT) AS machine_messages,
        CAST(SUM(characters) AS BIGINT) AS agent_characters
    FROM seconds
    GROUP BY buyer_id, agent_id, day
),
spans AS (
    SELECT buyer_id, agent_id, day, COUNT(*) AS sessions, CAST(SUM(ended_at - started_at) AS BIGINT) AS reception_seconds
    FROM all_sessions
    GROUP BY buyer_id, agent_id, day
),
bots AS (
    SELECT buyer_id, agent_id, day, COUNT(*) AS bot_lines FROM others WHERE sender = 'bot'
    GROUP BY buyer_id, agent_id, day
),
answers AS (
    SELECT buyer_id, agent_id, day, COUNT(closed_at) AS answered_rounds
    FROM all_rounds
    GROUP BY buyer_id, agent_id, day
)
SELECT
    s.*,
    p.sessions,
    p.reception_seconds,
    COALESCE(a.answered_rounds, 0) > 0 AS answered,
    COALESCE(t.closing, FALSE) AS closing_tail,
    s.machine_messages + COALESCE(b.bot_lines, 0) AS bot_messages
FROM said AS s
INNER JOIN spans AS p USING (buyer_id, agent_id, day)
LEFT JOIN answers AS a USING (buyer_id, agent_id, day)
LEFT JOIN tails AS t USING (buyer_id, agent_id, day)
LEFT JOIN bots AS b USING (buyer_id, agent_id, day)
