-- Human seconds before a chat's first buyer line, with names.
SELECT b.buyer_id, c.agent_id, e.day, e.session_at, e.sent_at
FROM early AS e
INNER JOIN buyers AS b ON e.pair - e.pair % $accounts = b.buyer
INNER JOIN accounts AS c ON e.pair % $accounts = c.agent
