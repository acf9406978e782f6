"""The chart and the table of an answer: linked, every mark and row carrying the key by which it is picked."""

import pandas as pd

from kpi_helpers import metrics, wording
from kpi_helpers.charts import Chart, Html, finish, labels, theme
from kpi_helpers.charts.drawing import Drawing, draw, trace
from kpi_helpers.charts.heat import SHADES
from kpi_helpers.charts.html import tag
from kpi_helpers.charts.tables import boxed
from kpi_helpers.charts.words import word as chart_word
from kpi_helpers.explorer import word
from kpi_helpers.explorer.answer import Answer
from kpi_helpers.explorer.pairs import can_be_picked, key_of, name_of, paired
from kpi_helpers.wording import formats

MOST = 30  # bars of a chart
ROWS = 400  # rows of a table
ROW = 27  # pixels
AMOUNTS = ("count",)  # kinds drawn as bars from zero; rates and means are dots with their range


def picture(answer: Answer) -> Chart | Html | None:
    """The chart of an answer; None where there is one number only."""
    asked = answer.question
    if asked.by == "shop" or answer.rows["value"].notna().sum() == 0:
        return None
    if asked.by == "weekday_hour":
        return heat(answer)
    shown = _shown(answer)
    upright = asked.by in ("day", "hour")
    against = answer.against.label if answer.against else ""
    title = f"{metrics.get(asked.metric).label[asked.lang]} · {word(f'split.{asked.by}', asked.lang)}"
    plotted = word(
        "picture.plotted" if against else "picture.alone", asked.lang, period=asked.period.label, base=against
    )
    if shown["few"].any():
        plotted += " " + word("picture.few", asked.lang, n=answer.desk.settings.min_denominator)
    drawn = _standing(shown, asked.lang) if upright else _lying(shown, asked.lang)
    return finish(drawn, title=title, subtitle=plotted, source=word("picture.pick", asked.lang), lang=asked.lang)


def table(answer: Answer, picked: str = "") -> Html | None:
    """Every row: now, before, the change as far as it is one, range, parts; a row can be picked. None without rows."""
    asked, rows = answer.question, paired(answer)
    if rows.empty:
        return None
    heads = [word(f"split.{asked.by}", asked.lang), asked.period.label]
    heads += [answer.against.label, word("table.change", asked.lang)] if answer.against else []
    heads += [chart_word("head.interval", asked.lang), chart_word("head.parts", asked.lang)]
    head = tag(
        "tr", *(tag("th", text, scope="col", class_="kpi-number" if at else None) for at, text in enumerate(heads))
    )
    body = [_table_row(row, answer, picked) for row in rows.head(ROWS).itertuples()]
    caption = word("table.caption", asked.lang, n=len(rows), shown=min(len(rows), ROWS))
    return boxed(tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body)), caption)


def heat(answer: Answer) -> Html:
    """Hours down, weekdays across, each cell to be picked."""
    asked, found = answer.question, paired(answer).dropna(subset=["value"])
    top, hours = found.loc[~found["few"], "value"].max(), found["hour"].astype(int)
    cells_ = {(int(row.hour), int(row.weekday)): _heat_cell(row, answer, top) for row in found.itertuples()}
    empty = tag("td", class_="kpi-empty")
    week = [tag("th", chart_word(f"week.d{day}", asked.lang), scope="col") for day in range(7)]
    lines = [
        tag("tr", tag("th", f"{hour:02d}", scope="row"), *(cells_.get((hour, day), empty) for day in range(7)))
        for hour in range(min(hours), max(hours) + 1)
    ]
    title = f"{metrics.get(asked.metric).label[asked.lang]} · {word('split.weekday_hour', asked.lang)}"
    head = tag("tr", tag("th", chart_word("head.hour", asked.lang), scope="col"), *week)
    inside = tag("table", tag("caption", title), tag("thead", head), tag("tbody", *lines), class_="kpi-heat")
    return boxed(inside, title)


def _heat_cell(row: object, answer: Answer, top: float) -> Html:
    """A value with its shade; without one where it rests on too few."""
    shade = min(SHADES - 1, int(row.value / top * SHADES)) if top and not row.few else 0
    style = "kpi-few" if row.few else f"kpi-h{shade}"
    text = labels.compact(row.value, row.metric, answer.question.lang)
    return tag("td", text, class_=style, data_pick=key_of(row, answer), tabindex="0")


def _shown(answer: Answer) -> pd.DataFrame:
    """The rows of the chart, with name, key and the value before."""
    rows = paired(answer).dropna(subset=["value"])
    rows = rows.assign(name=[name_of(row, answer) for row in rows.itertuples()])
    keys = [key_of(row, answer) for row in rows.itertuples()]
    rows = rows.assign(key=[key if can_be_picked(key) else None for key in keys])
    return rows if answer.question.by in ("day", "hour") else rows.head(MOST)


def _marks(shown: pd.DataFrame, lang: str, upright: bool) -> list[dict[str, object]]:
    """This period in navy, the one it is compared with as a small grey mark."""
    place, value, before = list(range(len(shown))), list(shown["value"]), list(shown["before"])
    at, back = ({"x": place, "y": value}, {"x": place, "y": before}) if upright else (
        {"x": value, "y": place}, {"x": before, "y": place},
    )  # fmt: skip
    said = {
        "hovertext": labels.hover(shown, lang, [labels.short(n) for n in shown["name"]]),
        "customdata": list(shown["key"]),
    }
    grey = {"symbol": "line-ew" if upright else "line-ns", "size": 13, "line": {"width": 3, "color": theme.CONTEXT}}
    marks = [trace("scatter", **back, mode="markers", marker=grey, hoverinfo="skip", customdata=list(shown["key"]))]
    if metrics.get(shown["metric"].iloc[0]).kind in AMOUNTS:
        return [trace("bar", **at, orientation="v" if upright else "h", marker={"color": theme.NAVY}, **said), *marks]
    spread = {"array": list(shown["high"] - shown["value"]), "arrayminus": list(shown["value"] - shown["low"])}
    error = {"error_y" if upright else "error_x": {**spread, "color": theme.CONTEXT, "thickness": 1.5, "width": 0}}
    edge = [theme.CONTEXT if few else theme.NAVY for few in shown["few"]]
    fill = [theme.PAPER if few else theme.NAVY for few in shown["few"]]
    dots = {"size": 11, "color": fill, "line": {"color": edge, "width": 2}}
    return [*marks, trace("scatter", **at, mode="markers", marker=dots, **error, **said)]


def _value_axis(shown: pd.DataFrame, lang: str) -> dict[str, object]:
    name = shown["metric"].iloc[0]
    bars = metrics.get(name).kind in AMOUNTS
    spread = pd.concat([shown[key] for key in ("value", "before", *(() if bars else ("low", "high")))]).astype(float)
    return labels.value_axis(list(spread.dropna()), name, lang, zero=bars)


def _lying(shown: pd.DataFrame, lang: str) -> Drawing:
    names = {
        "tickmode": "array",
        "tickvals": list(range(len(shown))),
        "ticktext": [labels.short(n) for n in shown["name"]],
    }
    place = {**names, "range": [len(shown) - 0.4, -0.6], "showgrid": False, "tickfont": {"color": theme.INK}}
    layout = {"height": ROW * len(shown) + 56, "margin": {"t": 8, "r": 24}, "bargap": 0.35}
    return draw(*_marks(shown, lang, False), xaxis=_value_axis(shown, lang), yaxis=place, **layout)


def _standing(shown: pd.DataFrame, lang: str) -> Drawing:
    every = -(-len(shown) // 10)
    at = list(range(0, len(shown), every))
    across = {"tickmode": "array", "tickvals": at, "ticktext": [shown["name"].iloc[i].split(" ")[0] for i in at]}
    return draw(*_marks(shown, lang, True), xaxis=across, yaxis=_value_axis(shown, lang), height=280, bargap=0.3)


def _table_row(row: object, answer: Answer, picked: str) -> Html:
    asked, key = answer.question, key_of(row, answer)
    cells_ = [labels.show(row.value, row.metric, asked.lang) + _late(row, asked.lang)]
    if answer.against:
        cells_ += [labels.show(row.before, row.metric, asked.lang), _change(row, asked.lang)]
    cells_ += [labels.interval(row, asked.lang), labels.parts(row, asked.lang)]
    numbers = [tag("td", text, class_="kpi-number") for text in cells_]
    style = "kpi-picked" if key == picked else None
    pick = {"data_pick": key, "tabindex": "0"} if can_be_picked(key) else {}
    return tag("tr", tag("th", name_of(row, answer), scope="row"), *numbers, **pick, class_=style)


def _late(row: object, lang: str) -> str:
    return f" {formats.provisional(lang)}" if getattr(row, "provisional", False) and pd.notna(row.value) else ""


def _change(row: object, lang: str) -> str:
    """The plain difference; whether it is more than chance is for the headline to say."""
    if pd.isna(row.value) or pd.isna(row.before):
        return ""
    return wording.formats.difference(row.value - row.before, metrics.get(row.metric).unit, lang)
