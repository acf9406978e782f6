-- Visitors per day, from the shop's own statistics.
SELECT CAST(DATE_DIFF('day', DATE '1970-01-01', day) AS INT) AS day, visitors, cart_buyers FROM raw_traffic
