-- Chats whose last word is the buyer's, and whether every one of those last lines is a closing (section 5).
SELECT
    pair, day,
    MIN(CASE WHEN last_words.text IS NOT NULL AND REGEXP_MATCHES(
        REGEXP_REPLACE(LOWER(last_words.text), '[^\p{L}\p{N}]+', '', 'g'), $closing_pattern
    ) THEN 1 ELSE 0 END) = 1 AS closing
FROM last_words
GROUP BY pair, day
