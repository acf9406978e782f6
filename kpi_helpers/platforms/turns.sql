-- One row per turn of every chat: the first buyer line after any answer, and when each kind of sender first answered it,
-- at all (`at`) or in a later second (`after`). Every platform's rounds are made of these: who counts as an answer
-- decides which turns are one round. A round of a chat belongs to the session it was asked in.
WITH spoken AS (
    SELECT s.buyer_id, s.agent_id, s.day, s.started_at AS session_at, m.sender, l.sent_at
    FROM lines AS l
    INNER JOIN raw_messages AS m ON l.row_order = m.row_order
    INNER JOIN all_sessions AS s ON l.pair = s.pair AND l.sent_at >= s.started_at AND l.sent_at <= s.ended_at
    WHERE m.sender IN ('buyer', 'agent', 'assist', 'bot')
    UNION ALL
    SELECT o.buyer_id, o.agent_id, o.day, NULL AS session_at, o.sender, m.sent_at
    FROM others AS o
    INNER JOIN raw_messages AS m ON o.row_order = m.row_order
    WHERE o.sender IN ('assist', 'bot')
),
paced AS (
    SELECT
        buyer_id, agent_id, day, sent_at,
        MAX(session_at) AS session_at,
        COUNT(*) FILTER (WHERE sender = 'buyer') AS asked,
        COUNT(*) FILTER (WHERE sender = 'agent') AS by_agent,
        COUNT(*) FILTER (WHERE sender = 'assist') AS by_assist,
        COUNT(*) FILTER (WHERE sender = 'bot') AS by_bot
    FROM spoken
    GROUP BY buyer_id, agent_id, day, sent_at
),
followed AS (
    SELECT *, LAG(by_agent + by_assist + by_bot) OVER same_chat AS answers_before
    FROM paced
    WINDOW same_chat AS (PARTITION BY buyer_id, agent_id, day ORDER BY sent_at)
),
placed_in_turns AS (
    SELECT
        *,
        MAX(CASE WHEN asked > 0 AND COALESCE(answers_before, 1) > 0 THEN sent_at END) OVER (
            PARTITION BY buyer_id, agent_id, day ORDER BY sent_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS opened_at
    FROM followed
)
SELECT
    buyer_id, agent_id, day AS chat_day, opened_at,
    MAX(CASE WHEN sent_at = opened_at THEN session_at END) AS session_at,
    MIN(CASE WHEN by_agent > 0 THEN sent_at END) AS agent_at,
    MIN(CASE WHEN by_agent > 0 AND sent_at > opened_at THEN sent_at END) AS agent_after,
    MIN(CASE WHEN by_assist > 0 THEN sent_at END) AS assist_at,
    MIN(CASE WHEN by_assist > 0 AND sent_at > opened_at THEN sent_at END) AS assist_after,
    MIN(CASE WHEN by_bot > 0 THEN sent_at END) AS bot_at,
    MIN(CASE WHEN by_bot > 0 AND sent_at > opened_at THEN sent_at END) AS bot_after
FROM placed_in_turns
WHERE opened_at IS NOT NULL
GROUP BY buyer_id, agent_id, day, opened_at
