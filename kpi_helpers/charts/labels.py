"""What charts and tables call things: metrics, agents, periods and values, as text that is safe to draw."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from math import isfinite

import pandas as pd

from kpi_helpers import metrics
from kpi_helpers.metrics.records import only, records
from kpi_helpers.wording import formats
from kpi_helpers.wording.names import SPECIAL, agent_label, fit
from kpi_helpers.wording.spans import span_kind

NUMBERS = ("metric", "low", "high", "numerator", "denominator")  # of a result row, beside its value
GROUPS = ("agent", "team", "shop")  # columns whose values are names given by people


def metric_name(name: str, lang: str) -> str:
    """The metric's label in the registry."""
    return metrics.get(name).label[lang]


def show(value: object, name: str, lang: str) -> str:
    """`value` of metric `name` in full, for tables, cards and hover; its mark when it is missing."""
    return formats.show(value, metrics.get(name).unit, lang)


def compact(value: object, name: str, lang: str, decimals: int = 1) -> str:
    """`value` of metric `name` in short (1.2 万, 1.2M), for marks and axes."""
    return formats.compact(value, metrics.get(name).unit, lang, decimals=decimals)


def texts(rows: pd.DataFrame, lang: str) -> list[str]:
    """The value of every result row in full."""
    return [show(v, m, lang) for v, m in zip(rows["value"], rows["metric"], strict=True)]


def percent(share: float, lang: str) -> str:
    """A fraction as a percentage."""
    return formats.show(share, "fraction", lang)


def interval(row: object, lang: str) -> str:
    """The 95 % interval of a result row, "" when it has none (a complete count)."""
    if pd.isna(row.low) or pd.isna(row.high):
        return ""
    return f"{show(row.low, row.metric, lang)} – {show(row.high, row.metric, lang)}"


def parts(row: object, lang: str) -> str:
    """Numerator ÷ denominator of a result row, "" for a count."""
    if pd.isna(row.denominator) or pd.isna(row.numerator):
        return ""
    above, below = (formats.show(v, "count", lang) for v in (row.numerator, row.denominator))
    return f"{above} ÷ {below}"


def by_of(rows: pd.DataFrame) -> str:
    """The column that says who a row is about: agent, team or shop."""
    return next(by for by in GROUPS if by in rows)


def named(rows: pd.DataFrame, names: Mapping[str, str] | None, lang: str) -> pd.DataFrame:
    """`rows` with columns `who` (as given) and `shown` (display name, made unlike where two share one)."""
    given = rows[by_of(rows)]
    shown = _own_parts({key: agent_label((names or {}).get(key, key), lang) for key in dict.fromkeys(given)})
    twice = {name for name, times in Counter(shown.values()).items() if times > 1}
    return rows.assign(who=given, shown=[_unlike(shown[key], key, twice) for key in given])


def people(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of persons, teams and shops: without (silent) and (unassigned), who are nobody to compare with."""
    return only(rows, (who not in SPECIAL for who in rows[by_of(rows)]))


def _own_parts(names: dict[object, str]) -> dict[object, str]:
    """Accounts are often called 店铺:客服; the part after the shop's name, where it tells them apart."""
    tails = {key: re.split("[:：]", name)[-1].strip() or name for key, name in names.items()}
    return tails if len(set(tails.values())) == len(tails) else names


def _unlike(name: str, key: object, twice: set[str]) -> str:
    return f"{name} {key}" if name in twice and name != key else name


def short(name: object, width: int = 16) -> str:
    """A person's or shop's name as a label of a chart: shortened, nothing in it read as markup."""
    return formats.escape_label(fit(name, width))


def period_text(start: date, end: date) -> str:
    """A short name of the period [start, end) for an axis: 11-04, W45, 2026-11, 2026 Q4, 2026."""
    form = {"week": "W%V", "month": "%Y-%m", "year": "%Y"}
    kind = span_kind(start, end)
    return f"{start.year} Q{start.month // 3 + 1}" if kind == "quarter" else start.strftime(form.get(kind, "%m-%d"))


def periods(rows: pd.DataFrame) -> list[str]:
    """The short name of every result row's period."""
    return [period_text(a, b) for a, b in zip(rows["period_start"], rows["period_end"], strict=True)]


def hover(rows: pd.DataFrame, lang: str, heads: Sequence[str]) -> list[str]:
    """What a pointer or finger shows at each row: its head, value, interval and parts."""
    return [
        "<br>".join(filter(None, (head, f"<b>{value}</b>", interval(row, lang), parts(row, lang))))
        for head, value, row in zip(heads, texts(rows, lang), records(rows, *NUMBERS), strict=True)
    ]


def value_axis(
    values: Sequence[float | None],
    name: str,
    lang: str,
    *,
    zero: bool = False,
    most: int = 5,
) -> dict[str, object]:
    """Range and ticks of a value axis in the metric's unit. Bars ask for `zero`; lines may start higher."""
    known = [float(v) for v in values if v is not None and isfinite(v)] or [0.0, 1.0]
    low, high = min(known + [0.0] * zero), max(known + [0.0] * zero)
    if low == high:  # values that never change still need an axis with a height
        low, high = low - (abs(low) / 10 or 1.0) * (not zero), high + (abs(high) / 10 or 1.0)
    at, text = formats.ticks(low, high, metrics.get(name).unit, lang, most=most)
    return {
        "range": [min(at[0], low), max(at[-1], high)],
        "tickmode": "array",
        "tickvals": at,
        "ticktext": text,
    }


def changed(key: str, axis: dict[str, object]) -> dict[str, object]:
    """The changes for phones (see `finish`) that give axis `key` of the layout other ticks, not range."""
    return {f"layout.{key}.{name}": value for name, value in axis.items() if name != "range"}


def time_axis(rows: pd.DataFrame, most: int) -> dict[str, object]:
    """Ticks of a time axis: at most `most` periods, evenly spaced, the last one always among them."""
    spans = sorted(set(zip(rows["period_start"], rows["period_end"], strict=True)))
    every = -(-len(spans) // most)
    shown = spans[::-1][::every][::-1]
    at = [start.isoformat() for start, _ in shown]
    return {"tickmode": "array", "tickvals": at, "ticktext": [period_text(*span) for span in shown]}
