"""The numbers behind a notebook's pages: this period, the one it is compared with, the periods before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from math import nan

import pandas as pd

from kpi_helpers import metrics
from kpi_helpers.desk import Desk
from kpi_helpers.engine.clock import day_number, to_date
from kpi_helpers.errors import unknown
from kpi_helpers.metrics import listing
from kpi_helpers.metrics.compute import Row, as_frame
from kpi_helpers.metrics.records import Record
from kpi_helpers.periods import Period
from kpi_helpers.study import (
    account,
    advice,
    answer,
    calendar,
    compare,
    fair,
    headline,
    load,
    meaning,
    mix,
    people,
    proof,
    quality,
    reasons,
    slow,
    whole,
    why,
)
from kpi_helpers.study.shared import answers
from kpi_helpers.wording.formats import mask_agents, use_currency
from kpi_helpers.wording.names import AUDIENCES

HISTORY = 13  # periods of a trend: a quarter of weeks, a year of months


@dataclass(frozen=True)
class Study:
    """One shop in one period, told in one language.

    `period` and `compare_to` are texts: `compare_to` is previous, year_before, or a period such as 2026-W38. `audience`
    is shop, or external: agents are masked then, and no row is listed. Raises KpiError for another audience.
    """

    desk: Desk
    chosen: str
    compare_to: str = "previous"
    lang: str = "zh"
    audience: str = "shop"
    _seen: dict[tuple, list[Row]] = field(default_factory=dict, repr=False, compare=False)
    remembered: dict[tuple, object] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Money on this shop's pages is in its currency."""
        if self.audience not in AUDIENCES:
            raise unknown("audience", self.audience, list(AUDIENCES))
        use_currency(self.desk.settings.currency)

    opening, section, inputs, provenance = account.opening, account.section, account.inputs, account.provenance
    headline, cards, table, compared = headline.headline, answer.cards, answer.table, compare.compared
    funnel, trend, days, heat = whole.funnel, whole.trend, whole.days, whole.heat
    split, sources, drivers = why.split, why.sources, why.drivers
    because, cause, who_stands_out = mix.because, reasons.cause, people.who_stands_out
    paced, loads, slow_hours = load.paced, load.loads, slow.slow_table
    agents, bars, scatter = people.agents, people.bars, people.scatter
    agents_table, outcomes, standouts = people.agents_table, people.outcomes, people.standouts
    proof, advice = proof.proof, advice.advice
    trust, conflicts, settled, set_aside = quality.trust, quality.conflicts, quality.settled, quality.set_aside
    calendar, gaps = calendar.calendar, calendar.gaps
    spread, shrunk = fair.spread, fair.shrunk
    filtered, definitions, rule = meaning.filtered, meaning.definitions, meaning.rule

    def explore(self) -> object:
        """Widgets to ask for any other number, for people at a keyboard."""
        from kpi_helpers.explorer.board import explore  # ipywidgets is loaded only here

        return explore(self)

    @cached_property
    def period(self) -> Period:
        """The period studied."""
        return self.desk.period(self.chosen)

    @cached_property
    def reference(self) -> compare.Reference:
        """The period it is compared with, and why. Raises KpiError when compare_to is none that is known."""
        return compare.reference(self)

    @property
    def before(self) -> Period:
        """The period it is compared with."""
        return self.reference.period

    @property
    def against(self) -> str:
        """What the period before is called in sentences, see `wording.finding`."""
        return self.reference.against

    @property
    def own_promotions(self) -> tuple[str, ...]:
        """The shop's own promotions, as kpi.toml has them."""
        return tuple(self.desk.settings.promotions)

    @property
    def least(self) -> int:
        """The smallest denominator that is compared or ranked."""
        return self.desk.settings.min_denominator

    @property
    def outside(self) -> bool:
        """Whether readers are not of the shop."""
        return self.audience == "external"

    @cached_property
    def names(self) -> dict[str, str]:
        """Display names of agents; masks for readers outside the shop."""
        names = self.desk.people.names()
        if not self.outside:
            return names
        everybody = {agent: names.get(agent, agent) for agent in listing.agents(self.desk)}
        masks = mask_agents(everybody.values(), self.lang)
        return {agent: masks[name] for agent, name in everybody.items()}

    def rows(self, names: Sequence[str], by: str | None = None, period: Period | None = None) -> pd.DataFrame:
        """`compute`, asked once; metrics whose data do not reach back to the period's first day have no value."""
        span = period or self.period
        return self._frame(("rows", *names, by, span), lambda: self._answers(names, [span], by), by)

    def ask(self, *names: str, by: str | None = None) -> None:
        """Ask for several metrics of the period at once: one question instead of one a number."""
        self._answers(names, [self.period], by)

    def load(self, *names: str, by: str | None = None) -> None:
        """Ask for the history of several metrics at once: one question instead of one a period and number."""
        spans = {name: self.spans(name) for name in names}
        for reach in {tuple(found) for found in spans.values()}:
            self._answers([name for name in names if tuple(spans[name]) == reach], reach, by)

    def row(self, name: str, period: Period | None = None) -> Record:
        """One metric of the whole shop."""
        span = period or self.period
        key = "row", name, span
        if key not in self.remembered:
            self.remembered[key] = Record(self._answers([name], [span])[0])
        return self.remembered[key]

    def available(self, *names: str) -> list[str]:
        """Those of the metrics that have a value in this period, in the order given."""
        self.ask(*names)
        return [name for name in names if not pd.isna(self.row(name)["value"])]

    def history(self, name: str, by: str | None = None) -> pd.DataFrame:
        """The metric in this period and the twelve before it, oldest first, from the first one with a value."""
        spans = self.spans(name) or [self.period]
        return self._frame(("history", name, by), lambda: self._answers([name], spans, by), by)

    def earlier(self, name: str) -> list[float]:
        """The values before this period, oldest first: their ups and downs tell what is usual."""
        past = self._answers([name], self.spans(name))[:-1]
        return [row["value"] for row in past if not pd.isna(row["value"])]

    def last_year(self, name: str) -> pd.DataFrame | None:
        """The metric a year before each period of `history`; None when the data do not reach back."""
        before = [span.year_before() for span in self.spans(name) or [self.period]]
        if not self._reaches(name, before[-1]):
            return None
        return as_frame(self._answers([name], before))

    def spans(self, name: str) -> list[Period]:
        """The periods of `history`."""
        key = "spans", name
        if key not in self.remembered:
            past = self.period.history(HISTORY)
            self.remembered[key] = [span for span in past if self._reaches(name, span)]
        return self.remembered[key]

    def _frame(self, key: tuple, ask: Callable[[], list[Row]], by: str | None = None) -> pd.DataFrame:
        """The answer as a table of the caller's own, made once."""
        if key not in self.remembered:
            self.remembered[key] = as_frame(ask(), by)
        return self.remembered[key].copy(deep=False)

    def _answers(self, names: Sequence[str], spans: Sequence[Period], by: str | None = None) -> list[Row]:
        """Rows of every metric, period by period."""
        wanted = list(dict.fromkeys(names))
        new = [span for span in spans if any((name, by, span) not in self._seen for name in wanted)]
        asked = [name for name in wanted if any((name, by, span) not in self._seen for span in new)]
        for (name, span), rows in (answers(asked, self.desk, new, by) if new else {}).items():
            self._seen[name, by, span] = self._whole(name, span, rows)
        return [row for name in names for span in spans for row in self._seen[name, by, span]]

    def _whole(self, name: str, span: Period, rows: list[Row]) -> list[Row]:
        """A sum over half a week is no week: no value where the data begin inside the period."""
        if span == self.period or self._reaches(name, span):
            return rows
        return [row | dict.fromkeys(("value", "low", "high"), nan) for row in rows]

    def _reaches(self, name: str, span: Period) -> bool:
        first = self._begins(name)
        return first is not None and first <= day_number(span.start)

    def _begins(self, name: str) -> int | None:
        """The first day on which the metric can be counted."""
        key = "begins", name
        if key not in self.remembered:
            self.remembered[key] = self.desk.coverage.begins(metrics.get(name))
        return self.remembered[key]

    def first_day(self, name: str) -> date:
        """The period's first day on which the metric can be counted."""
        first = self._begins(name)
        return self.period.start if first is None else max(self.period.start, to_date(first))
