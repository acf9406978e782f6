"""What a shop's data cannot tell, said once: by what is missing, the metrics that need it."""

import pandas as pd

from kpi_helpers import metrics
from kpi_helpers.study.texts import listed, records, word

NEVER = "not available: "


def label(name: str, lang: str) -> str:
    """A metric's name."""
    return metrics.get(name).label[lang]


def told(rows: pd.DataFrame, lang: str) -> str:
    """这家店没有订单数据，以下指标无法计算：…; "" when every metric of `rows` is available."""
    gone = rows[rows["value"].isna() & rows["basis"].str.startswith(NEVER)]
    if gone.empty:
        return ""
    reasons = {reason: part["metric"] for reason, part in gone.groupby(gone["basis"].map(reason_of), sort=False)}
    said = [_one(reason, [label(name, lang) for name in names], lang) for reason, names in reasons.items()]
    return (" " if lang == "en" else "").join(said)


def reason_of(basis: str) -> str:
    """The thing that is missing, of `compute`'s words: messages, orders, buyers, days …"""
    reason = basis.removeprefix(NEVER)
    if reason.endswith("do not cover these days"):
        return "days"
    if reason.startswith("no daily report"):
        return "report"
    if reason.startswith("no "):
        return reason.removeprefix("no ")
    return {"orders without a buyer": "buyers", "orders without an item count": "items"}.get(reason, reason)


def _one(reason: str, names: list[str], lang: str) -> str:
    things = [_thing(part, lang) for part in reason.split(" and ")]
    return word("missing.line", lang, what=listed(things, lang), names=listed(names, lang))


def _thing(part: str, lang: str) -> str:
    """A table or column in words; what has no words stands as it is."""
    return word(f"missing.{part}", lang) if f"missing.{part}" in records() else part
