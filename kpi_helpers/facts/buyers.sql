-- A number for every buyer, with room for every account above it: buyer + agent is a pair of the two (accounts.sql).
-- Numbers are cheaper to sort and to join than names.
SELECT buyer_id, ROW_NUMBER() OVER (ORDER BY buyer_id) * $accounts AS buyer
FROM (SELECT DISTINCT buyer_id FROM raw_messages) AS met
