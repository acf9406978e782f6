"""`kpi.explore()`: the controls, and below them numbers, rows with their chats, what-if, samples, examples."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as widgets

from kpi_helpers import metrics
from kpi_helpers.charts.html import Html, tag
from kpi_helpers.desk import Desk, find_data, open_desk
from kpi_helpers.engine.nearby import beside
from kpi_helpers.errors import unknown
from kpi_helpers.explorer import word
from kpi_helpers.explorer.answer import Answer, Desks, warming
from kpi_helpers.explorer.behind import behind
from kpi_helpers.explorer.controls import Controls, applied
from kpi_helpers.explorer.lists import MOST
from kpi_helpers.explorer.panel import Library, Panel, in_place
from kpi_helpers.explorer.picture import picture, table
from kpi_helpers.explorer.question import Question, known
from kpi_helpers.explorer.reader import Reader
from kpi_helpers.explorer.tries import Examples, Sample, WhatIfTab
from kpi_helpers.explorer.worker import Worker
from kpi_helpers.platforms.units import prepare
from kpi_helpers.store.store import Store

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study

TABS = ("number", "rows", "whatif", "sample", "marks")


def explore(
    study: Study | None = None,
    *,
    shop: str = "",
    period: str = "latest-week",
    lang: str = "zh",
    data_dir: str | Path = "",
    **asked: str,
) -> widgets.VBox:
    """Widgets over `compute`, for people at a keyboard: any number, split any way, down to the chats behind it.

    Starts where a study stands, or at `shop` (empty: the only one) and `period`. `asked`: metric, by, compare_to,
    agent, team, attribution_rule to begin with. Raises KpiError for names nobody knows; later errors are said in place.
    """
    if other := sorted(set(asked) - known()):
        raise unknown("part of a question", other[0], sorted(known()))
    if study:
        desk, lang = study.desk, study.lang
        given = {"period": study.period, "compare_to": study.compare_to}
    else:
        desk = open_desk(shop, data_dir)
        given = {"period": desk.period(period)}
    if "metric" not in asked and desk.coverage.begins(metrics.get(Question.metric)) is None:
        given["metric"] = "received_buyers"  # a shop without orders
    written = str(data_dir or (desk.home if desk.home and not _is_usual(desk.home) else ""))
    return Board(desk, Question(desk.shop, **{**given, **asked}, lang=lang, data_dir=written)).box


def _is_usual(home: Path) -> bool:
    """Whether the data are found without saying where."""
    return find_data().absolute() == Path(home).absolute()


class Board:
    """Everything that `explore` shows, and what is asked at the moment."""

    def __init__(self, desk: Desk, asked: Question) -> None:
        self.asked, self.lang, self.side, self.picked = asked, asked.lang, "numerator", "{}"
        self.worker, self.waiting, self.warmed = Worker(), deque(), set()
        self.desks = Desks(desk.home or "")
        self.desks.put(_beside(desk))
        shops = Store(desk.home).shops() if desk.home else [desk.shop]
        self.said, self.told, self.numbers, self.copied = Panel(), Panel(), Panel(self._pick), Panel()
        self.numbers.add_class("kpi-numbers")
        self.controls = Controls(asked, self.desks, shops, self._changed, self.worker)
        self.side_box = widgets.Dropdown(options=[("", "numerator")], description=word("control.side", self.lang))
        self.side_box.observe(lambda change: self._sided(change["new"]), names="value")
        self.reader = Reader(self.lang, self.worker, self._marked)
        self.tries = {"whatif": WhatIfTab(self), "sample": Sample(self), "marks": Examples(self)}
        pages = [widgets.VBox([self.told, self.numbers, self.copied]), widgets.VBox([self.side_box, self.reader.box])]
        pages += [one.box for one in self.tries.values()]
        self.tabs = widgets.Tab(pages, titles=[word(f"tab.{name}", self.lang) for name in TABS])
        self.tabs.observe(lambda change: self.worker.do(lambda: self._opened(change["new"])), names="selected_index")
        self.box = widgets.VBox([Library(), self.controls.box, self.said, self.tabs])
        self.worker.do(self._show)
        self.worker.wait()
        self.worker.later(self._warm)

    @property
    def desk(self) -> Desk:
        """The desk that is asked."""
        return self.desks.desk(self.asked)

    def _changed(self, change: dict[str, object]) -> None:
        """A control was moved by hand."""
        self.waiting.append(change)
        self.worker.do(self._follow)

    def _follow(self) -> None:
        """Ask anew with every change that waits; where that cannot be, say so and keep what is shown."""
        if not self.waiting:
            return  # went along with an earlier one
        self.numbers.busy = True
        went = in_place(self.said, self.lang, self._ask)
        if self.waiting:
            return  # already out of date, and so would the controls be
        self.controls.show(self.asked)
        if went:
            self.said.show()
            self._show()
            self.worker.later(self._warm)
        self.numbers.busy = False

    def _warm(self) -> None:
        """Get the platform's own counting of the period ready while nobody asks, a few days at a time."""
        for part in warming(self.asked, self.desk):
            if self.waiting or self.worker.leaving:
                return
            if (self.asked.shop, part) not in self.warmed:  # once a shop: the attribution rule is nothing to them
                prepare(self.desk, *part)
                self.warmed.add((self.asked.shop, part))

    def _ask(self) -> None:
        asked = self.asked
        while self.waiting:
            asked = applied(asked, self.waiting.popleft(), self.desks)
        answer = self.desks.ask(asked)
        if not self.waiting:
            self._tell(answer)  # the number first, its parts as soon as they are counted
            answer.rows, answer.before  # noqa: B018 - an error of theirs is said before anything is replaced
        self.asked = asked

    def _show(self) -> None:
        self.picked = "{}"
        if in_place(self.numbers, self.lang, self._numbers):
            self._sides()
            self.reader.clear(word("rows.first", self.lang))
            self._opened(self.tabs.selected_index)

    def _numbers(self) -> None:
        answer = self.desks.ask(self.asked)
        self._tell(answer)
        self.numbers.show(picture(answer), table(answer, self.picked))
        self.copied.show(*copy_lines(answer))

    def _tell(self, answer: Answer) -> None:
        """The headline; of counts again when earlier periods have said what is usual."""
        self.told.show(tag("p", answer.headline(), class_="kpi-answer"))
        if answer.needs_history:
            self.worker.later(lambda: in_place(self.said, self.lang, lambda: self._tell_usual(answer)))

    def _tell_usual(self, answer: Answer) -> None:
        past = []
        for value in self.desks.earlier(answer.question):
            past.append(value)
            if self.waiting:
                return
        if answer.question == self.asked:
            self.told.show(tag("p", answer.headline(past[::-1]), class_="kpi-answer"))

    def _sides(self) -> None:
        """Which facts have rows: both of a ratio."""
        metric = metrics.get(self.asked.metric)
        sides = [("numerator", metric.numerator), ("denominator", metric.denominator)]
        if metric.kind == "quantile":
            sides = [("denominator", metric.numerator)]
        options = [
            (word(f"side.{side}", self.lang, label=metrics.fact(fact).label[self.lang]), side)
            for side, fact in sides
            if fact
        ]
        with self.side_box.hold_trait_notifications():
            self.side_box.options, self.side_box.value = options, options[0][1]

    def _pick(self, key: str) -> None:
        self.worker.do(lambda: self._picked(key))

    def _sided(self, side: str) -> None:
        if side and not self.worker.here:
            self.worker.do(self._behind)

    def _picked(self, key: str) -> None:
        """A mark or row was picked: its rows are listed on the next page."""
        self.picked = key
        if in_place(self.said, self.lang, self._numbers):
            self.tabs.selected_index = TABS.index("rows")
            self._behind()

    def _behind(self) -> None:
        in_place(self.reader.list, self.lang, self._list_rows)

    def _list_rows(self) -> None:
        picked = json.loads(self.picked)
        found = behind(self.asked, self.desk, picked, self.side_box.value)
        what = " · ".join([metrics.get(self.asked.metric).label[self.lang], *(str(v) for v in picked.values())])
        if found.empty:
            return self.reader.clear(word("rows.none", self.lang, what=what))
        caption = word("rows.caption", self.lang, what=what, n=len(found), shown=min(len(found), MOST))
        self.reader.fill(self.desk, found, caption)

    def _opened(self, page: int | None) -> None:
        """A page came to the front: pages that depend on the question bring themselves up to date."""
        name = TABS[page or 0]
        if name in self.tries:
            self.tries[name].opened()
        if name == "rows" and self.picked == "{}" and self.asked.by == "shop":
            self._behind()

    def _marked(self) -> None:
        self.tries["marks"].opened()


def _beside(desk: Desk) -> Desk:
    """The desk on a connection of the explorer's own, so that cells may ask at the same time."""
    return replace(desk, con=beside(desk.con)) if desk.home else desk


def copy_lines(answer: Answer) -> list[Html]:
    """The question as Python and as parameters, to be marked and copied."""
    asked = answer.question
    lines = {"python": asked.python(), "papermill": asked.papermill(), "report": asked.report()}
    shown = [
        tag("p", word(f"copy.{key}", asked.lang), tag("code", text, class_="kpi-copy")) for key, text in lines.items()
    ]
    if asked.attribution_rule:
        shown.append(tag("p", word("copy.rule", asked.lang, rule=asked.attribution_rule)))
    return shown
