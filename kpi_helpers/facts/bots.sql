-- Robots' lines under an agent's account, by the chat they belong to (others.sql).
SELECT pair, day, COUNT(*) AS bot_lines FROM others WHERE sender = 'bot' GROUP BY pair, day
