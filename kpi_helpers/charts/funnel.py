"""Where buyers are lost: 咨询 → 接待 → 询单 → 下单 → 付款, each with its share of the stage before."""

from itertools import pairwise

import pandas as pd

from kpi_helpers.charts import labels, theme
from kpi_helpers.charts.drawing import Drawing, draw, trace
from kpi_helpers.charts.finish import Chart, finish, unavailable
from kpi_helpers.charts.html import Html
from kpi_helpers.charts.tables import TEXT, Column, html_table
from kpi_helpers.charts.words import sentences, word
from kpi_helpers.errors import KpiError
from kpi_helpers.metrics.records import records


def funnel(
    rows: pd.DataFrame,
    lang: str,
    *,
    title: str,
    source: str,
    subtitle: str | None = None,
    accent: str | None = None,
) -> Chart | Html:
    """A funnel from results of `compute` at shop grain, one row per stage in order, people as counts.

    Stages without a value are left out and named in the subtitle. `accent` is the metric of the stage the
    title speaks of. Raises KpiError when a stage is larger than the one before it: then they are no funnel.
    """
    stages = _stages(rows, lang)
    if len(stages) < 2:
        return unavailable(title, rows, lang)
    return finish(
        _draw(stages, lang, accent),
        title=title,
        subtitle=subtitle or sentences([word("plotted.funnel", lang), _absent(rows, lang)], lang),
        source=source,
        data=_table(stages, lang, title),
        lang=lang,
        narrow=_beside(stages, lang),
    )


def _stages(rows: pd.DataFrame, lang: str) -> pd.DataFrame:
    """The stages that have a value: metric, value, name, count and percent (texts), share, first."""
    known = rows.loc[rows["value"].notna(), ["metric", "value"]].reset_index(drop=True)
    _check_nested(known)
    known["name"] = [labels.metric_name(m, lang) for m in known["metric"]]
    known["count"] = labels.texts(known, lang)
    known["share"] = known["value"] / known["value"].shift()
    known["percent"] = [labels.percent(s, lang) if s == s else "" for s in known["share"]]
    return known.assign(first=known["value"] / known["value"].iloc[:1].sum())


def _check_nested(known: pd.DataFrame) -> None:
    for a, b in pairwise(records(known)):
        if b.value > a.value:
            raise KpiError(
                f"{b.metric} ({b.value:,.0f}) is more than {a.metric} ({a.value:,.0f}): no funnel; "
                "give stages in order, each a part of the one before, of one period"
            )


def _texts(stages: pd.DataFrame, lang: str, key: str) -> list[str]:
    """The count of each stage and its share of the stage before, in the words `key`."""
    pairs = zip(stages["count"], stages["percent"], strict=True)
    return [word(key, lang, count=count, share=share) if share else count for count, share in pairs]


def _beside(stages: pd.DataFrame, lang: str) -> dict[str, object]:
    """On a phone the bars are too short for words: they stand under the stage's name."""
    pairs = zip(stages["name"], _texts(stages, lang, "funnel.short"), strict=True)
    names = [f"{name}<br><b>{said}</b>" for name, said in pairs]
    axis = {
        "tickmode": "array",
        "tickvals": list(range(len(names))),
        "ticktext": names,
        "tickfont": {"size": 12, "color": theme.INK},
    }
    return {"data.0.text": [""] * len(names)} | labels.changed("yaxis", axis)


def _draw(stages: pd.DataFrame, lang: str, accent: str | None) -> Drawing:
    text = _texts(stages, lang, "funnel.bar")
    marks = trace(
        "funnel",
        y=list(stages["name"]),
        x=list(stages["value"]),
        text=text,
        textinfo="text",
        hovertext=[f"{name}<br>{said}" for name, said in zip(stages["name"], text, strict=True)],
        marker={"color": [theme.ACCENT if m == accent else theme.NAVY for m in stages["metric"]]},
    )
    return draw(marks, height=56 * len(stages) + 24, funnelgap=0.22, yaxis={"showgrid": False})


def _absent(rows: pd.DataFrame, lang: str) -> str:
    gone = [labels.metric_name(m, lang) for m in rows.loc[rows["value"].isna(), "metric"]]
    return word("plotted.absent", lang, names=word("plotted.join", lang).join(gone)) if gone else ""


def _table(stages: pd.DataFrame, lang: str, title: str) -> Html:
    columns = {
        "name": Column(word("funnel.stage", lang), TEXT),
        "value": Column(word("funnel.count", lang), "count"),
        "share": Column(word("funnel.share", lang), "fraction"),
        "first": Column(word("funnel.first", lang), "fraction"),
    }
    return html_table(stages, columns, lang=lang, caption=title)
