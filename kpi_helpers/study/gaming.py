"""Numbers made to look good: sentences split into many messages, and questions answered by one ready-made line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi_helpers import stats, wording
from kpi_helpers.study.event import Event, asked, base, spans
from kpi_helpers.wording.events import happened, person
from kpi_helpers.wording.names import SPECIAL

if TYPE_CHECKING:
    from kpi_helpers.periods import Period
    from kpi_helpers.study.study import Study

RATIO, SIZE = "answer_to_question_ratio", "characters_per_message"
Z, UP, DOWN = 4.0, 1.25, 0.8  # standard errors; messages per question and characters per message against before
AT_ONCE, SAME, MORE = 3, 20, 0.05  # seconds no human types in; uses of one line; share of questions worth a look
# Sums alone, to ask for intervals only where there is something to see.
SPLIT = """
SELECT agent_id, SUM(agent_messages) FILTER ({{now}}) / SUM(buyer_messages) FILTER ({{now}})
  >= {up} * SUM(agent_messages) FILTER ({{before}}) / SUM(buyer_messages) FILTER ({{before}})
  AND SUM(agent_characters) FILTER ({{now}}) / SUM(agent_messages) FILTER ({{now}})
  <= {down} * SUM(agent_characters) FILTER ({{before}}) / SUM(agent_messages) FILTER ({{before}})
  AND SUM(agent_characters) FILTER ({{now}}) > 0 AS hit
FROM chats WHERE received AND {{either}} GROUP BY GROUPING SETS ((agent_id), ())"""
FAST = """
SELECT COUNT(*) FILTER ({now}) AS n, COUNT(*) FILTER ({before}) AS n_before,
  COUNT(*) FILTER (closed_at - opened_at <= 3 AND {now}) AS k,
  COUNT(*) FILTER (closed_at - opened_at <= 3 AND {before}) AS k_before FROM rounds WHERE {either}"""
READY = """
WITH human AS (
  SELECT buyer_id, COALESCE(a.agent_id, m.agent_id) AS agent_id, sent_at, text FROM ({messages}) AS m
  LEFT JOIN aliases AS a
    ON a.alias_id = m.agent_id AND day_of(m.sent_at) >= a.from_day AND day_of(m.sent_at) < a.to_day
  WHERE sender IN ('agent', 'assist') AND m.agent_id IS NOT NULL
), mine AS (SELECT * FROM rounds WHERE day >= {first} AND day < {end}),
ready AS (
  SELECT agent_id, text FROM mine JOIN human USING (buyer_id, agent_id)
  WHERE sent_at = closed_at AND closed_at - opened_at <= {limit} AND text IS NOT NULL
  GROUP BY ALL HAVING COUNT(*) >= {same}
), other AS (SELECT * FROM human ANTI JOIN ready USING (agent_id, text))
SELECT agent_id AS agent, opened_at, closed_at IS NOT NULL AND closed_at - opened_at <= {limit}
  AND EXISTS (SELECT 1 FROM human AS h JOIN ready USING (agent_id, text) WHERE h.buyer_id = r.buyer_id
    AND h.agent_id = r.agent_id AND h.sent_at = r.closed_at) AS machine,
  COALESCE(closed_at - opened_at <= 180, FALSE) AS counted,
  EXISTS (SELECT 1 FROM other AS h WHERE h.buyer_id = r.buyer_id AND h.agent_id = r.agent_id
    AND h.sent_at >= r.opened_at AND h.sent_at <= r.opened_at + 180) AS answered
FROM mine AS r"""


def splitting(study: Study) -> Event | None:
    """The agent (or the whole desk) who writes more messages for each question, and shorter ones, than before."""
    hits = asked(study, SPLIT.format(up=UP, down=DOWN))["hit"]
    if not hits.fillna(False).any() or not study.available(RATIO, SIZE):
        return None
    gaps = {name: _gaps(study, name) for name in (RATIO, SIZE)}
    up, down = gaps[RATIO], gaps[SIZE]
    found = up.index[(up["times"] >= UP) & (up["z"] >= Z)].intersection(
        down.index[(down["times"] <= DOWN) & (down["z"] <= -Z)]
    )
    people = [who for who in found if who and who not in SPECIAL]
    who = "" if "" in found else max(people, key=lambda one: up.loc[one, "times"], default=None)
    return None if who is None else _split(study, who, up.loc[who], down.loc[who], len(people) - 1)


def _rows(study: Study, name: str, span: Period) -> pd.DataFrame:
    """The shop (agent "") and every agent."""
    shop = study.rows([name], period=span).assign(agent="")
    return pd.concat([shop, study.rows([name], by="agent", period=span)]).set_index("agent")


def _gaps(study: Study, name: str) -> pd.DataFrame:
    """now, before, times, z and n of everybody with enough cases in both periods."""
    now, before = (_rows(study, name, span) for span in (study.period, study.before))
    both = now.join(before, suffixes=("", "_before"), how="inner")
    both = both[(both["denominator"] >= study.least) & (both["denominator_before"] >= study.least)]
    errors = [(both[f"high{side}"] - both[f"low{side}"]) / 2 / stats.Z95 for side in ("", "_before")]
    gap = both["value"] - both["value_before"]
    error = (errors[0] ** 2 + errors[1] ** 2) ** 0.5
    times, z = both["value"] / both["value_before"], gap / error
    return both.assign(times=times, z=z.fillna(0.0))


def _split(study: Study, who: str, ratio: pd.Series, size: pd.Series, others: int) -> Event:
    names = {"who": person(study.names.get(who, who), study.lang)} if who else {}
    sides = {"now": (ratio["value"], "ratio"), "before": (ratio["value_before"], "ratio")}
    sides |= {"size": (size["value"], "ratio"), "size_before": (size["value_before"], "ratio")}
    sides |= {"n": (ratio["denominator"], "count"), "n_before": (ratio["denominator_before"], "count")}
    key = "splits" if who else "all_split"
    return Event(happened(key, study.lang, base=base(study), **names, **sides))


def machines(study: Study) -> Event | None:
    """Questions that one ready-made line answered within seconds, far more of them than before."""
    counts = asked(study, FAST).iloc[0]
    if min(counts["n"], counts["n_before"]) < study.least:
        return None
    if counts["k"] / counts["n"] - counts["k_before"] / counts["n_before"] < MORE:
        return None
    now, before = (_ready(study, span) for span in spans(study).values())
    more = now["machine"].mean() - before["machine"].mean()
    return _covered(study, now, before) if more >= MORE else None


def _ready(study: Study, span: tuple[int, int]) -> pd.DataFrame:
    first, end = span
    given = {"messages": study.desk.messages(first, end), "first": first, "end": end}
    return study.desk.con.execute(READY.format(**given, limit=AT_ONCE, same=SAME)).df()


def _covered(study: Study, now: pd.DataFrame, before: pd.DataFrame) -> Event:
    sides = {"now": (now["machine"].mean(), "fraction"), "before": (before["machine"].mean(), "fraction")}
    counts = {"n": (len(now), "count"), "n_before": (len(before), "count"), "k": (now["machine"].sum(), "count")}
    rates = {"shown": (now["counted"].mean(), "fraction"), "real": (now["answered"].mean(), "fraction")}
    rates |= {"real_before": (before["answered"].mean(), "fraction")}
    top = now[now["machine"]].groupby("agent").size().sort_values(ascending=False)
    few = top[top >= 0.1 * top.sum()].index[:3] if len(top) <= 3 else []
    names = wording.names_of([study.names.get(one, one) for one in few], study.lang)
    key = "machine_by" if len(few) else "machine"
    who = {"who": names} if len(few) else {}
    text = happened(key, study.lang, base=base(study), **who, **sides, **counts, **rates)
    return Event(text, ("within_3min_rate", "first_response_seconds"))
