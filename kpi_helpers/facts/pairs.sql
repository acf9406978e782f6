-- A number for every buyer and agent who have lines together: cheaper to sort and to join than their names.
SELECT buyer_id, agent_id, ROW_NUMBER() OVER (ORDER BY buyer_id, agent_id) AS pair
FROM (SELECT DISTINCT buyer_id, agent_id FROM assigned) AS met
