"""Who differs: agents (or teams, or shops) as dots with intervals.

No league table on noise: below the smallest number that is ranked, or while provisional, an agent is drawn
hollow and grey, and stands last.
"""

from collections.abc import Collection, Mapping

import pandas as pd

from kpi_helpers import metrics
from kpi_helpers.charts import labels, theme
from kpi_helpers.charts.drawing import Drawing, draw, trace
from kpi_helpers.charts.finish import Chart, finish, unavailable
from kpi_helpers.charts.html import Html
from kpi_helpers.charts.tables import rows_table
from kpi_helpers.charts.trend import known
from kpi_helpers.charts.words import sentences, word
from kpi_helpers.errors import KpiError
from kpi_helpers.metrics.records import records
from kpi_helpers.stats import Z998, dispersion, effective_n, funnel_limits
from kpi_helpers.wording.names import columns

ROW, MOST = 27, 40  # pixels per row; of more rows than this the middle is cut out


def dot_interval(
    rows: pd.DataFrame,
    shop: pd.DataFrame | None,
    lang: str,
    *,
    title: str,
    source: str,
    subtitle: str | None = None,
    focus: Collection[str] = (),
    names: Mapping[str, str] | None = None,
    least: int = 30,
) -> Chart | Html:
    """One metric of every agent with its interval, best first, against the shop.

    `rows` are results of `compute` by agent (or team), `shop` the same metric at shop grain; without it
    they are seen against all agents together, the right measure where agents and shop count differently
    (success). For rates the range of chance is drawn behind each dot. `focus` names the agents the title
    speaks of, `names` gives display names. Below a denominator of `least` nobody is ranked. Agents without
    a value are left out.
    """
    ranked = with_limits(rank(labels.named(rows, names, lang), least))
    if ranked.empty:
        return unavailable(title, rows, lang)
    shown, seen_against = without_middle(ranked), _reference(ranked, shop)
    return finish(
        _draw(shown, seen_against, focus, lang),
        title=title,
        subtitle=subtitle or _plotted(shown, ranked, seen_against, lang, least),
        source=source,
        data=rows_table(ranked, lang, caption=title),
        lang=lang,
        narrow=_narrow(shown, lang),
    )


def rank(rows: pd.DataFrame, least: int = 30) -> pd.DataFrame:
    """Rows with a value, best first, with a flag `ranked`; small and provisional ones come last.

    Where the registry knows no better side the largest come first.
    """
    valued = labels.people(one_metric(rows))
    valued = valued[valued["value"].notna()]
    enough = valued["denominator"].isna() | (valued["denominator"] >= least)
    valued = valued.assign(ranked=enough & ~valued["provisional"].astype(bool))
    up = not valued.empty and metrics.get(valued["metric"].iloc[0]).better == "lower"
    ordered = valued.sort_values("value", ascending=up, kind="stable")
    return ordered.sort_values("ranked", ascending=False, kind="stable").reset_index(drop=True)


def with_limits(ranked: pd.DataFrame) -> pd.DataFrame:
    """Rows of a rate with limit_low and limit_high: where an agent like all others lies, 99.8 % (funnel limits).

    Around the pooled rate of the ranked, widened when they vary more than chance, as the findings in words
    have it. Other metrics, and fewer than two ranked agents, have no limits.
    """
    fair = ranked["ranked"]
    if fair.sum() < 2 or metrics.get(ranked["metric"].iloc[0]).kind != "rate":
        return ranked
    worth = pd.Series(effective_n(ranked["numerator"], ranked["denominator"], ranked["low"], ranked["high"]))
    hits = ranked["value"] * worth
    target = hits[fair].sum() / worth[fair].sum()
    low, high = funnel_limits(target, worth, Z998, dispersion(hits[fair], worth[fair], target))
    return ranked.assign(limit_low=low, limit_high=high)


def one_metric(rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` as they are; KpiError unless they are one metric with one row per agent, team or shop."""
    if len(set(rows["metric"])) > 1 or len(set(rows[labels.by_of(rows)])) < len(rows):
        raise KpiError("this chart needs one metric with one row per agent; choose one metric, one period, by agent")
    return rows


def without_middle(ranked: pd.DataFrame) -> pd.DataFrame:
    """At most MOST rows: the first and the last tell who differs."""
    half = MOST // 2
    cut = pd.concat([ranked.head(half), ranked.tail(half)]) if len(ranked) > MOST else ranked
    return cut.reset_index(drop=True)


def colour(row: object, focus: Collection[str]) -> str:
    """Accent for those the title names, navy for the ranked, grey for the rest."""
    if row.who in focus:
        return theme.ACCENT
    return theme.NAVY if row.ranked else theme.CONTEXT


def marker(shown: pd.DataFrame, focus: Collection[str]) -> dict[str, object]:
    """Dots, hollow for the unranked."""
    edge = [colour(row, focus) for row in records(shown, "who", "ranked")]
    fill = [c if solid else theme.PAPER for c, solid in zip(edge, shown["ranked"], strict=True)]
    return {"size": 11, "color": same(fill), "line": {"color": same(edge), "width": 2}}


def same(values: list[str]) -> str | list[str]:
    """One value where all are equal: hundreds of dots say it once."""
    return values[0] if len(set(values)) == 1 else values


def _draw(shown: pd.DataFrame, seen_against: tuple[str, float] | None, focus: Collection[str], lang: str) -> Drawing:
    dots = [_dots(shown, focus, lang), _values(shown, lang)]
    if seen_against is None:
        return draw(*_limits(shown), *dots, **_layout(shown, lang))
    who, at = seen_against
    said = word(f"chart.{who}", lang, x=labels.show(at, shown["metric"].iloc[0], lang))
    drawn = draw(*_limits(shown), _across(at, len(shown)), *dots, **_layout(shown, lang))
    return drawn.add_annotation(x=at, y=1, yref="paper", yanchor="bottom", text=said)


def _dots(shown: pd.DataFrame, focus: Collection[str], lang: str) -> dict[str, object]:
    names = [labels.short(name) for name in shown["shown"]]
    above, below = known(shown["high"] - shown["value"]), known(shown["value"] - shown["low"])
    return trace(
        "scatter",
        x=known(shown["value"]),
        y=list(range(len(shown))),
        mode="markers",
        marker=marker(shown, focus),
        error_x={"array": above, "arrayminus": below, "color": theme.CONTEXT, "thickness": 1.5, "width": 0},
        hovertext=labels.hover(shown, lang, names),
    )


def _reference(ranked: pd.DataFrame, shop: pd.DataFrame | None) -> tuple[str, float] | None:
    """What agents are seen against: the shop, or, when it is not given, all agents together (sums divided)."""
    if shop is not None and shop["value"].notna().any():
        return "shop", float(shop["value"].iloc[0])
    total = ranked["denominator"].sum()
    return ("together", ranked["numerator"].sum() / total) if total > 0 else None


def _across(at: float, rows: int) -> dict[str, object]:
    """The reference from top to bottom, over the pale bars and under the dots."""
    line = {"color": theme.CONTEXT_TEXT, "width": 1, "dash": "dash"}
    return trace("scatter", x=[at, at], y=[-0.6, rows - 0.4], mode="lines", line=line, hoverinfo="skip")


def _values(shown: pd.DataFrame, lang: str) -> dict[str, object]:
    """The numbers in a column at the right edge."""
    edge = _axis(shown, lang)["range"][1]
    font = {"color": [theme.INK if solid else theme.CONTEXT_TEXT for solid in shown["ranked"]], "size": 12}
    style = {"mode": "text", "textposition": "middle right", "textfont": font, "hoverinfo": "skip"}
    return trace("scatter", x=[edge] * len(shown), y=list(range(len(shown))), text=labels.texts(shown, lang), **style)


def _limits(shown: pd.DataFrame) -> list[dict[str, object]]:
    """The range of chance of every row as a pale bar behind its dot."""
    if "limit_low" not in shown:
        return []
    pairs = zip(known(shown["limit_low"]), known(shown["limit_high"]), strict=True)
    x = [end for low, high in pairs for end in (low, high, None)]
    y = [at for row in range(len(shown)) for at in (row, row, None)]
    return [trace("scatter", x=x, y=y, mode="lines", line={"color": theme.BAND, "width": 15}, hoverinfo="skip")]


def _axis(shown: pd.DataFrame, lang: str, most: int = 5) -> dict[str, object]:
    spread = [value for key in ("value", "low", "high") for value in known(shown[key])]
    return labels.value_axis(spread, shown["metric"].iloc[0], lang, most=most)


def _narrow(shown: pd.DataFrame, lang: str) -> dict[str, object]:
    """On a phone: fewer ticks, shorter names."""
    wide, short = ([_name(row, width) for row in records(shown, "shown", "denominator")] for width in (16, 10))
    names = {"layout.yaxis.ticktext": short} if short != wide else {}
    return names | labels.changed("xaxis", _axis(shown, lang, 3)) | {"layout.margin.r": _room(shown, lang)}


def _room(shown: pd.DataFrame, lang: str) -> int:
    """Pixels for the numbers at the right edge."""
    return max(52, 10 + max(columns(text) for text in labels.texts(shown, lang)) * 7)


def names_axis(shown: pd.DataFrame) -> dict[str, object]:
    """The upright axis of a chart with a row per agent, the first on top."""
    names = {
        "ticktext": [_name(row) for row in records(shown, "shown", "denominator")],
        "tickfont": {"color": theme.INK},
    }
    place = {"tickmode": "array", "tickvals": list(range(len(shown))), "range": [len(shown) - 0.4, -0.6]}
    return {**place, **names, "showgrid": False}


def _layout(shown: pd.DataFrame, lang: str) -> dict[str, object]:
    return {
        "height": ROW * len(shown) + 64,
        "margin": {"r": _room(shown, lang) + 8, "t": 26},
        "xaxis": {**_axis(shown, lang), "showgrid": True, "gridcolor": theme.GRID},
        "yaxis": names_axis(shown),
    }


def _name(row: object, width: int = 16) -> str:
    """Name and n, the n small and grey."""
    name = labels.short(row.shown, width)
    if pd.isna(row.denominator):
        return name
    return f'{name} <span style="color:{theme.CONTEXT_TEXT};font-size:11px">n={row.denominator:,.0f}</span>'


def _plotted(
    shown: pd.DataFrame, ranked: pd.DataFrame, seen_against: tuple[str, float] | None, lang: str, least: int
) -> str:
    said = [word("plotted.dots", lang, metric=labels.metric_name(ranked["metric"].iloc[0], lang), n=len(ranked))]
    said += [word("plotted.ranges", lang)] if ranked["low"].notna().any() else []
    said += [word(f"plotted.{seen_against[0]}", lang)] if seen_against else []
    said += [word("plotted.limits", lang)] if "limit_low" in ranked else []
    said += [] if ranked["ranked"].all() else [word("plotted.hollow", lang, n=least)]
    return sentences([*said, cut_words(shown, ranked, lang)], lang)


def cut_words(shown: pd.DataFrame, ranked: pd.DataFrame, lang: str) -> str:
    """How many rows the data table alone has, "" when none."""
    gone = len(ranked) - len(shown)
    return word("plotted.cut", lang, n=gone) if gone else ""
