-- Visitors per day, from the shop's own statistics.
SELECT CAST(day - DATE '1970-01-01' AS INT) AS day, visitors, cart_buyers FROM raw_traffic
