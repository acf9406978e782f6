-- Buyer and human lines with the agent they belong to (section 2, "whose line is it"). A line to nobody in particular
-- looks for its neighbours by their numbers: the last human line before it, and the next line of a human or a robot.
-- $buyer_chain: a buyer's lines in order, see seconds.sql.
WITH counted AS (
    SELECT
        *,
        COUNT(CASE WHEN by_human THEN 1 END)
            OVER ($buyer_chain ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS humans,
        COUNT(CASE WHEN anchor THEN 1 END)
            OVER ($buyer_chain ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS anchors
    FROM around
)
SELECT
    l.buyer_id, TRUE AS by_buyer, l.sent_at, l.row_order, l.text, 0 AS characters,
    CASE
        WHEN l.sent_at - b.sent_at <= $session_gap_seconds THEN b.agent_id
        WHEN a.by_human AND day_of(a.sent_at) = day_of(l.sent_at) THEN a.agent_id
        ELSE '(unassigned)'
    END AS agent_id
FROM counted AS l
LEFT JOIN counted AS b ON b.by_human AND l.buyer_id = b.buyer_id AND l.humans = b.humans
LEFT JOIN counted AS a ON a.anchor AND l.buyer_id = a.buyer_id AND l.anchors + 1 = a.anchors
WHERE NOT l.by_human AND NOT l.anchor
UNION ALL
SELECT
    buyer_id, sender = 'buyer' AS by_buyer, sent_at, row_order, text, characters,
    CASE WHEN agent_id <> '' THEN agent_id ELSE '(unassigned)' END AS agent_id
FROM messages
WHERE sender IN $human_senders OR (sender = 'buyer' AND agent_id <> '')
