-- Buyer and human lines with the agent they belong to (section 2, "whose line is it").
-- Only buyers who wrote to nobody in particular need the search for a neighbour.
WITH homeless AS (
    SELECT DISTINCT buyer_id FROM messages WHERE agent_id = '' AND sender = 'buyer'
),
marked AS (
    SELECT
        m.*,
        CASE WHEN sender IN $human_senders AND agent_id <> '' THEN agent_id END AS human_agent,
        CASE WHEN sender IN $human_senders AND agent_id <> '' THEN sent_at END AS human_at,
        CASE WHEN sender IN $human_senders AND agent_id <> '' THEN agent_id
             WHEN sender = 'bot' AND agent_id = '' THEN '' END AS anchor
    FROM messages AS m
    INNER JOIN homeless USING (buyer_id)
),
neighbours AS (
    SELECT
        message_id, buyer_id, agent_id, sender, sent_at, row_order, characters,
        LAST_VALUE(human_agent IGNORE NULLS) OVER earlier AS agent_before,
        LAST_VALUE(human_at IGNORE NULLS) OVER earlier AS human_before,
        FIRST_VALUE(anchor IGNORE NULLS) OVER later AS anchor_after,
        FIRST_VALUE(human_at IGNORE NULLS) OVER later AS human_after
    FROM marked
    WINDOW
        earlier AS (PARTITION BY buyer_id ORDER BY sent_at, turn, message_id, row_order
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
        later AS (PARTITION BY buyer_id ORDER BY sent_at, turn, message_id, row_order
                  ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
)
SELECT
    buyer_id, sender, sent_at, row_order, characters,
    CASE
        WHEN agent_id <> '' THEN agent_id
        WHEN sender = 'buyer' AND sent_at - human_before <= $session_gap_seconds THEN agent_before
        WHEN sender = 'buyer' AND anchor_after <> '' AND day_of(human_after) = day_of(sent_at) THEN anchor_after
        ELSE '(unassigned)'
    END AS agent_id
FROM neighbours
WHERE sender = 'buyer' OR sender IN $human_senders
UNION ALL
SELECT
    m.buyer_id, m.sender, m.sent_at, m.row_order, m.characters,
    CASE WHEN m.agent_id <> '' THEN m.agent_id ELSE '(unassigned)' END AS agent_id
FROM messages AS m
LEFT JOIN homeless AS h ON m.buyer_id = h.buyer_id
WHERE h.buyer_id IS NULL AND (m.sender = 'buyer' OR m.sender IN $human_senders)
