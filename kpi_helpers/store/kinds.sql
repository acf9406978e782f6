-- How a cell's text becomes a value, one macro a kind. x: the cell as found; t: the trimmed text; tz: the shop's time zone.
-- A macro gives NULL for what it cannot read; kinds.py tells "missing" from "unreadable".

-- blanks of every width, tabs, line ends, BOM and zero-width characters at both ends
CREATE OR REPLACE MACRO k_trim(x) AS
    nullif(trim(x, ' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(12288) || chr(65279) || chr(8203)), '');

-- ids as spreadsheets protect them: ="4890…", '4890…
CREATE OR REPLACE MACRO k_id(x) AS k_trim(
    CASE WHEN starts_with(k_trim(x), '="') AND ends_with(k_trim(x), '"') THEN k_trim(x)[3:-2]
         WHEN starts_with(k_trim(x), '''') THEN ltrim(k_trim(x), '''')
         ELSE x END);

-- an id that a spreadsheet turned into a number: 4.89012E+17
CREATE OR REPLACE MACRO k_lost(x) AS regexp_full_match(k_trim(x), '\d(\.\d+)?[eE]\+\d+');

CREATE OR REPLACE MACRO k_half(t) AS translate(t, '０１２３４５６７８９．，－＋％：／　', '0123456789.,-+%:/ ');

-- digits with a currency sign, thousands commas in the right places, nothing else
CREATE OR REPLACE MACRO k_plain(t) AS CASE
    WHEN contains(t, '_') THEN NULL
    WHEN NOT contains(t, ',') THEN t
    WHEN regexp_full_match(t, '[-+]?\d{1,3}(,\d{3})+(\.\d+)?') THEN replace(t, ',', '') END;
CREATE OR REPLACE MACRO k_digits(t) AS k_plain(trim(k_half(t), ' ￥¥$€£元'));
CREATE OR REPLACE MACRO k_number(t) AS
    CASE WHEN isfinite(TRY_CAST(k_digits(t) AS DOUBLE)) THEN TRY_CAST(k_digits(t) AS DOUBLE) END;
CREATE OR REPLACE MACRO k_money(t) AS TRY_CAST(k_digits(t) AS DECIMAL(18, 4));
CREATE OR REPLACE MACRO k_integer(t) AS
    CASE WHEN k_money(t) = floor(k_money(t)) THEN TRY_CAST(k_money(t) AS BIGINT) END;

-- hand-typed rates: 99.71%, 100%%, 6,25%. Without a % sign the column decides the scale (kinds.py).
CREATE OR REPLACE MACRO k_rate(t, scale) AS
    CASE WHEN contains(k_half(t), '%') THEN TRY_CAST(replace(rtrim(k_half(t), '% '), ',', '.') AS DOUBLE) / 100
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
    coalesce(k_number(t) * scale, k_clock(k_half(t)), k_words(replace(k_half(t), ' ', '')));

-- days and times: year first, any separator; 14 digits; Excel's serial days
CREATE OR REPLACE MACRO k_date_text(t) AS CASE WHEN contains(t, '年')
    THEN rtrim(replace(replace(replace(k_half(t), '年', '-'), '月', '-'), '日', ' ')) ELSE k_half(t) END;
CREATE OR REPLACE MACRO k_serial(t) AS CASE WHEN regexp_full_match(t, '[2-7]\d{4}(\.\d+)?') THEN
    TIMESTAMP '1899-12-30' + to_microseconds((round(t::DOUBLE * 86400) * 1000000)::BIGINT) END;
CREATE OR REPLACE MACRO k_naive(t) AS coalesce(
    TRY_CAST(k_date_text(t) AS TIMESTAMP),
    TRY_STRPTIME(k_half(t), ['%Y%m%d%H%M%S', '%Y%m%d', '%Y%m%d %H:%M:%S']),
    k_serial(k_half(t)));
-- an offset in the text is taken, never assumed
CREATE OR REPLACE MACRO k_has_offset(t) AS regexp_matches(t, ':\d\d(\.\d+)?\s*([+-]\d\d(:?\d\d)?|Z|UTC)$');
CREATE OR REPLACE MACRO k_offset(t) AS TRY_CAST(
    regexp_replace(regexp_replace(t, '\s*(Z|UTC)$', '+00'), '\s*([+-]\d\d):?(\d\d)$', '\1:\2') AS TIMESTAMPTZ);
CREATE OR REPLACE MACRO k_zoned(t, tz) AS
    CASE WHEN k_has_offset(t) THEN k_offset(t) ELSE timezone(tz, k_naive(t)) END;
-- 0001-01-01 and 1970-01-01 08:00:00 stand for "never"
CREATE OR REPLACE MACRO k_moment(m) AS
    CASE WHEN m >= TIMESTAMPTZ '1970-01-02 00:00:00+00' THEN date_trunc('second', m) END;
CREATE OR REPLACE MACRO k_never(m) AS coalesce(m < TIMESTAMPTZ '1970-01-02 00:00:00+00', false);
CREATE OR REPLACE MACRO k_time(t, tz) AS k_moment(k_zoned(t, tz));
CREATE OR REPLACE MACRO k_day(t, tz) AS CAST(CASE WHEN k_has_offset(t) THEN timezone(tz, k_offset(t))
    ELSE k_naive(t) END AS DATE);
