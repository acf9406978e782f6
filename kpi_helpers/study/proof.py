"""Proof: every headline number counted once more from its rows, and some of those rows."""

from __future__ import annotations

from datetime import timedelta
from math import isclose, isnan
from typing import TYPE_CHECKING

import pandas as pd

from kpi_helpers import metrics
from kpi_helpers.charts import Column, Html, html_table, labels
from kpi_helpers.charts.html import tag
from kpi_helpers.errors import KpiError
from kpi_helpers.metrics import listing
from kpi_helpers.metrics.records import Record
from kpi_helpers.metrics.rows import recount, rows
from kpi_helpers.periods import Period
from kpi_helpers.study.texts import word
from kpi_helpers.wording import formats
from kpi_helpers.wording.names import fit

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study

SHOWN, WIDE = 5, 7  # rows of a list that are shown, and columns
BARE = ("first_at", "last_at", "agent")  # columns that tell a reader least where there are too many


def proof(study: Study, *names: str) -> Html | None:
    """The metrics with both sides counted anew from their rows, and the first rows of each, buyers masked.

    Publishing compares every card of the page with this table. Numbers of vendors' reports have no rows; they are named
    as such. Raises KpiError when a number is not what its rows say.
    """
    found = study.available(*names)
    if not found:
        return None
    lines = [_line(study, name) for name in found]
    counted = [line for line in lines if line["counted"]]
    key = "line" if len(counted) == len(lines) else "some" if counted else "none"
    said = word(f"proof.{key}", study.lang, **({"n": len(counted)} if key == "some" else {}), of=len(lines))
    summary = tag("summary", word("proof.summary", study.lang))
    lists = [] if study.outside else [_list(study, line["name"]) for line in counted]
    return tag(
        "details",
        summary,
        tag("p", said),
        tag("ul", *(_said(study, line) for line in lines)),
        *lists,
        class_="kpi kpi-data kpi-proof",
    )


def _line(study: Study, name: str) -> dict[str, object]:
    row = study.row(name)
    sides = {side: _recounted(study, name, side) for side in ("numerator", "denominator")}
    counted = row["basis"] == "exact" and sides["numerator"] is not None
    if counted:
        _same(name, row, sides)
    return {"name": name, "value": row["value"], "counted": counted} | sides


def _recounted(study: Study, name: str, side: str) -> float | None:
    """The side from its rows; None where it has none."""
    if side == "denominator" and not metrics.get(name).denominator:
        return None
    try:
        return recount(name, study.desk, study.period, side)
    except KpiError:
        return None


def _same(name: str, row: Record, sides: dict[str, float | None]) -> None:
    """Raises KpiError when the number on the page is not what its rows say."""
    above, below = sides["numerator"], sides["denominator"]
    value = above if below is None else above / below if below else float("nan")
    if isclose(value, row["value"], rel_tol=1e-9, abs_tol=1e-9) or (isnan(value) and isnan(row["value"])):
        return
    raise KpiError(
        f"{name} is {row['value']:g} on the page and {value:g} by its rows ({above:g}"
        + (f" ÷ {below:g}" if below is not None else "")
        + "); nothing may be published until the two agree: compare `kpi compute` with `kpi rows`"
    )


def _said(study: Study, line: dict[str, object]) -> Html:
    """接待人数 4,162 = 1,224 ÷ 3,417，by its rows; publishing reads the metric and the value from the attributes."""
    lang, name = study.lang, line["name"]
    value = labels.show(line["value"], name, lang)
    sides = " ÷ ".join(_count(line[side], lang) for side in ("numerator", "denominator") if line[side] is not None)
    said = word("proof.rows" if line["counted"] else "proof.vendor", lang, value=value, sides=sides)
    return tag("li", tag("b", labels.metric_name(name, lang)), " ", said, data_proof=name, data_value=value)


def _count(value: float, lang: str) -> str:
    return formats.show(value, "number", lang, decimals=0 if value == round(value) else 2)


def _list(study: Study, name: str) -> Html:
    """The first rows behind a number, as `kpi rows` gives them, buyers masked."""
    lang, first, titles = study.lang, study.first_day(name), listing.titles(study.lang)
    every = list(listing.columns(metrics.fact(metrics.get(name).numerator)))
    shown = [column for column in every if column not in BARE][:WIDE]
    day = Period(first, first + timedelta(days=1), "day", "")
    found = rows(name, study.desk, day, lang=lang, first=every.index(shown[-1]) + 1, head=SHOWN)
    heads = {column: Column(titles.get(column, column)) for column in shown}
    words = pd.DataFrame({key: [_plain(value, lang) for value in found[key].tolist()] for key in shown})
    said = {
        "metric": labels.metric_name(name, lang),
        "day": formats.show_date(first),
        "n": found.attrs["of"],
        "shown": len(words),
    }
    return html_table(words, heads, lang=lang, caption=word("proof.list", lang, **said))


def _plain(value: object, lang: str) -> str:
    if value is None or value != value:
        return formats.missing(lang)
    return f"{value:,.10g}" if isinstance(value, float) else fit(str(value), 60)
