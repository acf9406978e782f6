-- Buyers who got a line from a robot that belongs to nobody, by business day (reception filter `bot_only`).
SELECT buyer, day_of(sent_at) AS day FROM messages WHERE sender = 'bot' AND agent = 0
UNION
SELECT pair - 1 AS buyer, day_of(sent_at) AS day FROM seconds WHERE pair % $accounts = 1 AND machine_lines > 0
