-- Each chat with the first reception filter that drops it, or NULL: it was received (section 2, `received_buyers`).
WITH own AS (
    SELECT b.buyer FROM buyers AS b INNER JOIN own_agents AS o ON b.buyer_id = o.agent_id
),
handed_on AS (
    SELECT DISTINCT t.pair, t.day
    FROM talks AS t
    INNER JOIN talks AS other
        ON t.pair - t.pair % $accounts = other.pair - other.pair % $accounts AND t.day = other.day
        AND t.pair <> other.pair AND other.pair % $accounts <> 1 AND other.last_human_at > t.last_at
    WHERE $transfer_only AND t.agent_messages <= $transfer_lines
)
SELECT
    t.*,
    d.pair IS NOT NULL AS advert,
    CASE
        WHEN $agent_monologue AND t.buyer_messages = 0 THEN 'agent_monologue'
        WHEN $bot_only AND t.pair % $accounts = 1 AND r.buyer IS NOT NULL THEN 'bot_only'
        WHEN $closing_only AND t.agent_messages = 0 AND t.closing_tail THEN 'closing_only'
        WHEN $own_accounts AND o.buyer IS NOT NULL THEN 'own_accounts'
        WHEN $single_buyer_line AND t.buyer_messages = 1 AND NOT t.answered THEN 'single_buyer_line'
        WHEN $transfer_only AND h.pair IS NOT NULL THEN 'transfer_only'
        WHEN d.pair IS NOT NULL THEN 'advert'
    END AS dropped
FROM talks AS t
LEFT JOIN robots AS r ON t.pair = r.buyer + 1 AND t.day = r.day
LEFT JOIN own AS o ON t.pair - t.pair % $accounts = o.buyer
LEFT JOIN handed_on AS h ON t.pair = h.pair AND t.day = h.day
LEFT JOIN adverts AS d ON t.pair = d.pair AND t.day = d.day
