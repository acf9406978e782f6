-- A number for every agent. 0 is nobody, 1 is (unassigned).
SELECT agent_id, ROW_NUMBER() OVER (ORDER BY agent_id <> '(unassigned)', agent_id) AS agent
FROM (
    SELECT agent_id FROM raw_messages WHERE agent_id <> ''
    UNION
    SELECT agent_id FROM aliases
    UNION
    SELECT '(unassigned)' AS agent_id
) AS met
