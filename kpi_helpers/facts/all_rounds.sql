-- One row per round of every chat: opened by the first buyer line after the last human line, closed by the next
-- (section 5). Openings and closings alternate within a chat. $chain: see seconds.sql.
WITH turns AS (
    SELECT
        pair, day, sent_at, opens, closes,
        CASE WHEN LEAD(pair) OVER ($chain) = pair AND LEAD(day) OVER ($chain) = day
             THEN LEAD(sent_at) OVER ($chain) END AS next_at
    FROM seconds
    WHERE opens OR closes
),
numbered AS (
    SELECT
        pair, day, sent_at AS opened_at,
        CASE WHEN closes THEN sent_at ELSE next_at END AS closed_at,
        ROW_NUMBER() OVER ($chain) AS n,
        LAG(pair) OVER ($chain) = pair AND LAG(day) OVER ($chain) = day AS goes_on
    FROM turns
    WHERE opens
)
SELECT
    pair, day, opened_at, closed_at,
    closed_at - opened_at AS wait_seconds,
    n + 1 - MAX(CASE WHEN goes_on THEN NULL ELSE n END)
        OVER ($chain_opened ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS round_number
FROM numbered
