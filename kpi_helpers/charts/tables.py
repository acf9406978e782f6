"""Tables as HTML: readable by a screen reader, numbers to the right, never wider than their own box.

Own and small on purpose: Great Tables costs a quarter of a second to import and 9 kB of style per table,
and gives each table a new random id, so that two equal runs would differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

import pandas as pd

from kpi_helpers import metrics
from kpi_helpers.charts import labels
from kpi_helpers.charts.html import Html, tag
from kpi_helpers.charts.words import word
from kpi_helpers.errors import KpiError
from kpi_helpers.metrics.records import records
from kpi_helpers.wording import formats
from kpi_helpers.wording.names import agent_label

MOST_COLUMNS = 7
LONG = 60  # rows from which a table of numbers is written without a class for every cell
FIRST = 30  # rows of a long table that are seen at once
TEXT = ""  # the unit of a column of words


@dataclass(frozen=True)
class Column:
    """How one column is shown: its head, and the unit its numbers are written in (TEXT: as words).

    `right` puts words to the right, for numbers that are words already.
    """

    label: str
    unit: str = TEXT
    right: bool = False


def html_table(
    frame: pd.DataFrame,
    columns: Mapping[str, Column] | None = None,
    *,
    lang: str,
    caption: str,
    stacked: bool = False,
) -> Html:
    """`frame` as a table: the chosen `columns` in their order, the first one naming the rows.

    Without `columns` every column is shown under its own name. Missing values get their mark. `stacked` sets each
    row as a small block on a phone, instead of scrolling sideways. Raises KpiError for a column the frame has not, or
    more than seven.
    """
    chosen = dict(columns or _as_they_are(frame))
    _check(frame, list(chosen))
    role = (lambda name: {"role": name}) if stacked else (lambda name: {})  # a block is no table without its roles
    alike = not stacked and len(frame) >= LONG and all(map(_side, list(chosen.values())[1:]))
    heads = (tag("th", c.label, scope="col", class_=_side(c), **role("columnheader")) for c in chosen.values())
    head = tag("tr", *heads, **role("row"))
    cells = zip(*([_written(v, c, lang) for v in frame[key]] for key, c in chosen.items()), strict=True)
    written = _stacked if stacked else _bare if alike else _cell
    body = [tag("tr", *map(written, row, chosen.values(), range(len(chosen))), **role("row")) for row in cells]
    parts = tag("thead", head, **role("rowgroup")), tag("tbody", *body, **role("rowgroup"))
    style = {"class_": "kpi-stack", "role": "table"} if stacked else {"class_": "kpi-long"} if alike else {}
    return boxed(tag("table", tag("caption", caption), *parts, **style), caption)


def folded(frame: pd.DataFrame, columns: Mapping[str, Column], *, lang: str, caption: str) -> Html:
    """`html_table`; of more than sixty rows the first thirty, the others below a line to open (paper shows them)."""
    if len(frame) <= LONG:
        return html_table(frame, columns, lang=lang, caption=caption)
    parts = [html_table(part, columns, lang=lang, caption=caption) for part in (frame[:FIRST], frame[FIRST:])]
    summary = tag("summary", word("head.more", lang, n=len(frame) - FIRST))
    return Html(parts[0] + tag("details", summary, parts[1], class_="kpi kpi-data kpi-more"))


def boxed(table: Html, caption: str) -> Html:
    """A table in the box it scrolls in; the keyboard can reach it."""
    return tag("div", table, class_="kpi kpi-scroll", role="group", tabindex="0", aria_label=caption)


def metric_table(
    rows: pd.DataFrame,
    lang: str,
    *,
    caption: str,
    by: str = "agent",
    names: Mapping[str, str] | None = None,
    fold: bool = False,
) -> Html:
    """Results of `compute` side by side: one row per `by`, one column per metric, at most six metrics.

    Metrics and groups keep the order in which they first appear; `names` gives agents their display names;
    `fold` as `folded`.
    """
    known = {(who, m): value for who, m, value in zip(rows[by], rows["metric"], rows["value"], strict=True)}
    groups, chosen = (list(dict.fromkeys(rows[key])) for key in (by, "metric"))
    wide = pd.DataFrame({by: groups} | {m: [known.get((who, m), nan) for who in groups] for m in chosen})
    wide[by] = labels.named(wide, names, lang)["shown"] if by in labels.GROUPS else wide[by].astype(str)
    named = {m: Column(labels.metric_name(m, lang), metrics.get(m).unit) for m in chosen}
    shown = folded if fold else html_table
    return shown(wide, {by: Column(word(f"head.{by}", lang))} | named, lang=lang, caption=caption)


def rows_table(rows: pd.DataFrame, lang: str, *, caption: str) -> Html:
    """Results of `compute` as they stand behind a chart: group, value, interval, parts, note."""
    listed = records(rows, *labels.NUMBERS, "provisional", "basis")
    numbers = {
        "value": labels.texts(rows, lang),
        "interval": [labels.interval(row, lang) for row in listed],
        "parts": [labels.parts(row, lang) for row in listed],
    }
    found = _groups(rows, lang) | numbers | {"note": [_note(row, lang) for row in listed]}
    kept = {key: values for key, values in found.items() if key == "value" or any(values)}
    heads = {key: Column(word(f"head.{key}", lang), right=key in numbers) for key in kept}
    return html_table(pd.DataFrame(kept), heads, lang=lang, caption=caption)


def _as_they_are(frame: pd.DataFrame) -> dict[str, Column]:
    number = pd.api.types.is_numeric_dtype
    return {key: Column(str(key), "number" if number(frame[key]) else TEXT) for key in frame}


def _check(frame: pd.DataFrame, chosen: list[str]) -> None:
    if absent := [key for key in chosen if key not in frame]:
        raise KpiError(f"the table has no column {absent[0]!r}; it has: {', '.join(map(str, frame))}")
    if len(chosen) > MOST_COLUMNS:
        raise KpiError(f"a table may have {MOST_COLUMNS} columns at most, this one has {len(chosen)}; split it")


def _side(column: Column) -> str | None:
    return "kpi-number" if column.right or column.unit else None


def _cell(content: object, column: Column, index: int) -> Html:
    return tag("td", content, class_=_side(column)) if index else tag("th", content, scope="row")


def _bare(content: object, column: Column, index: int) -> Html:
    """A cell of a long table, whose numbers the style sheet knows by their place: half the size."""
    return tag("td", content) if index else tag("th", content)


def _stacked(content: object, column: Column, index: int) -> Html:
    """A cell that can say its head itself."""
    if not index:
        return tag("th", content, scope="row", role="rowheader")
    return tag("td", tag("span", content), class_=_side(column), role="cell", data_label=column.label)


def _written(value: object, column: Column, lang: str) -> object:
    if column.unit:
        return formats.show(value, column.unit, lang)
    return formats.missing(lang) if value is None or value != value else value


def _groups(rows: pd.DataFrame, lang: str) -> dict[str, list[str]]:
    """The columns that tell the rows apart, as words."""
    people = [by for by in ("agent", "team") if by in rows]
    found = {by: [agent_label(name, lang) for name in rows.get("shown", rows[by])] for by in people}
    found |= {by: [str(v) for v in rows[by]] for by in ("day", "hour") if by in rows}
    if "day" not in rows and len(set(rows["period_start"])) > 1:
        found["period"] = labels.periods(rows)
    if not found or len(set(rows["metric"])) > 1:
        found["metric"] = [labels.metric_name(m, lang) for m in rows["metric"]]
    return found


def _note(row: object, lang: str) -> str:
    """provisional, and what the number rests on where that is not the shop's own rows."""
    notes = ["chart.provisional"] if row.provisional else []
    notes += [f"note.{basis}" for basis in ("summed_over_agents", "reweighted") if basis in str(row.basis)]
    return word("plotted.join", lang).join(word(note, lang) for note in notes)
