-- What the buyer's orders say of each received chat with a buyer line (section 3). t: first buyer line; the window is
-- [t, start of day D + W).
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
        a.*,
        o.order_id, o.created_at, o.paid_at,
        o.created_agent = a.agent_id AS mine,
        o.created_at >= a.t AND o.created_at < a.window_end AS in_window,
        o.created_at < a.t AND (o.paid_at IS NULL OR o.paid_at > a.t) AND (o.closed_at IS NULL OR o.closed_at > a.t)
            AND a.t - o.created_at <= $payment_life_seconds AS awaiting_payment,
        o.paid_at IS NOT NULL AND o.paid_at <= a.t AND a.t - o.paid_at <= $after_sales_seconds AS recently_paid
    FROM asked AS a
    LEFT JOIN orders AS o ON a.buyer_id = o.buyer_id
)
SELECT
    buyer_id, agent_id, day,
    COALESCE(MAX(CASE WHEN in_window THEN 1 END), 0) = 1 AS ordered,
    COALESCE(MAX(CASE WHEN in_window AND created_at < same_day_end THEN 1 END), 0) = 1 AS ordered_same_day,
    COALESCE(MAX(CASE WHEN in_window AND paid_at < next_day_end THEN 1 END), 0) = 1 AS paid_next_day,
    COALESCE(MAX(CASE WHEN in_window AND paid_at < final_end THEN 1 END), 0) = 1 AS paid,
    COALESCE(MAX(CASE WHEN in_window AND mine THEN 1 END), 0) = 1 AS mine,
    COALESCE(MAX(CASE WHEN in_window AND mine AND created_at < same_day_end THEN 1 END), 0) = 1 AS mine_same_day,
    COALESCE(MAX(CASE WHEN in_window AND mine AND paid_at < next_day_end THEN 1 END), 0) = 1 AS mine_paid_next_day,
    COALESCE(MAX(CASE WHEN in_window AND mine AND paid_at < final_end THEN 1 END), 0) = 1 AS mine_paid,
    COALESCE(MAX(CASE WHEN created_at < window_end AND paid_at >= t AND paid_at < final_end THEN 1 END), 0) = 1 AS any_paid,
    COALESCE(MAX(CASE WHEN awaiting_payment THEN 1 END), 0) = 1 AS awaiting_payment,
    COALESCE(MAX(CASE WHEN recently_paid THEN 1 END), 0) = 1 AS recently_paid
FROM matched
GROUP BY buyer_id, agent_id, day
