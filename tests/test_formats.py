"""Numbers, dates and names as text: units as declared, both languages, nothing that acts in print."""

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_helpers.errors import KpiError
from kpi_helpers.wording import formats, names
from kpi_helpers.wording.book import LANGS, spaced


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (12345, "count", "12,345", "12,345"),
        (Decimal("1234.5000"), "money", "¥1,235", "¥1,235"),
        (56.8, "money", "¥56.80", "¥56.80"),
        (99.996, "money", "¥100", "¥100"),
        (-1234, "money", "-¥1,234", "-¥1,234"),
        (0.423, "fraction", "42.3%", "42.3%"),
        (0.1225, "fraction", "12.3%", "12.3%"),
        (-0.0001, "fraction", "0.0%", "0.0%"),
        (1.25, "ratio", "1.25", "1.25"),
        (45, "seconds", "45 秒", "45 s"),
        (23.44, "seconds", "23.4 秒", "23.4 s"),
        (59.97, "seconds", "1 分 00 秒", "1 min 00 s"),
        (125, "seconds", "2 分 05 秒", "2 min 05 s"),
        (3599.7, "seconds", "1 小时 00 分", "1 h 00 min"),
        (3720, "seconds", "1 小时 02 分", "1 h 02 min"),
        (400_000, "seconds", "111 小时", "111 h"),
        (26.54, "hours", "26.5 小时", "26.5 h"),
        (4.847, "points", "4.85 分", "4.85"),
        (None, "count", "--", "–"),
        (float("nan"), "fraction", "--", "–"),
        (pd.NA, "money", "--", "–"),
        (float("inf"), "ratio", "--", "–"),
    ],
)
def test_show(value, unit, zh, en):
    assert (formats.show(value, unit, "zh"), formats.show(value, unit, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (9_960, "count", "9,960", "9,960"),
        (12_345, "count", "1.2 万", "12.3K"),
        (1_234_567, "count", "123.5 万", "1.2M"),
        (99_999_600, "count", "1 亿", "100M"),
        (200_000, "count", "20 万", "200K"),
        (1_234_000, "money", "123.4 万元", "¥1.2M"),
        (-1_234_000, "money", "-123.4 万元", "-¥1.2M"),
        (50, "money", "¥50", "¥50"),
        (0.4, "fraction", "40%", "40%"),
        (1.5, "ratio", "1.5", "1.5"),
        (100, "ratio", "100", "100"),
        (120, "seconds", "2 分", "2 min"),
        (7200, "seconds", "2 小时", "2 h"),
        (None, "count", "--", "–"),
    ],
)
def test_compact(value, unit, zh, en):
    assert (formats.compact(value, unit, "zh"), formats.compact(value, unit, "en")) == (zh, en)


def test_currency_comes_from_settings():
    assert formats.show(1234, "money", "en", currency="USD") == "$1,234"
    assert formats.compact(1_234_000, "money", "zh", currency="USD") == "$123.4 万"
    assert formats.compact(1_047_321, "money", "en", decimals=2) == "¥1.05M"
    assert formats.show(5, "money", "en", currency="AUD") == "AUD 5.00"


def test_differences_of_rates_are_points():
    assert formats.difference(0.045, "fraction", "zh") == "+4.5 个百分点"
    assert formats.difference(-0.045, "fraction", "en") == "-4.5 points"
    assert formats.difference(0.0001, "fraction", "en") == "0.0 points"
    assert formats.difference(120, "count", "en") == "+120"
    assert formats.difference(None, "fraction", "en") == "–"


def test_an_unknown_unit_or_language_is_one_sentence():
    with pytest.raises(KpiError, match="seconds"):
        formats.show(1, "second")
    with pytest.raises(KpiError, match="language"):
        formats.show(None, "count", "de")


@pytest.mark.parametrize(
    ("low", "high", "unit", "expected"),
    [
        (0, 0.5, "fraction", ["0%", "10%", "20%", "30%", "40%", "50%"]),
        (0.001, 0.003, "fraction", ["0.10%", "0.15%", "0.20%", "0.25%", "0.30%"]),
        (0, 290, "seconds", ["0 s", "1 min", "2 min", "3 min", "4 min", "5 min"]),
        (0, 45_000, "count", ["0", "10K", "20K", "30K", "40K", "50K"]),
        (0, 2, "count", ["0", "1", "2"]),
        (-5000, 5000, "money", ["-¥6,000", "-¥4,000", "-¥2,000", "¥0", "¥2,000", "¥4,000", "¥6,000"]),
    ],
)
def test_ticks(low, high, unit, expected):
    at, text = formats.ticks(low, high, unit, "en")
    assert len(at) == len(text)
    assert (at[0] <= low and at[-1] >= high) and text == expected


@given(
    st.floats(-1e9, 1e9),
    st.floats(1e-3, 1e9),
    st.sampled_from(["count", "fraction", "seconds", "ratio", "money"]),
)
def test_ticks_are_few_and_cover_the_axis(low, width, unit):
    at, _ = formats.ticks(low, low + width, unit, "zh")
    assert 2 <= len(at) <= 8 or width < 1
    blur = 1e-6 * (abs(low) + width)  # far below a pixel
    assert at[0] <= low + blur and at[-1] >= low + width - blur


SPANS = [
    ("2026-11-20", "2026-11-21", "2026-11-20", "2026-11-20"),
    ("2026-11-16", "2026-11-23", "2026-11-16 ～ 2026-11-22", "16–22 Nov 2026"),
    ("2026-09-28", "2026-10-05", "2026-09-28 ～ 2026-10-04", "28 Sep – 4 Oct 2026"),
    ("2025-12-29", "2026-01-05", "2025-12-29 ～ 2026-01-04", "29 Dec 2025 – 4 Jan 2026"),
]
WORDS = [
    ("2026-11-20", "2026-11-21", "11 月 20 日", "20 Nov"),
    ("2026-11-16", "2026-11-23", "11 月 16～22 日", "16–22 Nov"),
    ("2026-09-28", "2026-10-05", "9 月 28 日～10 月 4 日", "28 Sep – 4 Oct"),
    ("2025-09-01", "2025-10-01", "2025 年 9 月", "Sep 2025"),
    ("2026-10-01", "2027-01-01", "2026 年第 4 季度", "Q4 2026"),
    ("2026-01-01", "2027-01-01", "2026 年", "2026"),
]


@pytest.mark.parametrize(("start", "end", "zh", "en"), SPANS)
def test_spans(start, end, zh, en):
    days = date.fromisoformat(start), date.fromisoformat(end)
    assert [formats.show_span(*days, lang) for lang in LANGS] == [zh, en]


@pytest.mark.parametrize(("start", "end", "zh", "en"), WORDS)
def test_periods_in_a_sentence(start, end, zh, en):
    days = date.fromisoformat(start), date.fromisoformat(end)
    assert [formats.period_words(*days, lang) for lang in LANGS] == [zh, en]


def test_a_stretch_of_two_or_of_odd_months_is_no_quarter():
    assert formats.period_words(date(2026, 2, 1), date(2026, 5, 1), "en") == "1 Feb – 30 Apr"
    assert formats.period_words(date(2026, 1, 1), date(2026, 3, 1), "en") == "1 Jan – 28 Feb"


@pytest.mark.parametrize(
    ("name", "mask"),
    [
        ("小麦田", "小**"),
        ("小麦田很长很长的名字", "小**"),
        ("tb1234567", "t**"),
        ("田", "**"),
        ("😀abc", "**"),
        ("\u202e小麦田", "小**"),
        ("<b>x", "**"),
        ("e\u0301toile", "é**"),
        ("", "**"),
        (None, "**"),
    ],
)
def test_mask_buyer(name, mask):
    assert formats.mask_buyer(name) == mask


def test_agent_masks_are_all_different():
    masks = formats.mask_agents(["旗舰店:晓晓", "旗舰店:晓明", "阿文", "(silent)"])
    assert masks == {"旗舰店:晓明": "晓*", "旗舰店:晓晓": "晓* 2", "阿文": "阿*", "(silent)": "静默"}
    assert names.agent_label("(unassigned)", "en") == "unassigned"


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    "$\\href{javascript:alert(1)}{x}$",
    "%{customdata[0]}",
    "&lt;b&gt;",
    "a\u202eb\u2066c\u200fd\x00e\u0007",
    "a\nb\r\nc\td\u2028e",
    "\ud800x",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_escapes_leave_nothing_that_acts(text):
    for escaped in (formats.escape_html(text), formats.escape_label(text)):
        assert not set(escaped) & set("<>\"'\n\r\t\x00\u202e\u2066\u200f\u2028")
        escaped.encode("utf-8")
    label = formats.escape_label(text)
    assert "$" not in label and "%{" not in label


def test_escaping_keeps_what_is_written():
    import html

    for text in HOSTILE[:6]:
        assert html.unescape(formats.escape_label(text)) == text


def test_clean_tames_stacked_marks():
    assert len(formats.clean("z" + "\u0301" * 300)) <= 4
    assert formats.clean("  小 麦\u3000田 ") == "小 麦 田"


def test_fit_counts_han_as_two():
    assert names.fit("小麦田旗舰店", 12) == "小麦田旗舰店"
    assert names.fit("小麦田旗舰店", 8) == "小麦田…"
    assert names.fit("abcdefgh", 5) == "abcd…"


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text):
    assert formats.clean(formats.clean(text)) == formats.clean(text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("共320人", "共 320 人"),
        ("高4.5个百分点（样本1,845）", "高 4.5 个百分点（样本 1,845）"),
        ("比前一周的47.6%高", "比前一周的 47.6% 高"),
        ("，¥1,234 ，", "，¥1,234，"),
    ],
)
def test_chinese_is_spaced(before, after):
    assert spaced(before) == after
