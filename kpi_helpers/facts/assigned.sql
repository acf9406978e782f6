-- A buyer's lines to nobody in particular, with the agent they belong to (section 2, "whose line is it"). Each looks for
-- its neighbours by their numbers: the last human line before it, and the next line of a human or a robot.
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
    l.buyer, l.sent_at, l.row_order, l.text,
    CASE
        WHEN l.sent_at - b.sent_at <= $session_gap_seconds THEN b.agent
        WHEN a.by_human AND day_of(a.sent_at) = day_of(l.sent_at) THEN a.agent
        ELSE 1
    END AS agent
FROM counted AS l
LEFT JOIN counted AS b ON b.by_human AND l.buyer = b.buyer AND l.humans = b.humans
LEFT JOIN counted AS a ON a.anchor AND l.buyer = a.buyer AND l.anchors + 1 = a.anchors
WHERE NOT l.by_human AND NOT l.anchor
