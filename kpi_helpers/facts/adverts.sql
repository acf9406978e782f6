-- Chats in which a text of the shop's advert list was sent (reception filter `advert`).
WITH hits AS (SELECT row_order FROM raw_messages WHERE $advertised AND text IN $adverts)
SELECT DISTINCT s.pair, s.day
FROM hits AS h
INNER JOIN lines AS l ON h.row_order = l.row_order
INNER JOIN seconds AS s ON l.pair = s.pair AND l.sent_at = s.sent_at
UNION
SELECT o.pair, o.day FROM hits AS h INNER JOIN others AS o ON h.row_order = o.row_order
