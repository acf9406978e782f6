"""When it is busy: hours down, weekdays across, a coloured table for phones and screen readers alike."""

import pandas as pd

from kpi_helpers.charts import labels
from kpi_helpers.charts.finish import Chart, finish
from kpi_helpers.charts.html import Html, tag
from kpi_helpers.charts.tables import boxed
from kpi_helpers.charts.words import sentences, word
from kpi_helpers.errors import KpiError
from kpi_helpers.wording import formats

SHADES = 5


def heat_table(
    cells: pd.DataFrame,
    metric: str,
    lang: str,
    *,
    title: str,
    source: str,
    subtitle: str | None = None,
) -> Chart:
    """`metric` by hour and weekday, the darker the more.

    `cells` has columns hour (0-23), weekday (0 is Monday), value (the metric's unit; missing: closed,
    hatched, never 0) and, where known, staff (agents on shift, written small below the value). Hours at
    both ends of the day without any value are left out. Raises KpiError when an hour of a weekday stands
    twice.
    """
    if cells.duplicated(["hour", "weekday"]).any():
        raise KpiError("a heat table needs one row per hour and weekday; sum or average the days first")
    grid = cells.set_index(["hour", "weekday"])
    known = cells.loc[cells["value"].notna(), "hour"]
    hours = range(int(known.min()), int(known.max()) + 1) if len(known) else range(0)
    head = tag("tr", tag("th", word("head.hour", lang), scope="col"), *(_weekday(day, lang) for day in range(7)))
    body = [_row(grid, hour, metric, cells["value"].max(), lang) for hour in hours]
    caption = tag("caption", title, class_="kpi-unseen")
    table = tag("table", caption, tag("thead", head), tag("tbody", *body), class_="kpi-heat")
    said = [word("plotted.heat", lang, metric=labels.metric_name(metric, lang))]
    said += [word("plotted.staff", lang)] if "staff" in cells else []
    words = subtitle or sentences(said, lang)
    return finish(boxed(table, title), title=title, subtitle=words, source=source, lang=lang)


def _weekday(day: int, lang: str) -> Html:
    return tag("th", word(f"week.d{day}", lang), scope="col")


def _row(grid: pd.DataFrame, hour: int, metric: str, most: float, lang: str) -> Html:
    cells = [_cell(grid, hour, day, metric, most, lang) for day in range(7)]
    return tag("tr", tag("th", f"{hour:02d}", scope="row"), *cells)


def _cell(grid: pd.DataFrame, hour: int, day: int, metric: str, most: float, lang: str) -> Html:
    row = grid.loc[(hour, day)] if (hour, day) in grid.index else None
    if row is None or pd.isna(row["value"]):
        return tag("td", tag("span", word("week.closed", lang), class_="kpi-unseen"), class_="kpi-closed")
    shade = min(SHADES - 1, int(row["value"] / most * SHADES)) if most else 0
    staff = row.get("staff")
    small = "" if pd.isna(staff) else word("week.staff", lang, n=formats.show(staff, "count", lang))
    below = tag("small", small) if small else Html()
    return tag("td", labels.compact(row["value"], metric, lang), below, class_=f"kpi-h{shade}")
