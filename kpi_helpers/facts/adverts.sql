-- Chats in which a text of the shop's advert list was sent (reception filter `advert`).
WITH hits AS (SELECT row_order FROM raw_messages WHERE text IN $adverts)
SELECT DISTINCT s.buyer_id, s.agent_id, s.day
FROM hits AS h
INNER JOIN lines AS l USING (row_order)
INNER JOIN seconds AS s ON l.buyer_id = s.buyer_id AND l.agent_id = s.agent_id AND l.sent_at = s.sent_at
UNION
SELECT o.buyer_id, o.agent_id, o.day FROM hits AS h INNER JOIN others AS o USING (row_order)
