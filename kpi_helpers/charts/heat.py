"""When it is busy: hours down, weekdays across, a coloured table for phones and screen readers alike."""

import pandas as pd

from kpi_helpers.charts import labels
from kpi_helpers.charts.finish import Chart, finish, unavailable
from kpi_helpers.charts.html import Html, tag
from kpi_helpers.charts.tables import boxed
from kpi_helpers.charts.words import sentences, word
from kpi_helpers.errors import KpiError
from kpi_helpers.metrics.records import Record, records
from kpi_helpers.wording import formats

SHADES = 5
Grid = dict[tuple[int, int], Record]


def week_cells(rows: pd.DataFrame) -> pd.DataFrame:
    """Cells of `heat_table` from results of `compute` by day and hour: the mean of each weekday and hour.

    Days without a row for an hour count as 0 in its mean; an hour that no such weekday has is missing. Raises
    KpiError for rates, whose means mean nothing.
    """
    if rows["denominator"].notna().any() or rows["metric"].nunique() > 1:
        raise KpiError("only one count can be averaged over days; rates must be summed first and divided once")
    days = pd.to_datetime(rows["day"])
    sums = rows.assign(weekday=days.dt.day_of_week).groupby(["hour", "weekday"])["value"].sum(min_count=1)
    first, last = rows["period_start"].min(), rows["period_end"].max()
    seen = pd.Series(pd.date_range(first, last, inclusive="left").day_of_week).value_counts()
    return (sums / sums.index.get_level_values("weekday").map(seen)).rename("value").reset_index()


def heat_table(
    cells: pd.DataFrame,
    metric: str,
    lang: str,
    *,
    title: str,
    source: str,
    subtitle: str | None = None,
) -> Chart | Html:
    """`metric` by hour and weekday, the darker the more.

    `cells` has columns hour (0-23), weekday (0 is Monday), value (the metric's unit; missing:
    hatched, never 0) and, where known, staff (agents on shift, written small below the value). Hours at
    both ends of the day without any value are left out. Raises KpiError when an hour of a weekday stands
    twice.
    """
    if cells.duplicated(["hour", "weekday"]).any():
        raise KpiError("a heat table needs one row per hour and weekday; sum or average the days first")
    known = cells.loc[cells["value"].notna(), "hour"]
    if known.empty:
        return unavailable(title, cells, lang)
    grid = {(row.hour, row.weekday): row for row in records(cells)}
    hours = range(int(known.min()), int(known.max()) + 1)
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


def _row(grid: Grid, hour: int, metric: str, most: float, lang: str) -> Html:
    cells = [_cell(grid, hour, day, metric, most, lang) for day in range(7)]
    return tag("tr", tag("th", f"{hour:02d}", scope="row"), *cells)


def _cell(grid: Grid, hour: int, day: int, metric: str, most: float, lang: str) -> Html:
    row = grid.get((hour, day))
    if row is None or row["value"] != row["value"]:
        return tag("td", tag("span", word("week.none", lang), class_="kpi-unseen"), class_="kpi-empty")
    shade = min(SHADES - 1, int(row["value"] / most * SHADES)) if most else 0
    staff = row.get("staff")
    small = "" if staff is None or staff != staff else word("week.staff", lang, n=formats.show(staff, "count", lang))
    below = tag("small", small) if small else Html()
    return tag("td", labels.compact(row["value"], metric, lang), below, class_=f"kpi-h{shade}")
