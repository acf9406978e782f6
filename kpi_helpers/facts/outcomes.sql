-- What the buyer's orders say of each received chat with a buyer line (section 3), where there are any near it. t: first
-- buyer line; the window is [t, start of day D + W).
WITH asked AS (
    SELECT
        buyer_id, agent_id, day, first_buyer_at AS t,
        day_start(day + $inquiry_window_days) AS window_end,
        day_start(day + 1) AS same_day_end,
        day_start(day + 2) AS next_day_end,
        day_start(day + 1 + $final_delay_days) AS final_end
    FROM served
    WHERE received AND first_buyer_at IS NOT NULL
),
matched AS (
    SELECT
        a.buyer_id, a.agent_id, a.day,
        o.created_agent = a.agent_id AS mine,
        o.created_at >= a.t AND o.created_at < a.window_end AS in_window,
        o.created_at < a.same_day_end AS same_day,
        COALESCE(o.paid_at < a.next_day_end, FALSE) AS next_day,
        COALESCE(o.paid_at < a.final_end, FALSE) AS in_time,
        COALESCE(o.created_at < a.window_end AND o.paid_at >= a.t AND o.paid_at < a.final_end, FALSE) AS paying,
        o.created_at < a.t AND (o.paid_at IS NULL OR o.paid_at > a.t) AND (o.closed_at IS NULL OR o.closed_at > a.t)
            AND a.t - o.created_at <= $payment_life_seconds AS awaiting_payment,
        COALESCE(o.paid_at <= a.t AND a.t - o.paid_at <= $after_sales_seconds, FALSE) AS recently_paid
    FROM asked AS a
    INNER JOIN orders AS o ON a.buyer_id = o.buyer_id
)
SELECT
    buyer_id, agent_id, day,
    MAX(CASE WHEN in_window THEN 1 ELSE 0 END) = 1 AS ordered,
    MAX(CASE WHEN in_window AND same_day THEN 1 ELSE 0 END) = 1 AS ordered_same_day,
    MAX(CASE WHEN in_window AND next_day THEN 1 ELSE 0 END) = 1 AS paid_next_day,
    MAX(CASE WHEN in_window AND in_time THEN 1 ELSE 0 END) = 1 AS paid,
    MAX(CASE WHEN in_window AND mine THEN 1 ELSE 0 END) = 1 AS mine,
    MAX(CASE WHEN in_window AND mine AND same_day THEN 1 ELSE 0 END) = 1 AS mine_same_day,
    MAX(CASE WHEN in_window AND mine AND next_day THEN 1 ELSE 0 END) = 1 AS mine_paid_next_day,
    MAX(CASE WHEN in_window AND mine AND in_time THEN 1 ELSE 0 END) = 1 AS mine_paid,
    MAX(CASE WHEN paying THEN 1 ELSE 0 END) = 1 AS any_paid,
    MAX(CASE WHEN awaiting_payment THEN 1 ELSE 0 END) = 1 AS awaiting_payment,
    MAX(CASE WHEN recently_paid THEN 1 ELSE 0 END) = 1 AS recently_paid
FROM matched
WHERE in_window OR paying OR awaiting_payment OR recently_paid
GROUP BY buyer_id, agent_id, day
