"""Why answers became slower or faster: more to do for each agent (load), or another pace at the same load (speed).

The load of a question: how many chats the same agent began in the session gap (10 minutes) before it. Chats begun, not
chats open: slow answers keep chats open longer, and would then pass for load. Questions are grouped by their load, and
the change is split by Kitagawa's rule as that of a rate is: the groups' own pace is speed, their shares are load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kpi_helpers import metrics, stats, wording
from kpi_helpers.charts import Column, Html, html_table
from kpi_helpers.charts.html import tag
from kpi_helpers.engine.clock import day_number
from kpi_helpers.periods import Period
from kpi_helpers.study.answer import moved
from kpi_helpers.study.compare import pair
from kpi_helpers.study.shared import once, remembered
from kpi_helpers.study.texts import word
from kpi_helpers.wording import formats

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study

BANDS = 8  # groups of load at most, with about as many questions each
MATTERS = 0.1  # the part of a change below which load is not worth a word
ROUNDS = "rounds"
SUMS = ("numerator", "denominator", "xx", "xy", "yy", "buyers", "questions", "loads")
LOADED = """
WITH events AS (
  SELECT agent_id, opened_at AS moment, 0 AS came, buyer_id, {x} AS x, {y} AS y
  FROM rounds AS u WHERE u.day >= {start} AND u.day < {end}
  UNION ALL
  SELECT agent_id, first_at, 1, NULL, NULL, NULL FROM chats AS u WHERE u.received AND u.day >= {start} AND u.day < {end}
), loaded AS (
  SELECT *, SUM(came) OVER (
    PARTITION BY agent_id ORDER BY moment RANGE BETWEEN {gap} PRECEDING AND CURRENT ROW
  ) AS load FROM events
), folded AS (
  SELECT load, buyer_id, SUM(x) AS x, SUM(y) AS y, COUNT(*) AS asked FROM loaded WHERE came = 0 GROUP BY 1, 2
)
SELECT load, SUM(x) AS numerator, SUM(y) AS denominator, SUM(x * x) AS xx, SUM(x * y) AS xy, SUM(y * y) AS yy,
  COUNT(*) FILTER (WHERE y > 0) AS buyers, SUM(asked) AS questions, SUM(load * asked) AS loads
FROM folded GROUP BY 1 ORDER BY 1"""


def knows(name: str) -> bool:
    """Whether a metric is counted on rounds on both sides."""
    return {metrics.fact(part).rows for part in metrics.get(name).facts} == {ROUNDS} and bool(
        metrics.get(name).denominator
    )


def cause(study: Study, name: str) -> str:
    """How much of a metric's change is load and how much is speed; "" unless it is claimed, and chats are known."""
    found = moved(study, name)
    split = _split(study, name) if found.claims else None
    if split is None:
        return ""
    whole = stats.totals(split)
    error = _speed_error(split)
    return wording.load_because(whole, error, _means(study, name), metrics.get(name), study.lang, least=MATTERS)


def paced(study: Study, name: str) -> Html | None:
    """The sentence of `cause`, and each group of load before and now; None unless the change is one."""
    if not (said := cause(study, name)):
        return None
    split, lang, unit = _split(study, name), study.lang, metrics.get(name).unit
    shown = {"band": "", "weight_before": "fraction", "weight_now": "fraction", "rate_before": unit, "rate_now": unit}
    columns = {key: Column(word(f"load.{key}", lang), unit, right=True) for key, unit in shown.items()}
    caption = word("load.caption", lang, metric=metrics.get(name).label[lang], minutes=_minutes(study))
    return Html(tag("p", said) + html_table(split, columns, lang=lang, caption=caption))


def loads(study: Study) -> Html | None:
    """What there was to do for each agent, now and before; None where chats are not known."""
    spans = {"now": study.period, "before": study.before}
    known = {key: _workload(study, span) for key, span in spans.items()}
    if pd.isna(known["now"]["load"]):
        return None
    lang = study.lang
    rows = [{"what": word(f"load.{key}", lang, minutes=_minutes(study))} for key in known["now"]]
    for side, found in known.items():
        for row, (key, value) in zip(rows, found.items(), strict=True):
            row[side] = formats.show(value, "count" if key == "peak" else "ratio", lang)
    heads = {"what": Column(word("load.what", lang)), "now": Column(word("table.now", lang), right=True)}
    heads["before"] = Column(wording.base(study.row("received_chats"), lang, study.against), right=True)
    return html_table(pd.DataFrame(rows), heads, lang=lang, caption=word("load.loads", lang))


def _workload(study: Study, span: Period) -> dict[str, float]:
    """Questions' mean load, messages and chats of each agent-hour at work, and the peak; NaN where not known."""
    names = ("buyer_messages", "received_chats", "peak_concurrent_chats")
    rows = {name: study.row(name, span)["value"] for name in names}
    found, hours = _loaded(study, "mean_response_seconds", span), _agent_hours(study, span)
    return {
        "load": found["loads"].sum() / found["questions"].sum() if len(found) else float("nan"),
        "chats": rows["received_chats"] / hours if hours else float("nan"),
        "messages": rows["buyer_messages"] / hours if hours else float("nan"),
        "peak": rows["peak_concurrent_chats"],
    }


def _agent_hours(study: Study, span: Period) -> int:
    """Hours in which an agent answered, added up over agents."""
    asked = (
        "SELECT COUNT(DISTINCT (agent_id, FLOOR(closed_at / 3600))) FROM rounds WHERE closed_at IS NOT NULL "
        "AND day >= ? AND day < ?"
    )
    return study.desk.con.execute(asked, [day_number(span.start), day_number(span.end)]).fetchone()[0]


def _means(study: Study, name: str) -> dict[str, float]:
    """Mean load of a question now and before, and the minutes it looks back."""
    sides = dict(zip(("now", "before"), _sides(study, name), strict=True))
    return {key: side["loads"].sum() / side["questions"].sum() for key, side in sides.items()} | {
        "minutes": _minutes(study)
    }


def _minutes(study: Study) -> int:
    return study.desk.settings.session_gap_minutes


def _sides(study: Study, name: str) -> list[pd.DataFrame]:
    """Sums by load, now and before; at equal maturity where the period is open."""
    spans = [Period(row["period_start"], row["period_end"], "range", "") for row in pair(study, name)]
    return [_loaded(study, name, span) for span in spans]


@remembered
def _loaded(study: Study, name: str, span: Period) -> pd.DataFrame:
    """load, and SUMS over the questions of a period; asked once per run."""
    x, y = (_value(part) for part in metrics.get(name).facts)
    days = {"start": day_number(span.start), "end": day_number(span.end), "gap": _minutes(study) * 60}
    asked = LOADED.format(x=x, y=y, **days)
    return once(study.desk, asked, lambda: study.desk.con.execute(asked).df().astype(float).fillna(0.0))


def _value(part: str) -> str:
    """SQL: what a round adds to a fact."""
    fact = metrics.fact(part)
    counted = fact.measure.removeprefix("sum:") if fact.measure.startswith("sum:") else "1"
    return f"CASE WHEN {fact.where or 'TRUE'} THEN {counted} END"


def _split(study: Study, name: str) -> pd.DataFrame | None:
    """`kitagawa` frame by band of load, with what the errors need; None where either side has no question."""
    now, before = _sides(study, name)
    if now["denominator"].sum() == 0 or before["denominator"].sum() == 0:
        return None
    edges = _edges(pd.concat([before, now]))
    banded = [side.assign(at=np.digitize(side["load"], edges)) for side in (before, now)]
    split = stats.kitagawa(*banded, "at")
    for side, rows in zip(stats.SIDES, banded, strict=True):
        split[f"error_{side}"] = split["at"].map(_errors(rows)).fillna(0.0)
    names = {at: _band(at, edges, study.lang) for at in split["at"]}
    return split.assign(band=split["at"].map(names))


def _edges(both: pd.DataFrame) -> np.ndarray:
    """Loads at which a new band begins: quantiles of the questions of both periods together."""
    sums = both.groupby("load")["denominator"].sum()
    below = sums.cumsum().shift(fill_value=0.0) / sums.sum()
    bands = np.floor(below.to_numpy() * BANDS)
    return sums.index.to_numpy()[1:][np.diff(bands) > 0]


def _errors(rows: pd.DataFrame) -> pd.Series:
    """Standard error of each band's own value, by buyer."""
    sums = rows.groupby("at")[list(SUMS)].sum()
    low, high = stats.ratio_from_sums(*(sums[key] for key in SUMS[:6]))
    return pd.Series((high - low) / 2 / stats.Z95, sums.index)


def _speed_error(split: pd.DataFrame) -> float:
    """Standard error of the speed effect."""
    weight = (split.weight_before + split.weight_now) / 2
    return float(np.sqrt((weight**2 * (split.error_before**2 + split.error_now**2)).sum()))


def _band(at: int, edges: np.ndarray, lang: str) -> str:
    """0-1, 2, 3-4, 5 and more."""
    low = 0 if at == 0 else int(edges[at - 1])
    if at == len(edges):
        return word("load.most", lang, low=low)
    high = int(edges[at]) - 1
    return str(low) if low == high else f"{low}–{high}"
