-- Each chat with the first reception filter that drops it, or NULL: it was received (section 2, `received_buyers`).
WITH robots AS (
    SELECT buyer, day_of(sent_at) AS day FROM messages WHERE sender = 'bot' AND agent = 0
    UNION
    SELECT pair - 1 AS buyer, day_of(sent_at) AS day FROM seconds WHERE pair % $accounts = 1 AND machine_lines > 0
),
handed_on AS (
    SELECT DISTINCT t.buyer_id, t.agent_id, t.day
    FROM talks AS t
    INNER JOIN talks AS other
        ON t.buyer_id = other.buyer_id AND t.day = other.day AND t.agent_id <> other.agent_id
        AND other.agent_id <> '(unassigned)' AND other.last_human_at > t.last_at
    WHERE t.agent_messages <= $transfer_lines
)
SELECT
    t.*,
    d.pair IS NOT NULL AS advert,
    CASE
        WHEN $agent_monologue AND t.buyer_messages = 0 THEN 'agent_monologue'
        WHEN $bot_only AND t.agent_id = '(unassigned)' AND r.buyer IS NOT NULL THEN 'bot_only'
        WHEN $closing_only AND t.agent_messages = 0 AND t.closing_tail THEN 'closing_only'
        WHEN $own_accounts AND o.agent_id IS NOT NULL THEN 'own_accounts'
        WHEN $single_buyer_line AND t.buyer_messages = 1 AND NOT t.answered THEN 'single_buyer_line'
        WHEN $transfer_only AND h.buyer_id IS NOT NULL THEN 'transfer_only'
        WHEN d.pair IS NOT NULL THEN 'advert'
    END AS dropped
FROM talks AS t
LEFT JOIN robots AS r ON t.pair - t.pair % $accounts = r.buyer AND t.day = r.day
LEFT JOIN own_agents AS o ON t.buyer_id = o.agent_id
LEFT JOIN handed_on AS h ON t.buyer_id = h.buyer_id AND t.agent_id = h.agent_id AND t.day = h.day
LEFT JOIN adverts AS d ON t.pair = d.pair AND t.day = d.day
