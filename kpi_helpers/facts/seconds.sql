-- One row per buyer, agent and second with a buyer or human line: its session, its chat's day, and the round
-- it belongs to (sections 2 and 5). A second in which both spoke, with no round open before it, is answered by a
-- machine: the human line stands in the very second of the buyer line that opened the round. Such a second
-- leaves its round open; the next one of the same kind then closes it. So "is a round open" after a run of such
-- seconds is the state before the run plus the run's length, modulo 2.
WITH spoken AS (
    SELECT
        buyer_id, agent_id, sent_at,
        COUNT(*) FILTER (WHERE sender = 'buyer') AS buyer_lines,
        COUNT(*) FILTER (WHERE sender <> 'buyer') AS human_lines,
        COALESCE(SUM(characters) FILTER (WHERE sender <> 'buyer'), 0) AS characters
    FROM lines
    GROUP BY buyer_id, agent_id, sent_at
),
paced AS (
    SELECT
        *,
        ROW_NUMBER() OVER same_chat AS n,
        LAG(sent_at) OVER same_chat AS previous_at
    FROM spoken
    WINDOW same_chat AS (PARTITION BY buyer_id, agent_id ORDER BY sent_at)
),
opened AS (
    SELECT
        *,
        CASE WHEN previous_at IS NULL OR sent_at - previous_at > $session_gap_seconds THEN sent_at END AS opening,
        $zero_second_is_machine AND buyer_lines > 0 AND human_lines > 0 AS mixed
    FROM paced
),
in_session AS (
    SELECT
        *,
        MAX(opening) OVER (PARTITION BY buyer_id, agent_id ORDER BY sent_at
                           ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS session_at,
        MAX(opening) OVER (PARTITION BY buyer_id, agent_id ORDER BY sent_at
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS session_before
    FROM opened
),
in_chat AS (
    SELECT
        *,
        day_of(session_at) AS day,
        session_before IS NULL OR day_of(session_at) <> day_of(session_before) AS starts_chat
    FROM in_session
),
anchored AS (
    -- 2 x row + state after it, on rows whose state does not depend on the rows before.
    SELECT
        *,
        CASE
            WHEN NOT mixed THEN 2 * n + CASE WHEN human_lines = 0 THEN 1 ELSE 0 END
            WHEN starts_chat THEN 2 * n + 1
        END AS anchor
    FROM in_chat
),
carried AS (
    SELECT
        *,
        MAX(anchor) OVER (PARTITION BY buyer_id, agent_id ORDER BY sent_at
                          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS last_anchor
    FROM anchored
),
stated AS (
    SELECT
        *,
        NOT starts_chat AND ((last_anchor % 2) + (n - 1) - CAST(FLOOR(last_anchor / 2) AS BIGINT)) % 2 = 1 AS was_open
    FROM carried
),
acted AS (
    SELECT
        *,
        buyer_lines > 0 AND NOT was_open AS opens,
        mixed AND NOT was_open AS machine
    FROM stated
)
SELECT
    buyer_id, agent_id, day, session_at, sent_at, buyer_lines,
    CASE WHEN machine THEN 0 ELSE human_lines END AS agent_lines,
    CASE WHEN machine THEN human_lines ELSE 0 END AS machine_lines,
    CASE WHEN machine THEN 0 ELSE characters END AS characters,
    opens,
    human_lines > 0 AND NOT machine AND (was_open OR buyer_lines > 0) AS closes,
    MAX(CASE WHEN opens THEN sent_at END) OVER (PARTITION BY buyer_id, agent_id ORDER BY sent_at
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS round_at
FROM acted
