-- Orders on the day they were placed, under the agent who secured that (order cohort, section 3).
SELECT
    order_id, buyer_id, created_agent AS agent_id, created_step, created_day AS day, hour_of(created_at) AS hour,
    paid_day, created_at, paid_at, closed_at, paid_amount, paid_in_time
FROM orders
