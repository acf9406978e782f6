-- One row per session: a run of one buyer's and one agent's lines without a longer silence; booked on the day it began.
WITH runs AS (
    SELECT
        pair, session_at,
        MIN(day) AS day,
        MAX(sent_at) AS ended_at,
        MIN(CASE WHEN agent_lines > 0 THEN sent_at END) AS first_human_at,
        MAX(CASE WHEN agent_lines > 0 THEN sent_at END) AS last_human_at,
        MIN(CASE WHEN buyer_lines > 0 THEN sent_at END) AS first_buyer_at,
        MAX(CASE WHEN buyer_lines > 0 THEN sent_at END) AS last_buyer_at,
        CAST(SUM(buyer_lines) AS BIGINT) AS buyer_messages,
        CAST(SUM(agent_lines) AS BIGINT) AS agent_messages,
        CAST(SUM(machine_lines) AS BIGINT) AS machine_messages,
        CAST(SUM(characters) AS BIGINT) AS agent_characters,
        COUNT(*) FILTER (WHERE closes) AS answers
    FROM seconds
    GROUP BY pair, session_at
)
SELECT b.buyer_id, c.agent_id, r.session_at AS started_at, r.*
FROM runs AS r
INNER JOIN buyers AS b ON r.pair - r.pair % $accounts = b.buyer
INNER JOIN accounts AS c ON r.pair % $accounts = c.agent
