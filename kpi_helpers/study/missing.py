"""What a shop's data cannot tell, said once: by what is missing, the metrics that need it."""

import pandas as pd

from kpi_helpers import metrics
from kpi_helpers.study.texts import listed, word

NEVER = "not available: "


def label(name: str, lang: str) -> str:
    """A metric's name."""
    return metrics.get(name).label[lang]


def told(rows: pd.DataFrame, lang: str) -> str:
    """这家店没有订单数据，以下指标无法计算：…；没有…：…。 "" when every metric of `rows` is available."""
    parts: dict[str, list[str]] = {}
    for name, value, basis in zip(rows["metric"], rows["value"], rows["basis"], strict=True):
        if value != value and basis.startswith(NEVER):
            parts.setdefault(_things(basis, lang), []).append(label(name, lang))
    said = [(what, listed(names, lang)) for what, names in parts.items()]
    clauses = [
        word("missing.first" if at == 0 else "missing.more", lang, what=what, names=names)
        for at, (what, names) in enumerate(said)
    ]
    return word("missing.line", lang, clauses=word("missing.between", lang).join(clauses)) if clauses else ""


def _things(basis: str, lang: str) -> str:
    """What is missing, in words."""
    return listed([_thing(part, lang) for part in sorted(reason_of(basis).split(" and "))], lang)


def reason_of(basis: str) -> str:
    """The table or column that is missing, of `compute`'s words: messages, orders, buyers, days …"""
    reason = basis.removeprefix(NEVER)
    if reason.endswith("do not cover these days"):
        return "days"
    for begins, thing in (("no daily report", "report"), ("working hours are not known", "hours")):
        if reason.startswith(begins):
            return thing
    known = {"orders without a buyer": "buyers", "orders without an item count": "items"}
    return known.get(reason, reason.removeprefix("no ").removesuffix(" is not in the export"))


def _thing(part: str, lang: str) -> str:
    """A table or column in words; what has no words stands as it is."""
    return word(f"missing.{part}", lang) if f"missing.{part}" in word else part
