"""Why a total changed: from the total before, step by step, to the total now."""

import pandas as pd

from kpi_helpers import metrics
from kpi_helpers.charts import labels, theme
from kpi_helpers.charts.drawing import Drawing, draw, trace
from kpi_helpers.charts.finish import Chart, finish, unavailable
from kpi_helpers.charts.html import Html
from kpi_helpers.charts.tables import Column, html_table
from kpi_helpers.charts.words import word
from kpi_helpers.errors import KpiError
from kpi_helpers.metrics.records import records
from kpi_helpers.wording import formats


def waterfall(
    steps: pd.DataFrame,
    metric: str,
    lang: str,
    *,
    title: str,
    source: str,
    subtitle: str | None = None,
) -> Chart | Html:
    """The change of `metric` (its unit) as a waterfall, top to bottom.

    `steps` has columns step (words), amount and total (True for the first and last row, whose amounts are
    totals; the others are changes). Raises KpiError when the steps do not add up from the first total to
    the last.
    """
    if steps["amount"].isna().any():
        return unavailable(title, steps, lang)
    _check_sum(steps)
    name = labels.metric_name(metric, lang)
    return finish(
        _draw(steps, metric, lang),
        title=title,
        subtitle=subtitle or word("plotted.waterfall", lang, metric=name),
        source=source,
        data=_table(steps, metric, lang, title),
        lang=lang,
    )


def _check_sum(steps: pd.DataFrame) -> None:
    changes = steps.loc[~steps["total"], "amount"].sum()
    first, last = steps["amount"].iloc[0], steps["amount"].iloc[-1]
    if abs(first + changes - last) > 1e-6 * max(abs(first), abs(last), 1):
        raise KpiError(
            f"the steps add up to {first + changes:,.2f}, not to the last total {last:,.2f}; "
            "a part of the change is missing"
        )


def _draw(steps: pd.DataFrame, metric: str, lang: str) -> Drawing:
    text = [_said(row, metric, lang) for row in records(steps)]
    marks = trace(
        "waterfall",
        x=list(steps["amount"]),
        y=list(range(len(steps))),
        orientation="h",
        measure=["absolute" if total else "relative" for total in steps["total"]],
        text=text,
        textposition="outside",
        cliponaxis=False,
        hovertext=[f"{labels.short(step, 40)}<br>{said}" for step, said in zip(steps["step"], text, strict=True)],
        totals={"marker": {"color": theme.CONTEXT_TEXT}},
        increasing={"marker": {"color": theme.NAVY}},
        decreasing={"marker": {"color": theme.SEQUENTIAL[2]}},
    )
    names = [labels.short(step, 24) for step in steps["step"]]
    rows = {"tickmode": "array", "tickvals": list(range(len(steps))), "ticktext": names, "showgrid": False}
    up = {**rows, "range": [len(steps) - 0.4, -0.6], "tickfont": {"color": theme.INK}}
    across = {"visible": False, "range": _range(steps)}
    return draw(marks, xaxis=across, yaxis=up, height=38 * len(steps) + 24, margin={"r": 24, "t": 4})


def _range(steps: pd.DataFrame) -> list[float]:
    """From zero, with room for the words right of the longest bar."""
    reach = steps["amount"].where(~steps["total"], 0).cumsum() + steps["amount"].iloc[0]
    ends = [*reach, *steps.loc[steps["total"], "amount"], 0.0]
    room = (max(ends) - min(ends)) * 0.45  # a phone leaves little beside the bars
    return [min(ends) - (room if min(ends) < 0 else 0), max(ends) + room]


def _said(row: object, metric: str, lang: str) -> str:
    """A total as it is; a change with its sign and an arrow, which says what colour must not."""
    amount = labels.compact(row.amount, metric, lang)
    if row.total or not row.amount:
        return amount
    return f"▲ +{amount}" if row.amount > 0 else f"▼ {amount.replace('-', '−')}"


def _table(steps: pd.DataFrame, metric: str, lang: str, title: str) -> Html:
    unit = metrics.get(metric).unit
    amounts = [formats.show(row.amount, unit, lang, sign=not row.total) for row in records(steps)]
    columns = {"step": Column(word("head.step", lang)), "said": Column(word("head.change", lang), right=True)}
    return html_table(steps.assign(said=amounts), columns, lang=lang, caption=title)
