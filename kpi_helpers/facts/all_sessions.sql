-- One row per session: a run of one buyer's and one agent's lines without a longer silence; booked on the day it began.
SELECT
    buyer_id, agent_id, day,
    session_at AS started_at,
    MAX(sent_at) AS ended_at,
    MIN(CASE WHEN agent_lines > 0 THEN sent_at END) AS first_human_at
FROM seconds
GROUP BY buyer_id, agent_id, day, session_at
