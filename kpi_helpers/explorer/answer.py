"""The answer to a question: the totals, what to say about them, and when asked for, the rows now and before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import nan
from pathlib import Path

import pandas as pd

from kpi_helpers import metrics, wording
from kpi_helpers.desk import Desk, open_desk
from kpi_helpers.engine.clock import day_number, to_date
from kpi_helpers.errors import KpiError, unknown
from kpi_helpers.explorer import word
from kpi_helpers.explorer.products import products
from kpi_helpers.explorer.question import NO_COMPARISON, SPLITS, Question
from kpi_helpers.metrics import listing
from kpi_helpers.metrics.compute import compute
from kpi_helpers.periods import Period
from kpi_helpers.study.missing import told
from kpi_helpers.wording.formats import show
from kpi_helpers.wording.names import agent_label

KEPT = 400  # parts of answers kept at hand, so that going back costs nothing
EARLIER = 12  # periods that tell what is usual
BEFORE = ("previous", "year_before")
PARTS = ("numerator", "denominator", "value", "low", "high")
WARM, WARM_UP_TO = 14, 100  # days that are got ready at a time, and of the longest period that is


@dataclass(frozen=True)
class Answer:
    """`total` and `total_before` of the whole at once; `rows` and `before` of the split are counted when asked for."""

    question: Question
    desk: Desk
    desks: "Desks"
    total: pd.Series
    total_before: pd.Series | None

    @property
    def against(self) -> Period | None:
        """The period it is compared with."""
        return compared(self.question, self.desk)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The rows of the split in the period."""
        return self.desks.split(self.question, self.question.period)

    @cached_property
    def before(self) -> pd.DataFrame:
        """The same in the period it is compared with; empty without one."""
        return self.desks.split(self.question, self.against) if self.against else self.rows.iloc[:0]

    @property
    def needs_history(self) -> bool:
        """Whether only earlier periods tell what change is usual: of counts and amounts, which have no interval."""
        return metrics.get(self.question.metric).kind == "count" and self.total_before is not None

    def headline(self, history: Sequence[float] = ()) -> str:
        """The number, and how it moved as far as that can be told; `history` as `wording.finding`'s."""
        first, period = self.desk.coverage.begins(metrics.get(self.question.metric)), self.question.period
        if first is None or not day_number(period.start) < first < day_number(period.end):
            return self._finding(history)
        return self._finding(history) + word("answer.begins", self.question.lang, day=to_date(first))

    def _finding(self, history: Sequence[float]) -> str:
        asked, metric = self.question, metrics.get(self.question.metric)
        least, lang = self.desk.settings.min_denominator, self.question.lang
        who = agent_label(self.desk.people.names().get(asked.agent, asked.agent), lang) if asked.agent else asked.team
        if pd.isna(self.total["value"]):
            return told(self.total.to_frame().T, lang) or word("answer.zero", lang, metric=metric.label[lang])
        if self.total_before is None:
            shown = show(self.total["value"], metric.unit, lang)
            return word("answer.alone", lang, of=f"{who} " if who else "", metric=metric.label[lang], value=shown)
        against = asked.compare_to if asked.compare_to in BEFORE else "chosen"
        given = {"against": against, "who": who, "least": least, "history": history}
        return wording.finding(self.total, self.total_before, metric, lang, **given)


class Desks:
    """Desks and parts of answers of one data folder, opened and computed once."""

    def __init__(self, data_dir: str | Path = "") -> None:
        self.data_dir = data_dir
        self.open = lru_cache(16)(lambda shop, rule: open_desk(shop, data_dir, rule))
        self._split, self._total = lru_cache(KEPT)(self._split_of), lru_cache(KEPT)(self._total_of)
        self.agents = lru_cache(16)(lambda shop: listing.agents(self.open(shop, "")))

    def put(self, desk: Desk) -> None:
        """Use a desk that is open already."""
        opened = self.open

        def known(shop: str, rule: str) -> Desk:
            mine = shop == desk.shop and rule in ("", desk.settings.attribution_rule)
            return desk if mine else opened(shop, rule)

        self.open = known

    def desk(self, asked: Question) -> Desk:
        """The desk a question is put to."""
        return self.open(asked.shop, asked.attribution_rule)

    def ask(self, asked: Question) -> Answer:
        """The answer. Raises KpiError where `compute` would, and for an agent or team nobody knows."""
        desk = self.desk(asked)
        against = compared(asked, desk)
        found = self.total(asked, asked.period)
        if found is None:
            _check_picked(asked, desk)
            names = "、".join(asked.picked.values())
            raise KpiError(word("answer.nobody", asked.lang, names=names, period=asked.period.label))
        return Answer(asked, desk, self, found, self.total(asked, against) if against else None)

    def split(self, asked: Question, period: Period) -> pd.DataFrame:
        """The rows of a question in a period, whatever it is compared with."""
        found = self._split(asked.but(period=period, compare_to=""))
        if asked.by == "day" or self._whole(asked, period):
            return found
        return found.assign(**dict.fromkeys(PARTS, nan))

    def total(self, asked: Question, period: Period) -> pd.Series | None:
        """The number that the split is of; None for an agent or team that has none in the period."""
        found = self._total(asked.but(period=period, compare_to="", by="shop"))
        if found is None or self._whole(asked, period):
            return found
        return pd.Series({**found, **dict.fromkeys(PARTS, nan)}, dtype=object)

    def _whole(self, asked: Question, period: Period) -> bool:
        """A sum over half a week is no week to compare with: no value where the data begin inside the period."""
        if period == asked.period:
            return True
        first = self.desk(asked).coverage.begins(metrics.get(asked.metric))
        return first is None or first <= day_number(period.start)

    def earlier(self, asked: Question) -> Iterator[float]:
        """The values of the periods before, the last one first, as far as the data reach; one is counted at a time."""
        span = asked.period
        for _ in range(EARLIER):
            span = span.previous()
            found = self.total(asked, span)
            if found is None or pd.isna(found["value"]):
                return
            yield float(found["value"])

    def _split_of(self, asked: Question) -> pd.DataFrame:
        desk = self.desk(asked)
        if asked.by == "product":
            return products(asked.metric, desk, asked.period, **asked.picked)
        return _only(compute(asked.metric, desk, asked.period, ",".join(asked.groups) or None), asked)

    def _total_of(self, asked: Question) -> pd.Series | None:
        found = compute(asked.metric, self.desk(asked), asked.period, ",".join(asked.picked) or None)
        found = _only(found, asked)
        return None if found.empty else found.iloc[0]


def compared(asked: Question, desk: Desk) -> Period | None:
    """The period a question is compared with, None where it is not."""
    known = {"previous": asked.period.previous, "year_before": asked.period.year_before}
    if asked.compare_to in ("", NO_COMPARISON):
        return None
    return known[asked.compare_to]() if asked.compare_to in known else desk.period(asked.compare_to)


def warming(asked: Question, desk: Desk) -> Iterator[tuple[str, int, int]]:
    """(table, first day, end) of the shop's platform, part by part: what is asked about, then what it is compared with.

    Nothing of long periods, and where the models would have to make it.
    """
    for span in (asked.period, compared(asked, desk)) if desk.lines() else ():
        if span and span.days <= WARM_UP_TO:
            first, end = day_number(span.start), day_number(span.end)
            for day in range(first, end, WARM):
                yield f"platform_{desk.settings.platform}", day, min(day + WARM, end)


def _only(found: pd.DataFrame, asked: Question) -> pd.DataFrame:
    found.attrs = {}  # the settings, which pandas would copy at every step
    for name, value in asked.picked.items():
        found = found[found[name] == value]
    return found.reset_index(drop=True)


def _check_picked(asked: Question, desk: Desk) -> None:
    known = {"agent": listing.agents(desk), "team": teams(desk)}
    for name, value in asked.picked.items():
        if value not in known[name]:
            raise unknown(name, value, known[name])


def teams(desk: Desk) -> list[str]:
    """The teams of the agents table."""
    return [row[0] for row in desk.con.execute("SELECT DISTINCT team FROM teams ORDER BY 1").fetchall()]


def shown_groups(asked: Question) -> tuple[str, ...]:
    """The columns that tell the rows apart."""
    return ("product",) if asked.by == "product" else SPLITS[asked.by]
