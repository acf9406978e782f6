"""Who was there: hours in which buyers got no answer, agents who joined, agents who stopped."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import pandas as pd

from kpi_helpers import wording
from kpi_helpers.engine.clock import day_number, to_date
from kpi_helpers.metrics.records import records
from kpi_helpers.study import culprits, mix
from kpi_helpers.study.event import Event, apart, asked, base, spans
from kpi_helpers.study.shared import remembered
from kpi_helpers.wording.events import happened
from kpi_helpers.wording.names import SPECIAL

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study

RATE = "inquiry_to_final_payment_rate"
Z, GAP = 4.5, 0.1  # of a share of buyers without an answer: standard errors, and points worth a word
SHARE = 0.05  # of all received: below it nobody's coming or going is news
BACK, ABSENT = 56, 3  # days before that tell who usually works; days without a chat that are no day off
HOURS = """
SELECT hour, COUNT(DISTINCT (buyer_id, day)) FILTER ({now}) AS n,
  COUNT(DISTINCT (buyer_id, day)) FILTER ({before}) AS n_before,
  COUNT(DISTINCT (buyer_id, day)) FILTER (closed_at IS NULL AND {now}) AS k,
  COUNT(DISTINCT (buyer_id, day)) FILTER (closed_at IS NULL AND {before}) AS k_before,
  COUNT(DISTINCT (agent_id, day)) FILTER (closed_at IS NOT NULL AND {now}) AS hands,
  COUNT(DISTINCT (agent_id, day)) FILTER (closed_at IS NOT NULL AND {before}) AS hands_before
FROM rounds WHERE {either} GROUP BY 1 ORDER BY 1"""
SEEN = """
SELECT agent_id AS agent, day, COUNT(DISTINCT buyer_id) AS n FROM chats
WHERE received AND day >= {first} AND day < {end} GROUP BY 1, 2 ORDER BY 1, 2"""


def unanswered_hours(study: Study) -> Event | None:
    """The run of hours in which far more buyers than before got no answer."""
    rows = asked(study, HOURS)
    far = [
        apart(row.k, row.n, row.k_before, row.n_before) >= Z and row.k / row.n - row.k_before / row.n_before >= GAP
        for row in records(rows)
    ]
    runs = [[at for at, _ in run] for hit, run in groupby(enumerate(far), lambda pair: pair[1]) if hit]
    return _nobody(study, rows.iloc[max(runs, key=lambda run: rows["k"].iloc[run].sum())]) if runs else None


def _nobody(study: Study, run: pd.DataFrame) -> Event:
    sums = run.sum()
    days = {"": "now", "_before": "before"}
    counts = {key: (sums[key], "count") for key in ("n", "k", "n_before")}
    counts |= {"now": (sums["k"] / sums["n"], "fraction"), "before": (sums["k_before"] / sums["n_before"], "fraction")}
    for side, key in days.items():
        start, end = spans(study)[key]
        counts[f"hands{side}"] = (sums[f"hands{side}"] / len(run) / (end - start), "ratio")
    hours = {"first": int(run["hour"].iloc[0]), "last": int(run["hour"].iloc[-1]) + 1}
    text = happened("unanswered", study.lang, base=base(study), **hours, **counts)
    return Event(
        text, (RATE, "within_3min_rate", "reply_rate", "slow_response_rate", "agent_sales", "sales", "orders_paid")
    )


def joined(study: Study) -> Event | None:
    """Agents never seen in the eight weeks before, who received a good part of the buyers."""
    seen, start = _seen(study), day_number(study.period.start)
    told = set(culprits.named(study, RATE)["agent"])
    sums = seen[seen["day"] >= start].groupby("agent")["n"].sum()
    old = set(seen.loc[seen["day"] < start, "agent"])
    fresh = [who for who in _worth(study, sums) if who not in old | told]
    known = study.desk.coverage.spans["messages"][0] <= start - BACK // 2
    return _said(study, "joined", fresh, sums) if fresh and known else None


def left(study: Study) -> Event | None:
    """Agents without a chat to the end of the period, longer than ever in the eight weeks before."""
    seen, (start, end), (was, until) = _seen(study), *spans(study).values()
    sums = seen[(seen["day"] >= was) & (seen["day"] < until)].groupby("agent")["n"].sum()
    days = {who: seen.loc[seen["agent"] == who, "day"].tolist() for who in _worth(study, sums)}
    gone = {who: mine for who, mine in days.items() if end - mine[-1] - 1 >= max(ABSENT, _pause(mine, start))}
    told = set(culprits.named(study, RATE)["agent"])
    gone = {who: mine[-1] + 1 for who, mine in gone.items() if who not in told}
    if not gone or end - start < ABSENT:
        return None
    first = max(min(gone.values()), start)
    return _said(study, "left", list(gone), sums, day=to_date(first))


def _pause(days: list[int], start: int) -> int:
    """The longest run of days without a chat before the period, and one more: what would be news."""
    past = [day for day in days if day < start]
    return max((later - day for day, later in pairwise(past)), default=0)


@remembered
def _seen(study: Study) -> pd.DataFrame:
    (start, end), (was, _) = spans(study).values()
    first = min(start - BACK, was)
    rows = study.desk.con.execute(SEEN.format(first=first, end=end)).df()
    return rows[~rows["agent"].isin(SPECIAL)]


def _worth(study: Study, sums: pd.Series) -> list[str]:
    """Agents with a good part of all who were received, most first."""
    return list(sums[sums >= max(study.least, SHARE * sums.sum())].sort_values(ascending=False).index)


def _said(study: Study, key: str, who: list[str], sums: pd.Series, **values: object) -> Event:
    """The agents, how many they received, and their success beside that of all others, of the same days."""
    names = wording.names_of([study.names.get(one, one) for one in who], study.lang)
    n, share = sums[who].sum(), sums[who].sum() / sums.sum()
    when = {"day": wording.day_words(values["day"], study.lang)} if values else {}
    text = happened(key, study.lang, who=names, base=base(study), n=(n, "count"), share=(share, "fraction"), **when)
    rates = _rates(study, who, "before" if key == "left" else "now")
    return Event(text + ("" if not rates else (" " if study.lang == "en" else "") + rates))


def _rates(study: Study, who: list[str], side: str) -> str:
    """Their success rate and that of all others; "" where inquiries are too few or not known."""
    split = mix.split_by(study, RATE, mix.WHO) if study.available(RATE) else None
    if split is None:
        return ""
    rows = split.assign(
        k=split[f"rate_{side}"] * split[f"n_{side}"], n=split[f"n_{side}"], mine=split[mix.WHO].isin(who)
    )
    mine, rest = (rows.loc[rows["mine"] == flag, ["k", "n"]].sum() for flag in (True, False))
    if min(mine["n"], rest["n"]) < study.least:
        return ""
    values = {"rate": (mine["k"] / mine["n"], "fraction"), "others": (rest["k"] / rest["n"], "fraction")}
    return happened("their_rate", study.lang, n=(mine["n"], "count"), n_rest=(rest["n"], "count"), **values)
