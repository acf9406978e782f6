-- The rounds that count, with names: as they are kept (rounds.sql tells the rest).
SELECT b.buyer_id, c.agent_id, r.day, r.opened_at, r.closed_at, r.round_number
FROM counted AS r
INNER JOIN buyers AS b ON r.pair - r.pair % $accounts = b.buyer
INNER JOIN accounts AS c ON r.pair % $accounts = c.agent
