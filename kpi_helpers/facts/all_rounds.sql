-- One row per round of every chat: opened by the first buyer line after the last human line, closed by the next (section 5).
SELECT
    buyer_id, agent_id, day,
    round_at AS opened_at,
    MIN(CASE WHEN closes THEN sent_at END) AS closed_at,
    MIN(CASE WHEN closes THEN sent_at END) - round_at AS wait_seconds,
    ROW_NUMBER() OVER (PARTITION BY buyer_id, agent_id, day ORDER BY round_at) AS round_number
FROM seconds
WHERE opens OR closes
GROUP BY buyer_id, agent_id, day, round_at
