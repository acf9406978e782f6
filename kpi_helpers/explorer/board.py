"""`kpi.explore()`: the controls, and below them numbers, rows with their chats, what-if, samples, examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as widgets

from kpi_helpers import metrics
from kpi_helpers.charts.html import Html, tag
from kpi_helpers.desk import Desk, find_data, open_desk
from kpi_helpers.errors import unknown
from kpi_helpers.explorer import word
from kpi_helpers.explorer.answer import Answer, Desks
from kpi_helpers.explorer.behind import behind
from kpi_helpers.explorer.controls import Controls, applied
from kpi_helpers.explorer.lists import MOST
from kpi_helpers.explorer.panel import Panel, in_place
from kpi_helpers.explorer.picture import picture, table
from kpi_helpers.explorer.question import Question, known
from kpi_helpers.explorer.reader import Reader
from kpi_helpers.explorer.tries import Examples, Sample, WhatIfTab
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
    written = str(data_dir or (desk.home if desk.home and not _is_usual(desk.home) else ""))
    return Board(desk, Question(desk.shop, **{**given, **asked}, lang=lang, data_dir=written)).box


def _is_usual(home: Path) -> bool:
    """Whether the data are found without saying where."""
    return find_data().absolute() == Path(home).absolute()


class Board:
    """Everything that `explore` shows, and what is asked at the moment."""

    def __init__(self, desk: Desk, asked: Question) -> None:
        self.asked, self.lang, self.side, self.picked = asked, asked.lang, "numerator", "{}"
        self.desks = Desks(desk.home or "")
        self.desks.put(desk)
        shops = Store(desk.home).shops() if desk.home else [desk.shop]
        self.said, self.numbers, self.copied = Panel(), Panel(self._pick), Panel()
        self.controls = Controls(asked, self.desks, shops, self._changed)
        self.side_box = widgets.Dropdown(options=[("", "numerator")], description=word("control.side", self.lang))
        self.side_box.observe(lambda change: change["new"] and self._behind(), names="value")
        self.reader = Reader(self.lang, self._marked)
        self.tries = {"whatif": WhatIfTab(self), "sample": Sample(self), "marks": Examples(self)}
        pages = [widgets.VBox([self.numbers, self.copied]), widgets.VBox([self.side_box, self.reader.box])]
        pages += [one.box for one in self.tries.values()]
        self.tabs = widgets.Tab(pages, titles=[word(f"tab.{name}", self.lang) for name in TABS])
        self.tabs.observe(lambda change: self._opened(change["new"]), names="selected_index")
        self.box = widgets.VBox([self.controls.box, self.said, self.tabs])
        self._show()

    @property
    def desk(self) -> Desk:
        """The desk that is asked."""
        return self.desks.desk(self.asked)

    def _changed(self, changes: dict[str, object]) -> None:
        """A control was moved: ask anew; where that cannot be, say so and keep what is shown."""

        def ask() -> None:
            asked = applied(self.asked, changes, self.desks)
            self.desks.ask(asked)
            self.asked = asked

        self.said.show(tag("p", word("answer.working", self.lang)))
        if in_place(self.said, self.lang, ask):
            self.said.show()
            self.controls.show(self.asked)
            self._show()
        else:
            self.controls.show(self.asked)

    def _show(self) -> None:
        self.picked = "{}"
        if in_place(self.numbers, self.lang, self._numbers):
            self._sides()
            self.reader.clear(word("rows.first", self.lang))
            self._opened(self.tabs.selected_index)

    def _numbers(self) -> None:
        answer = self.desks.ask(self.asked)
        headline = tag("p", answer.headline(), class_="kpi-answer")
        self.numbers.show(headline, picture(answer), table(answer, self.picked))
        self.copied.show(*copy_lines(answer))

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


def copy_lines(answer: Answer) -> list[Html]:
    """The question as Python and as parameters, to be marked and copied."""
    asked = answer.question
    lines = {"python": asked.python(), "papermill": asked.papermill()}
    return [
        tag("p", word(f"copy.{key}", asked.lang), tag("code", text, class_="kpi-copy")) for key, text in lines.items()
    ]
