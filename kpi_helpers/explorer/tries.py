"""The explorer's other pages: another setting beside this one, samples for review, marked examples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as widgets
import pandas as pd

from kpi_helpers import metrics
from kpi_helpers.charts import labels
from kpi_helpers.charts.html import tag
from kpi_helpers.errors import KpiError
from kpi_helpers.explorer import word
from kpi_helpers.explorer.lists import MOST
from kpi_helpers.explorer.panel import Panel, in_place
from kpi_helpers.explorer.reader import Reader
from kpi_helpers.metrics.whatif import SIDES, WhatIf, whatif
from kpi_helpers.review import word as review_word
from kpi_helpers.review.marks import COLUMNS, marks
from kpi_helpers.review.sampling import KINDS, review_sample, save_sheet
from kpi_helpers.settings import CHOICES

if TYPE_CHECKING:
    from kpi_helpers.explorer.board import Board

SETTINGS = (
    "attribution_rule", "attribution_window_hours", "session_gap_minutes", "slow_seconds", "inquiry_window_days",
    "final_delay_days", "after_sales_days",
)  # fmt: skip


class WhatIfTab:
    """Move a setting, see both numbers and the rows that changed sides."""

    def __init__(self, board: Board) -> None:
        self.board, lang = board, board.lang
        self.setting = widgets.Dropdown(
            options=_settings(lang), layout={"width": "24em"}, description=word("control.setting", lang)
        )
        self.value = widgets.Combobox(description=word("control.value", lang), ensure_option=False)
        self.act = widgets.Button(description=word("control.try", lang), button_style="primary")
        self.numbers, self.reader = Panel(), Reader(lang, board.worker)
        self.setting.observe(lambda _: self.opened(), names="value")
        self.act.on_click(lambda _: board.worker.do(lambda: in_place(self.numbers, lang, self._try)))
        self.box = widgets.VBox([widgets.HBox([self.setting, self.value, self.act]), self.numbers, self.reader.box])

    def opened(self) -> None:
        """What the setting may be, and of choices one that it is not yet."""
        now = str(self.board.desk.settings.values[self.setting.value])
        others = [choice for choice in CHOICES.get(self.setting.value, []) if choice != now]
        self.value.options, self.value.value = others, others[0] if others else now

    def _try(self) -> None:
        board, name, typed = self.board, self.setting.value, self._typed()
        if typed == board.desk.settings.values[name]:
            self.numbers.show(tag("p", word("whatif.unchanged", board.lang, setting=f"{name} = {typed}")))
            return self.reader.clear()
        self.numbers.show(tag("p", word("answer.working", board.lang, setting=f"{name} = {typed}")))
        self.reader.clear()
        found = whatif(
            board.asked.metric, board.desk, board.asked.period, lang=board.lang, unmask=True, **{name: typed}
        )
        self.numbers.show(self._both(found))
        self._moved(found)

    def _typed(self) -> object:
        """The value as the setting wants it."""
        now, text = self.board.desk.settings.values[self.setting.value], self.value.value.strip()
        if not isinstance(now, int):
            return text
        if not text.isdigit():
            raise KpiError(f"{self.setting.value} = {text!r} should be a whole number, such as {now}")
        return int(text)

    def _both(self, found: WhatIf) -> object:
        name, lang = self.setting.value, self.board.lang
        values = {"now": self.board.desk.settings.values[name], "then": found.changes[name]}
        parts = []
        for side, rows in (("now", found.now), ("then", found.then)):
            row, said = rows.iloc[0], word(f"whatif.{side}", lang, setting=f"{name} = {values[side]}")
            number = tag("b", labels.show(row["value"], row["metric"], lang))
            parts.append(
                tag("div", said, number, tag("span", labels.parts(row, lang) or metrics.get(row["metric"]).label[lang]))
            )
        return tag("div", *parts, class_="kpi-both")

    def _moved(self, found: WhatIf) -> None:
        lang, moved = self.board.lang, found.moved
        if moved.empty:
            return self.reader.clear(word("whatif.same", lang))
        words = {side: word(f"whatif.{'of_other' if side == 'moved' else side}", lang) for side in SIDES}
        counts = moved["side"].value_counts()
        parts = "、".join(f"{words[side]} {counts[side]}" for side in SIDES if side in counts)
        caption = word("whatif.moved", lang, n=len(moved), parts=parts, shown=min(len(moved), MOST))
        heads = {"side": word("whatif.side", lang)}
        heads |= {c: word("whatif.then_column", lang, title=_title(c, lang)) for c in moved if c.endswith("_then")}
        self.reader.fill(self.board.desk, moved.assign(side=moved["side"].map(words)), caption, heads)


class Sample:
    """Draw chats for review and save them as a sheet."""

    def __init__(self, board: Board) -> None:
        self.board, lang, self.drawn = board, board.lang, None
        kinds = [(review_word(f"sample.{kind}", lang), kind) for kind in KINDS]
        self.kind = widgets.Dropdown(options=kinds, description=word("control.kind", lang))
        self.per_agent = widgets.BoundedIntText(value=5, min=1, max=100, description=word("control.per_agent", lang))
        self.seed = widgets.IntText(value=1, description=word("control.seed", lang))
        self.draw = widgets.Button(description=word("control.draw", lang), button_style="primary")
        self.export = widgets.Button(description=word("control.export", lang))
        self.said, self.reader = Panel(), Reader(lang, board.worker)
        self.draw.on_click(lambda _: board.worker.do(lambda: in_place(self.said, lang, self._draw)))
        self.export.on_click(lambda _: board.worker.do(lambda: in_place(self.said, lang, self._export)))
        self.box = widgets.VBox(
            [widgets.HBox([self.kind, self.per_agent, self.seed, self.draw, self.export]), self.said, self.reader.box]
        )

    def opened(self) -> None:
        """Nothing is drawn before somebody asks."""

    def _draw(self) -> None:
        asked, lang = self.board.asked, self.board.lang
        given = {"agent": asked.agent, "unmask": True}
        self.drawn = review_sample(
            self.board.desk, asked.period, self.kind.value, self.per_agent.value, self.seed.value, **given
        )
        self.said.show()
        if self.drawn.empty:
            return self.reader.clear(word("sample.none", lang))
        shown = self.drawn.assign(outcome=[review_word(f"outcome.{name}", lang) for name in self.drawn["outcome"]])
        heads = {name: review_word(f"sheet.{name}", lang) for name in shown}
        caption = word("sample.caption", lang, n=len(shown), seed=self.seed.value)
        self.reader.fill(self.board.desk, shown.drop(columns="kind"), caption, heads)

    def _export(self) -> None:
        if self.drawn is None or self.drawn.empty:
            self._draw()
        asked = self.board.asked
        path = Path(f"review-{self.kind.value}-{asked.period.label}-{self.seed.value}.xlsx")
        saved = save_sheet(self.drawn, path, self.board.lang).absolute()
        self.said.show(tag("p", word("sample.saved", self.board.lang, path=saved)))


class Examples:
    """Marked chats, newest first."""

    def __init__(self, board: Board) -> None:
        self.board, self.said = board, Panel()
        self.reader = Reader(board.lang, board.worker)
        self.box = widgets.VBox([self.said, self.reader.box])

    def opened(self) -> None:
        """The list as it is now."""
        in_place(self.said, self.board.lang, self._list)

    def _list(self) -> None:
        lang, found = self.board.lang, marks(self.board.desk, unmask=True) if self.board.desk.home else pd.DataFrame()
        self.said.show()
        if found.empty:
            return self.reader.clear(word("mark.none", lang))
        shown = found.assign(verdict=[word(f"mark.{verdict}", lang) for verdict in found["verdict"]])
        heads = {name: word(f"mark.{name}", lang) for name in COLUMNS if name not in ("day", "buyer", "agent")}
        self.reader.fill(self.board.desk, shown, word("mark.caption", lang, n=len(shown)), heads)


def _settings(lang: str) -> list[tuple[str, str]]:
    """The settings as people call them and as kpi.toml does."""
    return [(f"{word(f'setting.{name}', lang)} · {name}", name) for name in SETTINGS]


def _title(column: str, lang: str) -> str:
    """The title of a `…_then` column."""
    from kpi_helpers.metrics import listing

    name = column.removesuffix("_then")
    return listing.titles(lang).get(name, metrics.get(name).label[lang] if name in metrics.metrics() else name)
