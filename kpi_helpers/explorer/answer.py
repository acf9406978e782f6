"""The answer to a question: rows now and before, the totals, and what to say about them."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from kpi_helpers import metrics, wording
from kpi_helpers.desk import Desk, open_desk
from kpi_helpers.errors import KpiError
from kpi_helpers.explorer import word
from kpi_helpers.explorer.products import products
from kpi_helpers.explorer.question import NO_COMPARISON, SPLITS, Question
from kpi_helpers.metrics import listing
from kpi_helpers.metrics.compute import compute
from kpi_helpers.periods import Period
from kpi_helpers.wording.formats import show
from kpi_helpers.wording.names import agent_label

KEPT = 200  # answers kept at hand, so that going back costs nothing
BEFORE = ("previous", "year_before")


@dataclass(frozen=True)
class Answer:
    """`rows` and `before` of the split, `total` and `total_before` of the whole; `before` may be empty."""

    question: Question
    desk: Desk
    rows: pd.DataFrame
    before: pd.DataFrame
    total: pd.Series
    total_before: pd.Series | None

    @property
    def against(self) -> Period | None:
        """The period it is compared with."""
        return compared(self.question, self.desk)

    def headline(self) -> str:
        """One sentence: the number, and how it moved as far as that can be told."""
        asked, metric = self.question, metrics.get(self.question.metric)
        least, lang = self.desk.settings.min_denominator, self.question.lang
        who = agent_label(self.desk.people.names().get(asked.agent, asked.agent), lang) if asked.agent else asked.team
        basis = self.total["basis"]
        if pd.isna(self.total["value"]):
            return word("answer.nothing", lang, metric=metric.label[lang], why=basis.removeprefix("not available: "))
        if self.total_before is None:
            shown = show(self.total["value"], metric.unit, lang)
            return word("answer.alone", lang, of=f"{who} " if who else "", metric=metric.label[lang], value=shown)
        against = asked.compare_to if asked.compare_to in BEFORE else "chosen"
        return wording.finding(self.total, self.total_before, metric, lang, against=against, who=who, least=least)


class Desks:
    """Desks and answers of one data folder, opened and computed once."""

    def __init__(self, data_dir: str | Path = "") -> None:
        self.data_dir = data_dir
        self.open = lru_cache(16)(lambda shop, rule: open_desk(shop, data_dir, rule))
        self._ask = lru_cache(KEPT)(self._answer)
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
        return self._ask(asked)

    def _answer(self, asked: Question) -> Answer:
        desk = self.desk(asked)
        against = compared(asked, desk)
        rows, total = split(asked, desk, asked.period), whole(asked, desk, asked.period)
        if against is None:
            return Answer(asked, desk, rows, rows.iloc[:0], total, None)
        return Answer(asked, desk, rows, split(asked, desk, against), total, _total(asked, desk, against))


def compared(asked: Question, desk: Desk) -> Period | None:
    """The period a question is compared with, None where it is not."""
    known = {"previous": asked.period.previous, "year_before": asked.period.year_before}
    if asked.compare_to in ("", NO_COMPARISON):
        return None
    return known[asked.compare_to]() if asked.compare_to in known else desk.period(asked.compare_to)


def split(asked: Question, desk: Desk, period: Period) -> pd.DataFrame:
    """The rows of a question in a period."""
    if asked.by == "product":
        return products(asked.metric, desk, period, **asked.picked)
    return _only(compute(asked.metric, desk, period, ",".join(asked.groups) or None), asked)


def whole(asked: Question, desk: Desk, period: Period) -> pd.Series:
    """The number that the split is of. Raises KpiError for an agent or team that has none in the period."""
    found = _total(asked, desk, period)
    if found is None:
        _check_picked(asked, desk)
        raise KpiError(word("answer.nobody", asked.lang, names="、".join(asked.picked.values()), period=period.label))
    return found


def _total(asked: Question, desk: Desk, period: Period) -> pd.Series | None:
    found = _only(compute(asked.metric, desk, period, ",".join(asked.picked) or None), asked)
    return None if found.empty else found.iloc[0]


def _only(found: pd.DataFrame, asked: Question) -> pd.DataFrame:
    found.attrs = {}  # the settings, which pandas would copy at every step
    for name, value in asked.picked.items():
        found = found[found[name] == value]
    return found.reset_index(drop=True)


def _check_picked(asked: Question, desk: Desk) -> None:
    from kpi_helpers.errors import unknown

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
