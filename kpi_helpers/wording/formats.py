"""Numbers, dates and spans as text, in Chinese and English. Units are declared by the metric, never guessed.

Rates are fractions, durations seconds, money shop currency. plotly and Great Tables cannot write 万 and
亿, so these strings go into ticktext, hover data and tables as they are.
"""

import re
from collections.abc import Callable
from contextvars import ContextVar
from decimal import ROUND_HALF_UP, Context, Decimal
from math import ceil, floor, isfinite, log10

from kpi_helpers.errors import unknown

from .names import clean, escape_html, escape_label, mask_agent, mask_agents, mask_buyer
from .spans import period_words, show_date, show_span
from .texts import say

__all__ = [
    "clean",
    "compact",
    "difference",
    "escape_html",
    "escape_label",
    "mask_agent",
    "mask_agents",
    "mask_buyer",
    "missing",
    "period_words",
    "provisional",
    "show",
    "show_date",
    "show_span",
    "ticks",
    "too_few",
]

SYMBOLS = {
    "CNY": "¥",
    "JPY": "¥",
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "HKD": "HK$",
    "TWD": "NT$",
    "SGD": "S$",
}
SHORT = {  # from, divided by, suffix; "from" is where one decimal already rounds up to the next unit
    "zh": ((99_999_500, 1e8, " 亿"), (9_999.5, 1e4, " 万")),
    "en": ((999_950_000, 1e9, "B"), (999_950, 1e6, "M"), (9_999.5, 1e3, "K")),
}
ALIASES = {"%": "fraction", "rate": "fraction", "number": "ratio"}
CLOCK_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 36000, 86400)
_EXACT = Context(prec=400, rounding=ROUND_HALF_UP)


_CURRENCY: ContextVar[str] = ContextVar("currency", default="CNY")  # of the shop whose page is being written


def use_currency(code: str) -> None:
    """Write money in this currency where a call names none: a page is about one shop."""
    _CURRENCY.set(code)


def missing(lang: str = "zh") -> str:
    """The mark of a value nobody knows: -- or –. Never 0, never blank."""
    return say("mark.missing", lang)


def too_few(lang: str = "zh") -> str:
    """The mark of a value not shown because the sample is too small."""
    return say("mark.too_few", lang)


def provisional(lang: str = "zh") -> str:
    """The mark of a value that will still change."""
    return say("mark.provisional", lang)


def show(
    value: object,
    unit: str,
    lang: str = "zh",
    *,
    decimals: int | None = None,
    currency: str = "",
    sign: bool = False,
) -> str:
    """`value` in full, for tables, cards and sentences; `sign` writes a plus too.

    unit: count, fraction, ratio, money, seconds, hours, points (a score). Rounds half up, as spreadsheets do.
    Raises KpiError for a unit nobody knows.
    """
    write = _WRITERS[_known(unit)]
    number = _number(value)
    if number is None:
        return missing(lang)
    return _signed(number, write(abs(number), lang, decimals, _symbol(currency)), sign)


def difference(value: object, unit: str, lang: str = "zh", *, sign: bool = True, currency: str = "") -> str:
    """A difference of two values: +4.5 个百分点 / points for fractions (never %), else in the unit."""
    number = _number(value)
    if _known(unit) != "fraction" or number is None:
        return show(value, unit, lang, sign=sign, currency=currency)
    return _signed(number, say("unit.percentage_points", lang, x=_fixed(abs(number), 1, 2)), sign)


def compact(value: object, unit: str, lang: str = "zh", *, currency: str = "", decimals: int = 1) -> str:
    """`value` in short, for axes and marks: 123.5 万, 1.2M, 42%, 2 分; full digits below 10,000."""
    number = _number(value)
    for least, scale, suffix in SHORT[lang] if unit in ("count", "money") and number is not None else ():
        if abs(number) >= least:
            return _signed(number, _shortened(abs(number) / scale, suffix, unit, lang, currency, decimals), False)
    return _trimmed(show(value, unit, lang, currency=currency))


def _shortened(number: float, suffix: str, unit: str, lang: str, currency: str, decimals: int) -> str:
    """The decimals and the suffix; Chinese money in yuan ends in 元 instead of starting with ¥."""
    text = _trimmed(_fixed(number, decimals)) + suffix
    if unit == "count":
        return text
    yuan = (lang, currency or _CURRENCY.get()) == ("zh", "CNY")
    return text + "元" if yuan else _symbol(currency) + text


def _trimmed(text: str) -> str:
    """Without zeros that say nothing: 42.0% -> 42%, 1.50 -> 1.5, 2 分 00 秒 -> 2 分."""
    text = re.sub(r"\.0+(?!\d)", "", re.sub(r"(\.\d*[1-9])0+(?!\d)", r"\1", text))
    return re.sub(r"(?<=[分n时h]) 00 \D+$", "", text)


def ticks(
    low: float, high: float, unit: str, lang: str = "zh", *, most: int = 5, currency: str = ""
) -> tuple[list[float], list[str]]:
    """(tickvals, ticktext) of an axis from low to high: round numbers, round times, no two alike."""
    unit = _known(unit)
    step = _step((high - low) or abs(high) or 1.0, most, unit)
    at = [i * step for i in range(floor(low / step + 1e-9), ceil(high / step - 1e-9) + 1)]
    if unit in ("fraction", "ratio", "points", "hours"):
        decimals = max(0, ceil(-log10(step) - 1e-9) - 2 * (unit == "fraction"))
        return at, [show(v, unit, lang, decimals=decimals) for v in at]
    return at, [compact(v, unit, lang, currency=currency) for v in at]


def _step(width: float, most: int, unit: str) -> float:
    """The smallest round step that needs at most about `most` steps; whole for counts."""
    rough = width / most
    if unit == "seconds" and 1 <= rough <= CLOCK_STEPS[-1]:
        return float(next(s for s in CLOCK_STEPS if s >= rough))
    power = 10.0 ** floor(log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))
    return max(step, 1.0) if unit == "count" else step


def _number(value: object) -> float | None:
    """A finite float, or None for anything unknown (None, NaN, NaT, NA, infinite)."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if isfinite(number) else None


def _fixed(number: float, decimals: int, shift: int = 0) -> str:
    """Digits with thousands commas; shifted by powers of ten before rounding, so that 0.1225 is 12.3 %."""
    exact = Decimal(repr(float(number))).scaleb(shift, _EXACT)
    return f"{exact.quantize(Decimal(1).scaleb(-decimals), context=_EXACT):,f}"


def _signed(number: float, text: str, sign: bool) -> str:
    """The text of the absolute value with its sign in front; nothing before a zero."""
    if not re.search("[1-9]", text):
        return text
    return "-" + text if number < 0 else "+" + text if sign else text


def _known(unit: str) -> str:
    """The unit's own name."""
    unit = ALIASES.get(unit, unit)
    if unit not in _WRITERS:
        raise unknown("unit", unit, list(_WRITERS))
    return unit


def _plain(usual: int) -> Callable[..., str]:
    return lambda x, lang, decimals, symbol: _fixed(x, usual if decimals is None else decimals)


def _worded(key: str, usual: int) -> Callable[..., str]:
    return lambda x, lang, decimals, symbol: say(key, lang, x=_fixed(x, usual if decimals is None else decimals))


def _symbol(currency: str) -> str:
    """What stands before the digits: ¥ for CNY, the code and a space where it has no sign of its own."""
    code = currency or _CURRENCY.get()
    return SYMBOLS.get(code) or (f"{code} " if code.isalpha() else code)


def _percent(x: float, lang: str, decimals: int | None, symbol: str) -> str:
    return _fixed(x, 1 if decimals is None else decimals, 2) + "%"


def _money(x: float, lang: str, decimals: int | None, symbol: str) -> str:
    return symbol + _fixed(x, (2 if 0 < x < 99.995 else 0) if decimals is None else decimals)


def _seconds(x: float, lang: str, decimals: int | None, symbol: str) -> str:
    """45 秒, 23.4 秒, 2 分 05 秒, 1 小时 02 分, 120 小时."""
    if x < 59.95:
        return say("unit.seconds", lang, x=_trimmed(_fixed(x, 1)) if decimals is None else _fixed(x, decimals))
    whole = int(x + 0.5)
    if whole < 3600:
        return say("unit.minutes", lang, m=whole // 60, s=f"{whole % 60:02d}")
    minutes = int(x / 60 + 0.5)
    if minutes < 6000:
        return say("unit.hours_minutes", lang, h=minutes // 60, m=f"{minutes % 60:02d}")
    return say("unit.hours", lang, x=_fixed(x / 3600, 0))


_WRITERS: dict[str, Callable[..., str]] = {
    "count": _plain(0),
    "fraction": _percent,
    "ratio": _plain(2),
    "money": _money,
    "seconds": _seconds,
    "hours": _worded("unit.hours", 1),
    "points": _worded("unit.score", 2),
}
