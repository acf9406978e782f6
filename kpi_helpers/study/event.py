"""Something that happened, and what it needs: rows of both periods, and whether chance explains a gap."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, sqrt
from typing import TYPE_CHECKING

import pandas as pd

from kpi_helpers import wording
from kpi_helpers.engine.clock import day_number

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study


@dataclass(frozen=True)
class Event:
    """A sentence, and the metrics it explains where they moved."""

    text: str
    explains: tuple[str, ...] = ()


def spans(study: Study) -> dict[str, tuple[int, int]]:
    """First and last + 1 day of now and before; while the period is open, as many days of each as there are data."""
    now, before = ((day_number(one.start), day_number(one.end)) for one in (study.period, study.before))
    until = day_number(study.desk.data_until) + 1
    if until >= now[1]:
        return {"now": now, "before": before}
    return {"now": (now[0], until), "before": (before[0], min(before[1], before[0] + until - now[0]))}


def times(study: Study) -> float:
    """How much longer the later of the two is."""
    now, before = spans(study).values()
    return (now[1] - now[0]) / (before[1] - before[0])


def asked(study: Study, sql: str) -> pd.DataFrame:
    """The answer to a question in which {now} and {before} are conditions on the column `day`, {either} on both."""
    days = {key: f"day >= {start} AND day < {end}" for key, (start, end) in spans(study).items()}
    either = f"(({days['now']}) OR ({days['before']}))"
    return study.desk.con.execute(sql.format(**days, either=either)).df()


def base(study: Study) -> str:
    """What the period is compared with, in words."""
    return wording.base(study.row("received_buyers"), study.lang, study.against)


def apart(hits: float, of: float, hits_before: float, of_before: float) -> float:
    """Standard errors between two shares, pooled; 0 where one of them has no cases."""
    if not of or not of_before:
        return 0.0
    pooled = (hits + hits_before) / (of + of_before)
    error = sqrt(pooled * (1 - pooled) * (1 / of + 1 / of_before))
    return (hits / of - hits_before / of_before) / error if error else 0.0


def risen(count: float, before: float, times: float) -> float:
    """Standard errors between two counts of Poisson; `times`: how much longer the later period is."""
    return 2 * (sqrt(count + 3 / 8) - sqrt(before * times + 3 / 8)) / hypot(1, sqrt(times))
