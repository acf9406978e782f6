"""What the start page shows: the state of the analyst's own data, and what to do next."""

from pathlib import Path

import pandas as pd

from kpi_helpers.charts import Column, Html, html_table
from kpi_helpers.charts.html import tag
from kpi_helpers.charts.page import css
from kpi_helpers.desk import find_data
from kpi_helpers.engine.schema import schema
from kpi_helpers.errors import KpiError
from kpi_helpers.explorer import word
from kpi_helpers.explorer.panel import sentence
from kpi_helpers.store.store import Store

HEADS = ("shop", "table", "rows", "from", "until")


def start(data_dir: str | Path = "", lang: str = "zh") -> Html:
    """The shops of the store with their tables and days, the last reading, and the next step; never an error."""
    home = find_data(data_dir)
    style = Html(f"<style>{css()}</style>")
    try:
        store = Store(home)
        shown = _state(store, home, lang) if store.shops() else [sentence(word("start.empty", lang, home=home))]
    except KpiError as error:
        shown = [sentence(str(error))]
    return Html("".join([style, *shown]))


def _state(store: Store, home: Path, lang: str) -> list[Html]:
    rows = pd.DataFrame([line for shop in store.shops() for line in _tables(store, home, shop, lang)], columns=HEADS)
    columns = {name: Column(word(f"start.{name}", lang), "count" if name == "rows" else "") for name in HEADS}
    caption = word("start.caption", lang, home=home)
    last = store.commits()[-1]
    aside = sum(entry.get("set_aside", 0) for entry in last.files)
    files = len(last.files)
    said = word("start.last", lang, at=last.at.replace("T", " ").rstrip("Z"), files=files, aside=aside)
    return [html_table(rows, columns, lang=lang, caption=caption), tag("p", said, class_="kpi kpi-inputs")]


def _tables(store: Store, home: Path, shop: str, lang: str) -> list[dict]:
    """Every table of a shop with its rows and the days it covers."""
    spans = _covered(home, shop)
    return [
        {"shop": shop, "table": schema()[name]["label"][lang], "rows": rows, **spans.get(name, {})}
        for name, rows in store.rows(shop).items()
        if rows
    ]


def _covered(home: Path, shop: str) -> dict[str, dict]:
    from kpi_helpers.desk import open_desk
    from kpi_helpers.output import covered

    found = covered(open_desk(shop, home)).to_dict("records")
    return {line["table"]: {"from": str(line["from"]), "until": str(line["until"])} for line in found}
