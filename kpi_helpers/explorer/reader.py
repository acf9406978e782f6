"""A reader of chats: a list, the chat picked from it, next and previous, mask on and off, marks for training."""

from collections.abc import Callable

import ipywidgets as widgets
import pandas as pd

from kpi_helpers.charts.html import tag
from kpi_helpers.desk import Desk
from kpi_helpers.explorer import word
from kpi_helpers.explorer.behind import Chat, chats_of
from kpi_helpers.explorer.lists import MOST, listed
from kpi_helpers.explorer.panel import Panel, in_place, sentence
from kpi_helpers.explorer.worker import Worker
from kpi_helpers.review.marks import VERDICTS, mark, mark_of
from kpi_helpers.review.page import page
from kpi_helpers.review.transcript import transcript


class Reader:
    """`box` shows what `fill` was given; a row that is picked opens its chat below."""

    def __init__(self, lang: str, worker: Worker, marked: Callable[[], None] = lambda: None) -> None:
        self.lang, self.worker, self._marked = lang, worker, marked
        self.list, self.chat = Panel(self._picked), Panel()
        self.mask = widgets.Checkbox(value=True, description=word("control.mask", lang), indent=False)
        self.note = widgets.Text(placeholder=word("control.note", lang), layout={"width": "22em"})
        steps = {step: self._button(f"control.{step}_chat") for step in ("previous", "next")}
        verdicts = {verdict: self._button(f"control.{verdict or 'unmark'}") for verdict in (*VERDICTS, "")}
        for step, button in steps.items():
            button.on_click(lambda _, by=-1 if step == "previous" else 1: self._step(by))
        for verdict, button in verdicts.items():
            button.on_click(lambda _, verdict=verdict: self._mark(verdict))
        self.mask.observe(lambda _: self._do(self._shown), names="value")
        self.place = widgets.Label()
        self.bar = widgets.HBox([*steps.values(), self.place, self.mask])
        self.marking = widgets.HBox([self.note, *verdicts.values()])
        self.box = widgets.VBox([self.list, self.bar, self.marking, self.chat])
        self.clear()

    def clear(self, said: str = "") -> None:
        """Nothing to read."""
        self.rows, self.at, self.open = pd.DataFrame(), -1, []
        self.list.show(tag("p", said))
        self._toggle()
        self.chat.show()

    def fill(self, desk: Desk, rows: pd.DataFrame, caption: str, heads: dict | None = None) -> None:
        """Show these rows, buyers by name, which have columns buyer, agent and day, or an order."""
        self.desk, self.rows, self.caption, self.heads = desk, rows, caption, heads
        self.at, self.open = -1, []
        self.chat.show()
        self._listed()
        self._toggle()

    def _button(self, key: str) -> widgets.Button:
        return widgets.Button(description=word(key, self.lang), layout={"width": "auto"})

    def _toggle(self) -> None:
        self.bar.layout.display = "flex" if len(self.rows) else "none"
        self.marking.layout.display = "flex" if self.open else "none"

    def _do(self, act: Callable[[], object]) -> None:
        self.worker.do(lambda: in_place(self.chat, self.lang, act))

    def _shown(self) -> None:
        self._listed()
        if self.open:
            self._read()

    def _listed(self) -> None:
        shown = listed(
            self.rows, self.caption, self.lang, mask=self.mask.value, picked=self.at, heads=self.heads
        ) if len(self.rows) else tag("p", self.caption)  # fmt: skip
        self.list.show(shown)

    def _picked(self, key: str) -> None:
        self._do(lambda: self._go(int(key)))

    def _step(self, by: int) -> None:
        last = min(len(self.rows), MOST) - 1
        self._do(lambda: self._go(min(max(self.at + by, 0), last)))

    def _go(self, at: int) -> None:
        self.at, self.open = at, chats_of(self.desk, self.rows.iloc[at])
        self.place.value = word("rows.place", self.lang, at=at + 1, n=len(self.rows))
        self._listed()
        self._toggle()
        self._read()

    def _read(self) -> None:
        """Every chat of the row, one below the other."""
        if not self.open:
            return self.chat.show(sentence(word("rows.no_chat", self.lang)))
        found = mark_of(self.desk, *self.open[0])
        self.note.value = found["note"] if found else ""
        self.chat.show(*(self._page(chat) for chat in self.open))

    def _page(self, chat: Chat) -> object:
        found = mark_of(self.desk, *chat)
        said = word(f"mark.{found['verdict']}", self.lang) if found else ""
        said += f"：{found['note']}" if found and found["note"] else ""
        return page(transcript(self.desk, *chat, lang=self.lang), self.lang, mask=self.mask.value, marked=said)

    def _mark(self, verdict: str) -> None:
        self._do(lambda: self._mark_open(verdict))

    def _mark_open(self, verdict: str) -> None:
        mark(self.desk, *self.open[0], verdict, self.note.value if verdict else "")
        self._read()
        self._marked()
