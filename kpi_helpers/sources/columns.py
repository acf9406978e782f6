"""What the columns of the canonical tables are called: for explanations, mapping files and guesses."""

import tomllib
from functools import cache
from pathlib import Path

from kpi_helpers import metrics
from kpi_helpers.store.schema import tables


@cache
def _names() -> dict[str, dict[str, dict]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def entry(table: str, column: str) -> dict:
    """{zh, en, more} of a column; of agent_daily also the facts, under their labels."""
    known = _names()[table].get(column)
    return known or (metrics.facts()[column].label if column in metrics.facts() else {"zh": column, "en": column})


def label(table: str, column: str, lang: str) -> str:
    """What a reader calls a column."""
    return entry(table, column)[lang]


def target(name: str, lang: str) -> str:
    """`orders.paid_at`, a fact or a printed metric, in words."""
    table, dot, column = name.partition(".")
    if dot and table in tables():
        between = "·" if lang == "zh" else ": "
        return f"{tables()[table].label[lang]}{between}{label(table, column, lang)}"
    known = metrics.metrics().get(name.removeprefix("printed:"))
    return known.label[lang] if known else name
