"""A small explorer for people at a keyboard: any metric, by any group, period by period. Reports leave it out."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from kpi_helpers import metrics
from kpi_helpers.charts.tables import rows_table
from kpi_helpers.errors import KpiError
from kpi_helpers.metrics.compute import GROUPS, compute
from kpi_helpers.study.texts import word

if TYPE_CHECKING:
    import ipywidgets

    from kpi_helpers.periods import Period
    from kpi_helpers.study.study import Study


def explore(study: Study) -> ipywidgets.VBox:
    """Widgets over `compute`, starting at the study's period; what cannot be computed is said in their place."""
    import ipywidgets as widgets

    lang, at = study.lang, [study.period]
    metric = widgets.Dropdown(options=_options(lang), description=word("explore.metric", lang))
    by = widgets.Dropdown(options=["shop", *GROUPS], description=word("explore.by", lang))
    earlier, later = (widgets.Button(description=word(f"explore.{key}", lang)) for key in ("earlier", "later"))
    shown = widgets.HTML()

    def refresh(*_: object) -> None:
        shown.value = answer(study, metric.value, by.value, at[0])

    def step(button: widgets.Button) -> None:
        at[0] = at[0].previous() if button is earlier else at[0].following()
        refresh()

    for box in (metric, by):
        box.observe(refresh, names="value")
    for button in (earlier, later):
        button.on_click(step)
    refresh()
    return widgets.VBox([widgets.HBox([metric, by, earlier, later]), shown])


def answer(study: Study, name: str, by: str, period: Period) -> str:
    """The rows of one question as HTML, or the sentence that says why there are none."""
    caption = f"{metrics.get(name).label[study.lang]} · {period.label}"
    try:
        return rows_table(compute(name, study.desk, period, by=by), study.lang, caption=caption)
    except KpiError as error:
        return f"<p>{escape(str(error))}</p>"


def _options(lang: str) -> list[tuple[str, str]]:
    return [(metric.label[lang], metric.name) for metric in metrics.metrics().values()]
