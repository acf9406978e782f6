-- One row per pair and second: its session, its chat's day, and whether it opens or closes a round (sections 2 and 5).
-- A second in which both spoke, with no round open before it, is answered by a machine: the human line stands in the
-- very second of the buyer line that opened the round. Such a second leaves its round open; the next one of the same
-- kind then closes it. So "is a round open" after a run of such seconds is the state before the run plus the run's
-- length, modulo 2.
-- $chain: windows over a pair's seconds in order. Each looks back one row or sums up all rows so far, and asks whether
-- the row before is the same pair's, so an engine that keeps the order of `spoken` need not sort (engine/duck.py).
WITH paced AS (
    SELECT
        *,
        ROW_NUMBER() OVER ($chain) AS n,
        CASE WHEN LAG(pair) OVER ($chain) = pair THEN LAG(sent_at) OVER ($chain) END AS previous_at,
        $zero_second_is_machine AND buyer_lines > 0 AND human_lines > 0 AS mixed
    FROM spoken
),
opened AS (
    SELECT
        *,
        -- The latest opening so far, as one number that grows with the rows: row x span + (second + half).
        MAX(CASE WHEN previous_at IS NULL OR sent_at - previous_at > $session_gap_seconds
                 THEN n * $span + sent_at + $half END)
            OVER ($chain ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) % $span - $half AS session_at
    FROM paced
),
in_chat AS (
    SELECT
        *,
        day_of(session_at) AS day,
        previous_at IS NULL OR day_of(session_at) <> day_of(LAG(session_at) OVER ($chain)) AS starts_chat
    FROM opened
),
anchored AS (
    -- 2 x row + state after it, on rows whose state does not depend on the rows before.
    SELECT
        *,
        MAX(CASE
            WHEN NOT mixed THEN 2 * n + CASE WHEN human_lines = 0 THEN 1 ELSE 0 END
            WHEN starts_chat THEN 2 * n + 1
        END) OVER ($chain ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS anchor
    FROM in_chat
),
carried AS (
    SELECT *, LAG(anchor) OVER ($chain) AS last_anchor FROM anchored
),
stated AS (
    SELECT
        *,
        NOT starts_chat AND ((last_anchor % 2) + (n - 1) - CAST(FLOOR(last_anchor / 2) AS BIGINT)) % 2 = 1 AS was_open
    FROM carried
)
SELECT
    pair, day, session_at, sent_at, buyer_lines,
    CASE WHEN mixed AND NOT was_open THEN 0 ELSE human_lines END AS agent_lines,
    CASE WHEN mixed AND NOT was_open THEN human_lines ELSE 0 END AS machine_lines,
    CASE WHEN mixed AND NOT was_open THEN 0 ELSE characters END AS characters,
    buyer_lines > 0 AND NOT was_open AS opens,
    human_lines > 0 AND (was_open OR (buyer_lines > 0 AND NOT mixed)) AS closes
FROM stated
