"""A rate's change, taken apart: did its groups do better or worse, or was there more of some of them?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from kpi_helpers import metrics, stats, wording
from kpi_helpers.charts import Column, Html, html_table
from kpi_helpers.charts.html import tag
from kpi_helpers.engine.clock import day_number, to_date
from kpi_helpers.periods import Period
from kpi_helpers.study.answer import moved
from kpi_helpers.study.compare import pair
from kpi_helpers.study.shared import once, remembered
from kpi_helpers.study.texts import word
from kpi_helpers.wording import formats

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study

KNOWN, STAGE, SERVED, WHO = "buyer_kind", "stage", "served", "who"
# Groupings by buyer; by person, only own sales count and the sum is another rate.
BUYERS = (KNOWN, STAGE, SERVED, "hour")
WAYS = (*BUYERS, "team", "agent")
MATTERS = 0.3  # the part of a change that shares must make to be told in a finding
LOOK_BACK = 60  # days in which a returning buyer must have paid; as long for both periods, or it would be no comparison
GROUPED = """
WITH folded AS (
  SELECT u.buyer_id, u.day, MIN(u.first_buyer_at) AS asked, BOOL_OR(u.answered) AS served,
    ARG_MIN(u.agent_id, u.first_at) FILTER (COALESCE({denominator}, FALSE)) AS who,
    BOOL_OR(COALESCE(u.inquiry, FALSE)) AS asks,
    BOOL_OR(COALESCE({numerator}, FALSE)) AS hit, BOOL_OR(COALESCE({denominator}, FALSE)) AS counted
  FROM chats AS u WHERE u.day >= {start} AND u.day < {end} GROUP BY u.buyer_id, u.day
)
SELECT {keys}, COUNT(*) FILTER (WHERE hit) AS numerator, COUNT(*) FILTER (WHERE counted) AS denominator
FROM folded AS f GROUP BY ALL"""
KEYS = {
    KNOWN: "CASE WHEN EXISTS (SELECT 1 FROM orders AS o WHERE o.buyer_id = f.buyer_id AND o.paid_at < f.asked "
    "AND o.paid_at >= f.asked - {back} * 86400) THEN 'returning' ELSE 'new' END",
    SERVED: "CASE WHEN served THEN 'answered' ELSE 'unanswered' END",
    WHO: "who",
    STAGE: "CASE WHEN asks THEN 'pre_sales' ELSE 'after_sales' END",
}


def because(study: Study, name: str) -> Html | None:
    """Why a rate moved: a sentence on the grouping that explains most, and all groupings side by side.

    None unless the change is one: a split of noise explains nothing.
    """
    found = moved(study, name)
    if not found.claims or not (splits := _splits(study, name)):
        return None
    said = wording.because(found, *_telling(splits), study.lang)
    return Html(tag("p", said) + _table(study, name, splits))


def cause(study: Study, name: str) -> str:
    """The sentence of `because` alone; "" where shares played no great part, for then it adds nothing."""
    found = moved(study, name)
    splits = _splits(study, name, BUYERS) if found.claims and metrics.get(name).kind == "rate" else {}
    if not splits:
        return ""
    split, by = _telling(splits)
    whole = stats.totals(split)
    return wording.because(found, split, by, study.lang) if abs(whole["mix"]) > MATTERS * abs(whole["total"]) else ""


def _splits(study: Study, name: str, ways: tuple[str, ...] = WAYS) -> dict[str, pd.DataFrame]:
    """Grouping -> `kitagawa` frame with n_before and n_now, of those that are known and have two groups or more."""
    found = {by: split_by(study, name, by) for by in ways}
    return {by: frame for by, frame in found.items() if frame is not None and len(frame) > 1}


def spans_of(study: Study, name: str) -> tuple[Period, Period]:
    """The periods of the comparison; at equal maturity where one is open."""
    now, before = pair(study, name)
    return tuple(Period(row["period_start"], row["period_end"], "range", "") for row in (before, now))


def split_by(study: Study, name: str, by: str) -> pd.DataFrame | None:
    """`kitagawa` frame of one grouping, with n_before and n_now; None where it is not known."""
    spans = spans_of(study, name)
    sides = [_groups(study, name, by, span, spans[0]) for span in spans]
    return stats.split_sums(*sides, [by]) if all(sides) else None


@remembered
def _groups(study: Study, name: str, by: str, span: Period, first: Period) -> stats.Sums | None:
    """Numerator and denominator of every group that has any."""
    if by not in KEYS:
        label = Period(span.start, span.end, "range", f"{span.start}..{span.end}")
        rows = study.rows([name], by=by, period=label)
        return stats.sums(rows[rows["value"].notna()], [by])
    back = _look_back(study, first)
    if "orders" not in study.desk.coverage.spans or (by == KNOWN and back < 14):
        return None
    found = _folded(study, name, span, back)
    known = {} if found is None else stats.sums(found, [by])
    return {group: pair for group, pair in known.items() if pair[1]}


@remembered
def _folded(study: Study, name: str, span: Period, back: int) -> pd.DataFrame | None:
    """Sums of a period by all KEYS together, which are asked at once; None where they are not counted by buyer."""
    facts = [metrics.fact(part) for part in metrics.get(name).facts]
    if any(fact.rows != "chats" or fact.measure != "buyer_days" for fact in facts):
        return None
    keys = ", ".join(f"{key.format(back=back)} AS {by}" for by, key in KEYS.items())
    where = {"numerator": facts[0].where, "denominator": facts[1].where, "keys": keys}
    days = {"start": day_number(span.start), "end": day_number(span.end)}
    asked = GROUPED.format(**where, **days)
    return once(study.desk, asked, lambda: study.desk.con.execute(asked).df())


def _look_back(study: Study, first: Period) -> int:
    """How far back orders are known before the earlier period."""
    begin = to_date(study.desk.coverage.spans.get("orders", (day_number(first.start), 0))[0])
    return min(LOOK_BACK, (first.start - begin) // timedelta(days=1))


def _telling(splits: dict[str, pd.DataFrame]) -> tuple[pd.DataFrame, str]:
    """The grouping with the largest mix, for it says what no look at the groups alone would show; else the first."""
    by = max(splits, key=lambda key: abs(stats.totals(splits[key])["mix"]) if key in BUYERS else -1.0)
    return splits[by], by


def _table(study: Study, name: str, splits: dict[str, pd.DataFrame]) -> Html:
    lang = study.lang
    frame = pd.DataFrame([_line(by, split, lang) for by, split in splits.items()])
    columns = {"by": Column(word("mix.by", lang))}
    columns |= {key: Column(word(f"mix.{key}", lang), right=True) for key in ("rate", "mix", "total")}
    caption = word("mix.caption", lang, metric=metrics.get(name).label[lang])
    return html_table(frame, columns, lang=lang, caption=caption, stacked=True)


def _line(by: str, split: pd.DataFrame, lang: str) -> dict[str, str]:
    whole = stats.totals(split)
    points = {key: formats.difference(whole[key], "fraction", lang) for key in ("rate", "mix", "total")}
    return {"by": word(f"mix.{by}", lang)} | points
