-- Who secured each event: under way and ending last, else the nearest earlier end; ties: started last, smallest agent id.
SELECT order_id, event, agent_id, under_way
FROM (
    SELECT
        order_id, event, agent_id, under_way,
        ROW_NUMBER() OVER (
            PARTITION BY order_id, event ORDER BY under_way DESC, ended_at DESC, started_at DESC, agent_id
        ) AS place
    FROM candidates
) AS ranked
WHERE place = 1
