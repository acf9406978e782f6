-- One rule of one platform over the turns: its rounds inside the assessed hours, on the days the rule is in force.
-- No closing line is excused (the house view does that), and of the reception filters only those hold here that a
-- platform knows too: own accounts, advertising, robots alone, monologues.
WITH answered AS (
    SELECT buyer_id, agent_id, chat_day, session_at, opened_at, LEAST($answers) AS answered_at FROM turns
),
numbered AS (
    -- A turn answered by nobody who counts is one round with the turns after it.
    SELECT *, COUNT(answered_at) OVER (
        PARTITION BY buyer_id, agent_id, chat_day ORDER BY opened_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS round_number
    FROM answered
),
whole AS (
    SELECT
        buyer_id, agent_id, chat_day,
        MIN(opened_at) AS opened_at,
        MIN(answered_at) AS closed_at,
        MIN(session_at) AS session_at,
        CASE WHEN $by_session THEN MIN(session_at) ELSE MIN(opened_at) END AS starts_at
    FROM numbered
    GROUP BY buyer_id, agent_id, chat_day, round_number
),
assessed AS (
    SELECT w.*, closed_at - opened_at AS wait_seconds, COALESCE(closed_at - opened_at <= $within_seconds, FALSE) AS within
    FROM whole AS w
    INNER JOIN (SELECT buyer_id, agent_id, day AS chat_day, dropped FROM chats) AS c USING (buyer_id, agent_id, chat_day)
    WHERE COALESCE(c.dropped, 'closing_only') IN ('closing_only', 'single_buyer_line', 'transfer_only')
        AND ($nobody_counts OR agent_id <> '(unassigned)')
        AND NOT ($leave_out_zero AND COALESCE(closed_at = opened_at, FALSE))
        AND hour_of(starts_at) >= $first_hour AND hour_of(starts_at) < $end_hour
        AND day_of(starts_at) >= $first_day AND day_of(starts_at) < $end_day
)
SELECT
    buyer_id, agent_id, day_of(starts_at) AS day, hour_of(opened_at) AS hour, session_at, opened_at, closed_at,
    wait_seconds, within,
    CASE WHEN wait_seconds IS NOT NULL THEN LEAST(wait_seconds, $cap_seconds)
         WHEN $unanswered_at_cap THEN $cap_seconds END AS counted_wait_seconds,
    BOOL_AND(within) OVER (PARTITION BY buyer_id, agent_id, session_at) AS session_within,
    ROW_NUMBER() OVER (PARTITION BY buyer_id, agent_id, session_at ORDER BY opened_at) = 1 AS first_in_session,
    ROW_NUMBER() OVER (PARTITION BY buyer_id, agent_id, day_of(starts_at) ORDER BY opened_at) = 1 AS first_of_day,
    $first_day AS rule_day
FROM assessed
