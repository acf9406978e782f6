"""Lists of rows as tables that can be picked from; every name in them came from strangers and is escaped."""

import pandas as pd

from kpi_helpers import metrics
from kpi_helpers.charts.html import Html, tag
from kpi_helpers.charts.tables import boxed
from kpi_helpers.metrics import listing
from kpi_helpers.metrics.buyers import coded

MOST = 200
ONE_LINE = 60  # letters of a cell


def listed(
    found: pd.DataFrame, caption: str, lang: str, *, mask: bool = True, picked: int = -1, heads: dict | None = None
) -> Html:
    """The first rows of a list; the key of a row is its place."""
    shown = found.head(MOST)
    if mask and "buyer" in shown:
        shown = shown.assign(buyer=shown["buyer"].map(coded(shown["buyer"]), na_action="ignore"))
    shown = shown.dropna(axis="columns", how="all")
    known = {name: metrics.get(name).label[lang] for name in shown if name in metrics.metrics()}
    titles = known | listing.titles(lang) | (heads or {})
    head = tag("tr", *(tag("th", titles.get(name, name), scope="col") for name in shown))
    body = [
        tag("tr", *map(_cell, row), data_pick=str(at), tabindex="0", class_="kpi-picked" if at == picked else None)
        for at, row in enumerate(shown.itertuples(index=False))
    ]
    inside = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body))
    return Html(boxed(inside, caption).replace('class="kpi kpi-scroll"', 'class="kpi kpi-scroll kpi-tall"', 1))


def _cell(value: object) -> Html:
    if pd.isna(value):
        return tag("td", "")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return tag("td", f"{value:,.0f}" if value == int(value) else f"{value:,.2f}", class_="kpi-number")
    text = f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, pd.Timestamp) else str(value)
    return tag("td", text if len(text) <= ONE_LINE else text[:ONE_LINE] + "…")
