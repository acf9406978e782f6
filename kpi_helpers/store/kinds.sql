-- How a cell's text becomes a value, in steps (kinds.py): x, the cell as found; t, trimmed; h, half-width; v, the value.
-- Every macro takes the column of the step before, so that nothing is worked out twice.
-- A macro gives NULL for what it cannot read. Fast ways come first: CASE and coalesce look at the slow ones only for
-- the cells that need them.

-- blanks of every width, tabs, line ends, BOM and zero-width characters at both ends
CREATE OR REPLACE MACRO k_trim(x) AS CASE
    WHEN x = '' THEN NULL
    WHEN regexp_matches(x, '^[\s\x{A0}\x{3000}\x{FEFF}\x{200B}]|[\s\x{A0}\x{3000}\x{FEFF}\x{200B}]$') THEN nullif(trim(x,
        ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160) || chr(12288) || chr(65279) || chr(8203)), '')
    ELSE x END;
-- full-width digits and signs as ASCII
CREATE OR REPLACE MACRO k_half(t) AS CASE
    WHEN strlen(t) = length(t) THEN t
    ELSE translate(t, '０１２３４５６７８９．，－＋％：／　', '0123456789.,-+%:/ ') END;

-- ids as spreadsheets protect them: ="4890…", '4890… (to be trimmed once more)
CREATE OR REPLACE MACRO k_bare(t) AS CASE
    WHEN starts_with(t, '="') AND ends_with(t, '"') THEN substring(t, 3, length(t) - 3)
    WHEN starts_with(t, '''') THEN ltrim(t, '''')
    ELSE t END;
-- the long form of an account: cntaobao花店:小美
CREATE OR REPLACE MACRO k_account(v) AS CASE
    WHEN starts_with(v, 'cntaobao') AND v <> 'cntaobao' THEN trim(v[9:]) ELSE v END;
-- a platform's word, such as a status: full-width letters and signs (，（：) as half-width ones
CREATE OR REPLACE MACRO k_word(t) AS CASE
    WHEN strlen(t) = length(t) THEN t
    ELSE translate(t, '，：；（）［］！？．－／％＋＝　０１２３４５６７８９', ',:;()[]!?.-/%+= 0123456789') END;
-- an id that a spreadsheet turned into a number: 4.89012E+17
CREATE OR REPLACE MACRO k_lost(v) AS CASE WHEN contains(v, '+') THEN regexp_full_match(v, '\d(\.\d+)?[eE]\+\d+') END;

-- digits with a currency sign, thousands commas in the right places, nothing else
CREATE OR REPLACE MACRO k_plain(h) AS CASE
    WHEN NOT contains(h, ',') THEN trim(h, ' ￥¥$€£元')
    WHEN regexp_full_match(h, '\D{0,2}[-+]?\d{1,3}(,\d{3})+(\.\d+)?\D?') THEN trim(replace(h, ',', ''), ' ￥¥$€£元') END;
CREATE OR REPLACE MACRO k_number(h) AS coalesce(TRY_CAST(h AS DOUBLE), TRY_CAST(k_plain(h) AS DOUBLE));
CREATE OR REPLACE MACRO k_money(h) AS
    coalesce(TRY_CAST(h AS DECIMAL(18, 4)), TRY_CAST(k_plain(h) AS DECIMAL(18, 4)));

-- hand-typed rates: 99.71%, 100%%, 6,25%. Without a % sign the column decides the scale (decide.py).
CREATE OR REPLACE MACRO k_rate(h, scale) AS CASE
    WHEN contains(h, '%') THEN TRY_CAST(replace(rtrim(h, '% '), ',', '.') AS DOUBLE) / 100
    ELSE k_number(h) / scale END;

-- 16分3秒, 7小时41分52秒, 11秒, 00:16:03, or a plain number in the unit the column's name gives
CREATE OR REPLACE MACRO k_part(h, unit) AS
    coalesce(TRY_CAST(regexp_extract(h, '(\d+(?:\.\d+)?)\s*' || unit, 1) AS DOUBLE), 0);
CREATE OR REPLACE MACRO k_clock(h) AS CASE WHEN regexp_full_match(h, '\d+:[0-5]\d:[0-5]\d(\.\d+)?') THEN
    3600 * split_part(h, ':', 1)::DOUBLE + 60 * split_part(h, ':', 2)::DOUBLE + split_part(h, ':', 3)::DOUBLE END;
CREATE OR REPLACE MACRO k_words(h) AS CASE
    WHEN regexp_full_match(h, '(\d+天)?\s*(\d+(\.\d+)?(小时|时))?\s*(\d+(\.\d+)?(分钟|分))?\s*(\d+(\.\d+)?秒)?') THEN
    86400 * k_part(h, '天') + 3600 * k_part(h, '(?:小时|时)') + 60 * k_part(h, '分') + k_part(h, '秒') END;
CREATE OR REPLACE MACRO k_duration(h, scale) AS coalesce(k_number(h) * scale, k_clock(h), k_words(h));

-- days and times: year first, any separator; 14 digits; Excel's serial days
CREATE OR REPLACE MACRO k_serial(h) AS CASE WHEN regexp_full_match(h, '[2-7]\d{4}(\.\d+)?') THEN
    TIMESTAMP '1899-12-30' + to_microseconds((round(h::DOUBLE * 86400) * 1000000)::BIGINT) END;
CREATE OR REPLACE MACRO k_naive(h) AS coalesce(
    TRY_CAST(h AS TIMESTAMP),
    TRY_CAST(rtrim(translate(h, '年月日', '-- ')) AS TIMESTAMP),
    TRY_STRPTIME(h, ['%Y%m%d%H%M%S', '%Y%m%d', '%Y%m%d %H:%M:%S']),
    k_serial(h));
-- an offset in the text is taken, never assumed
CREATE OR REPLACE MACRO k_has_offset(h) AS regexp_matches(h, ':\d\d(\.\d+)?\s*([+-]\d\d(:?\d\d)?|Z|UTC)$');
CREATE OR REPLACE MACRO k_offset(h) AS TRY_CAST(
    regexp_replace(regexp_replace(h, '\s*(Z|UTC)$', '+00'), '\s*([+-]\d\d):?(\d\d)$', '\1:\2') AS TIMESTAMPTZ);
-- where clocks are put back, the hour they show twice is the first one
CREATE OR REPLACE MACRO k_local(t, tz) AS
    least(timezone(tz, t), timezone(tz, t - INTERVAL 1 HOUR) + INTERVAL 1 HOUR);
CREATE OR REPLACE MACRO k_time(h, tz) AS CASE
    WHEN h LIKE '____-__-__ __:__:__' THEN k_local(TRY_CAST(h AS TIMESTAMP), tz)
    WHEN k_has_offset(h) THEN date_trunc('second', k_offset(h))
    ELSE k_local(date_trunc('second', k_naive(h)), tz) END;
CREATE OR REPLACE MACRO k_day(h, tz) AS CAST(CASE
    WHEN k_has_offset(h) THEN timezone(tz, k_offset(h)) ELSE k_naive(h) END AS DATE);
-- the same for zones that have not changed their clocks since 1992: `ahead` microseconds before UTC
CREATE OR REPLACE MACRO k_time_ahead(h, tz, ahead) AS CASE
    WHEN h LIKE '____-__-__ __:__:__' AND h >= '1992' THEN
        make_timestamptz(epoch_us(TRY_CAST(h AS TIMESTAMP)) - ahead)
    ELSE k_time(h, tz) END;
-- where the source writes its days otherwise (26-Aug-23, 21/02/2026 08:05), its layout says how
CREATE OR REPLACE MACRO k_time_as(h, tz, form) AS k_local(date_trunc('second', TRY_STRPTIME(h, form)), tz);
CREATE OR REPLACE MACRO k_day_as(h, tz, form) AS CAST(TRY_STRPTIME(h, form) AS DATE);
-- seconds since 1970 (scale 1), milliseconds (0.001), microseconds (0.000001)
CREATE OR REPLACE MACRO k_epoch(h, scale) AS CASE WHEN regexp_full_match(h, '\d{9,17}(\.\d+)?') THEN
    TRY(make_timestamp(CAST(floor(h::DOUBLE * scale) AS BIGINT) * 1000000)) END;
CREATE OR REPLACE MACRO k_time_since(h, tz, scale) AS timezone('UTC', k_epoch(h, scale));
CREATE OR REPLACE MACRO k_day_since(h, tz, scale) AS CAST(timezone(tz, k_time_since(h, tz, scale)) AS DATE);
-- 0001-01-01, 1970-01-01 08:00:00 and 9999-12-31 stand for "never"; no other day from 2100 on is meant
CREATE OR REPLACE MACRO k_ever(v) AS
    CASE WHEN v >= TIMESTAMPTZ '1970-01-02 00:00:00+00' AND v < TIMESTAMPTZ '2100-01-01 00:00:00+00' THEN v END;
CREATE OR REPLACE MACRO k_far(v) AS
    v >= TIMESTAMPTZ '2100-01-01 00:00:00+00' AND NOT v BETWEEN TIMESTAMPTZ '9998-12-31 00:00:00+00' AND TIMESTAMPTZ '9999-12-31 23:59:59+00';
