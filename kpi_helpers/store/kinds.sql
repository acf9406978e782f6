-- How a cell's text becomes a value, one macro a kind. x: the cell as found; t: the trimmed text; tz: the shop's time zone.
-- A macro gives NULL for what it cannot read; kinds.py tells "missing" from "unreadable".

-- Fast paths come first everywhere: CASE and coalesce look at the slow ways only for the cells that need them.

-- blanks of every width, tabs, line ends, BOM and zero-width characters at both ends
CREATE OR REPLACE MACRO k_trim(x) AS nullif(CASE
    WHEN regexp_matches(x, '^[\s\x{A0}\x{3000}\x{FEFF}\x{200B}]|[\s\x{A0}\x{3000}\x{FEFF}\x{200B}]$')
    THEN trim(x, ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160) || chr(12288) || chr(65279) || chr(8203))
    ELSE x END, '');
-- full-width digits and signs as ASCII
CREATE OR REPLACE MACRO k_half(t) AS CASE
    WHEN strlen(t) = length(t) THEN t
    ELSE translate(t, '０１２３４５６７８９．，－＋％：／　', '0123456789.,-+%:/ ') END;
CREATE OR REPLACE MACRO k_clean(x) AS k_half(k_trim(x));

-- ids as spreadsheets protect them: ="4890…", '4890…
CREATE OR REPLACE MACRO k_id(t) AS CASE
    WHEN starts_with(t, '="') AND ends_with(t, '"') THEN k_trim(t[3:-2])
    WHEN starts_with(t, '''') THEN k_trim(ltrim(t, ''''))
    ELSE t END;
-- an id that a spreadsheet turned into a number: 4.89012E+17
CREATE OR REPLACE MACRO k_lost(t) AS CASE WHEN contains(t, '+') THEN regexp_full_match(t, '\d(\.\d+)?[eE]\+\d+') END;

-- digits with a currency sign, thousands commas in the right places, nothing else
CREATE OR REPLACE MACRO k_plain(t) AS CASE
    WHEN NOT contains(t, ',') THEN t
    WHEN regexp_full_match(t, '[-+]?\d{1,3}(,\d{3})+(\.\d+)?') THEN replace(t, ',', '') END;
CREATE OR REPLACE MACRO k_digits(t) AS k_plain(trim(t, ' ￥¥$€£元'));
CREATE OR REPLACE MACRO k_finite(n) AS CASE WHEN isfinite(n) THEN n END;
CREATE OR REPLACE MACRO k_number(t) AS
    k_finite(coalesce(TRY_CAST(t AS DOUBLE), TRY_CAST(k_digits(t) AS DOUBLE)));
CREATE OR REPLACE MACRO k_money(t) AS
    coalesce(TRY_CAST(t AS DECIMAL(18, 4)), TRY_CAST(k_digits(t) AS DECIMAL(18, 4)));
CREATE OR REPLACE MACRO k_whole(n) AS CASE WHEN n = floor(n) THEN n::BIGINT END;
CREATE OR REPLACE MACRO k_integer(t) AS k_whole(k_money(t));

-- hand-typed rates: 99.71%, 100%%, 6,25%. Without a % sign the column decides the scale (kinds.py).
CREATE OR REPLACE MACRO k_rate(t, scale) AS
    CASE WHEN contains(t, '%') THEN TRY_CAST(replace(rtrim(t, '% '), ',', '.') AS DOUBLE) / 100
         ELSE k_number(t) / scale END;

-- 16分3秒, 7小时41分52秒, 11秒, 00:16:03, or a plain number in the unit the column's name gives
CREATE OR REPLACE MACRO k_part(t, unit) AS
    coalesce(TRY_CAST(regexp_extract(t, '(\d+(?:\.\d+)?)\s*' || unit, 1) AS DOUBLE), 0);
CREATE OR REPLACE MACRO k_clock(t) AS CASE WHEN regexp_full_match(t, '\d+:[0-5]\d:[0-5]\d(\.\d+)?') THEN
    3600 * split_part(t, ':', 1)::DOUBLE + 60 * split_part(t, ':', 2)::DOUBLE + split_part(t, ':', 3)::DOUBLE END;
CREATE OR REPLACE MACRO k_words(t) AS CASE
    WHEN regexp_full_match(t, '(\d+天)?(\d+(\.\d+)?(小时|时))?(\d+(\.\d+)?(分钟|分))?(\d+(\.\d+)?秒)?') THEN
    86400 * k_part(t, '天') + 3600 * k_part(t, '(?:小时|时)') + 60 * k_part(t, '分') + k_part(t, '秒') END;
CREATE OR REPLACE MACRO k_duration(t, scale) AS
    coalesce(k_number(t) * scale, k_clock(t), k_words(replace(t, ' ', '')));

-- days and times: year first, any separator; 14 digits; Excel's serial days
CREATE OR REPLACE MACRO k_serial(t) AS CASE WHEN regexp_full_match(t, '[2-7]\d{4}(\.\d+)?') THEN
    TIMESTAMP '1899-12-30' + to_microseconds((round(t::DOUBLE * 86400) * 1000000)::BIGINT) END;
CREATE OR REPLACE MACRO k_naive(t) AS coalesce(
    TRY_CAST(t AS TIMESTAMP),
    TRY_CAST(rtrim(replace(replace(replace(t, '年', '-'), '月', '-'), '日', ' ')) AS TIMESTAMP),
    TRY_STRPTIME(t, ['%Y%m%d%H%M%S', '%Y%m%d', '%Y%m%d %H:%M:%S']),
    k_serial(t));
-- an offset in the text is taken, never assumed
CREATE OR REPLACE MACRO k_has_offset(t) AS regexp_matches(t, ':\d\d(\.\d+)?\s*([+-]\d\d(:?\d\d)?|Z|UTC)$');
CREATE OR REPLACE MACRO k_offset(t) AS TRY_CAST(
    regexp_replace(regexp_replace(t, '\s*(Z|UTC)$', '+00'), '\s*([+-]\d\d):?(\d\d)$', '\1:\2') AS TIMESTAMPTZ);
CREATE OR REPLACE MACRO k_zoned(t, tz) AS CASE
    WHEN k_has_offset(t) THEN date_trunc('second', k_offset(t))
    ELSE timezone(tz, date_trunc('second', k_naive(t))) END;
-- 0001-01-01 and 1970-01-01 08:00:00 stand for "never"
CREATE OR REPLACE MACRO k_moment(m) AS CASE WHEN m >= TIMESTAMPTZ '1970-01-02 00:00:00+00' THEN m END;
CREATE OR REPLACE MACRO k_never(t, tz) AS
    coalesce(k_zoned(t, tz) < TIMESTAMPTZ '1970-01-02 00:00:00+00', false);
CREATE OR REPLACE MACRO k_time(t, tz) AS k_moment(k_zoned(t, tz));
CREATE OR REPLACE MACRO k_day(t, tz) AS CAST(CASE WHEN k_has_offset(t) THEN timezone(tz, k_offset(t))
    ELSE k_naive(t) END AS DATE);
