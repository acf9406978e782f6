"""Hours in which buyers waited much longer than at the same hours of the same weekday before.

Half hours are joined to windows of up to eight hours of one day. Compared is the mean of the logarithm of waits, which
a few forgotten chats do not carry away, with the same window of the eight weeks before. A window is named only when
buyers waited at least twice as long and the gap exceeds Z of its standard error, which holds the scatter of questions
and that of a window from week to week: by chance that happens hardly once in three hundred weeks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kpi_helpers import wording
from kpi_helpers.charts import Column, Html, html_table
from kpi_helpers.engine.clock import day_number, to_date
from kpi_helpers.stats import Window, high_windows
from kpi_helpers.study.shared import once, remembered
from kpi_helpers.study.texts import word

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study

WEEKS, SLOTS = 8, 48  # weeks before that tell what is usual; half hours of a day
Z, RATIO = 5.0, 2.0
LONGEST_PERIOD = 31  # days; a quarter's slow hours are told by its months
SLOTTED = """
SELECT day_of(opened_at) AS day, CAST(FLOOR((opened_at - day_start(day_of(opened_at))) / 1800) AS INT) AS slot,
  buyer_id, agent_id, counted_wait_seconds AS waited, slow FROM rounds WHERE day >= {start} AND day < {end}"""
CAME = """
SELECT day_of(first_at) AS day, CAST(FLOOR((first_at - day_start(day_of(first_at))) / 1800) AS INT) AS slot, agent_id
FROM chats WHERE received AND day >= {start} AND day < {end}"""


@remembered
def slow_hours(study: Study) -> list[dict]:
    """The windows in which buyers waited, the clearest first, as `wording.slow_hours` tells them; [] where none."""
    days = f"{study.period.start} to {study.period.end}"
    return once(study.desk, f"slow hours of {days}", lambda: [_told(study, one) for one in _windows(study)])


def slow_table(study: Study) -> Html | None:
    """Sentence and numbers of every such window, in order of time; None where there is none."""
    if not (found := slow_hours(study)):
        return None
    lang = study.lang
    frame = pd.DataFrame([wording.slow_cells(one, lang) for one in sorted(found, key=lambda one: one["day"])])
    columns = {key: Column(word(f"slow.{key}", lang), right=key != "when") for key in frame}
    return html_table(frame, columns, lang=lang, caption=word("slow.caption", lang), stacked=True)


def said(study: Study) -> str:
    """The clearest of them in words; "" where there is none."""
    found = slow_hours(study)
    return wording.slow_hours(found[0], len(found) - 1, study.lang) if found else ""


def _windows(study: Study) -> list[Window]:
    """Windows beyond the limits, the clearest first, days as day numbers."""
    if study.period.days > LONGEST_PERIOD or "messages" not in study.desk.coverage.spans:
        return []
    first, end = day_number(study.period.start) - 7 * WEEKS, day_number(study.period.end)
    found = high_windows(*_grids(study, first, end), weeks=WEEKS, least=study.least, gap=float(np.log(RATIO)), z=Z)
    return [one._replace(day=first + one.day, before=tuple(first + day for day in one.before)) for one in found]


def _grids(study: Study, first: int, end: int) -> list[np.ndarray]:
    """Questions answered, sum and sum of squares of log waits: days by half hours."""
    asked = SLOTTED.format(start=first, end=end)
    logs = "COUNT(waited) AS n, SUM(LN(1 + waited)) AS x, SUM(LN(1 + waited) ^ 2) AS xx"
    rows = study.desk.con.execute(f"SELECT day, slot, {logs} FROM ({asked}) GROUP BY 1, 2").df().fillna(0.0)
    rows = rows[rows["day"].between(first, end - 1) & (rows["slot"] < SLOTS)]
    grids = [np.zeros((end - first, SLOTS)) for _ in range(3)]
    for grid, key in zip(grids, ("n", "x", "xx"), strict=True):
        grid[rows["day"] - first, rows["slot"]] = rows[key]
    return grids


def _told(study: Study, window: Window) -> dict:
    """Numbers of one window, now and usually."""
    now, usual = (_numbers(study, days, window) for days in ((window.day,), window.before))
    cut, limit = study.desk.settings.cut_seconds // 60, study.desk.settings.slow_seconds
    clock = {key: _clock(cut + 30 * slot) for key, slot in (("from", window.first), ("to", window.last))}
    known = {"now": now, "usual": usual, "peers": _peers(study, window, now["chats"])}
    return {"day": to_date(window.day), "limit": limit} | known | clock


def _peers(study: Study, window: Window, load: float) -> float:
    """Median wait in the other half hours of the period that were at least as busy; NaN where questions are too few."""
    span = {"start": day_number(study.period.start), "end": day_number(study.period.end)}
    asked = (
        f"WITH asked AS ({SLOTTED.format(**span)}), came AS ({CAME.format(**span)}), busy AS ("
        "SELECT day, slot FROM (SELECT day, slot, COUNT(DISTINCT agent_id) AS hands FROM asked GROUP BY ALL) "
        "JOIN (SELECT day, slot, COUNT(*) AS chats FROM came GROUP BY ALL) USING (day, slot) "
        "WHERE 2 * chats / hands >= ? AND NOT (day = ? AND slot >= ? AND slot < ?)) "
        "SELECT MEDIAN(waited) AS waited, COUNT(waited) AS n FROM asked JOIN busy USING (day, slot)"
    )
    median, n = study.desk.con.execute(asked, [load, window.day, window.first, window.last]).fetchone()
    return median if n >= study.least else float("nan")


def _numbers(study: Study, days: tuple[int, ...], window: Window) -> dict[str, float]:
    span = {"start": min(days) - 1, "end": max(days) + 1}
    where = f"day IN ({', '.join(map(str, days))}) AND slot >= {window.first} AND slot < {window.last}"
    asked = (
        "SELECT MEDIAN(waited) AS median, COUNT(*) AS questions, COUNT(*) FILTER (WHERE slow) AS slow, "
        "COUNT(DISTINCT buyer_id) FILTER (WHERE slow) AS buyers, COUNT(DISTINCT (day, slot, agent_id)) AS hands "
        f"FROM ({SLOTTED.format(**span)}) WHERE {where}"
    )
    found = study.desk.con.execute(asked).df().iloc[0].to_dict()
    chats = study.desk.con.execute(f"SELECT COUNT(*) FROM ({CAME.format(**span)}) WHERE {where}").fetchone()[0]
    return found | {"chats": 2 * chats / found["hands"]}


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
