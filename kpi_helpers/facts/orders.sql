-- One row per order: who secured its creation and its payment, who owns it, and the day that is booked on (section 4).
WITH joined AS (
    SELECT
        o.*,
        day_of(o.created_at) AS created_day,
        day_of(o.paid_at) AS paid_day,
        COALESCE(c.agent_id, '(silent)') AS created_agent,
        CASE WHEN c.agent_id IS NULL THEN 'silent' WHEN c.under_way THEN 'in_chat' ELSE 'after_chat' END AS created_step,
        COALESCE(p.agent_id, '(silent)') AS paid_agent,
        CASE WHEN p.agent_id IS NULL THEN 'silent' WHEN p.under_way THEN 'in_chat' ELSE 'after_chat' END AS paid_step
    FROM bought AS o
    LEFT JOIN secured AS c ON o.order_id = c.order_id AND c.event = 'created'
    LEFT JOIN secured AS p ON o.order_id = p.order_id AND p.event = 'paid'
),
booked AS (
    SELECT
        *,
        CASE WHEN paid_at IS NULL THEN NULL WHEN $rule = 'order' THEN created_at ELSE paid_at END AS booked_at
    FROM joined
)
SELECT
    *,
    day_of(booked_at) AS booked_day,
    paid_at IS NOT NULL AND paid_at < day_start(created_day + 1 + $payment_life_days) AS paid_in_time,
    CASE
        WHEN $rule = 'payment' THEN paid_agent
        WHEN $rule = 'order' OR created_agent <> '(silent)' THEN created_agent
        ELSE paid_agent
    END AS owner,
    CASE
        WHEN $rule = 'payment' THEN 'payment:' || paid_step
        WHEN $rule = 'order' OR created_agent <> '(silent)' THEN 'order:' || created_step
        ELSE 'payment:' || paid_step
    END AS owner_step
FROM booked
