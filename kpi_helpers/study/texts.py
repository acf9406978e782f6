"""The prose of the notebooks, in two languages, from texts.toml. It never holds a number of the data."""

import tomllib
from functools import cache
from pathlib import Path

from kpi_helpers.errors import unknown
from kpi_helpers.wording.texts import LANGS, spaced


@cache
def records() -> dict[str, dict[str, str]]:
    """Key -> {zh, en}. Sections of the file join their keys with a dot: page.reception_title."""
    raw = tomllib.loads((Path(__file__).parent / "texts.toml").read_text(encoding="utf-8"))
    return {f"{part}.{key}": pair for part, pairs in raw.items() for key, pair in pairs.items()}


def word(key: str, lang: str, /, **values: object) -> str:
    """The text `key` with its placeholders filled. Raises KpiError for a text or language that nobody knows."""
    if lang not in LANGS:
        raise unknown("language", lang, list(LANGS))
    if key not in records():
        raise unknown("text", key, list(records()))
    text = records()[key][lang].format(**values)
    return spaced(text) if lang == "zh" else text


def listed(parts: list[str], lang: str) -> str:
    """甲、乙 in Chinese, a, b in English."""
    return word("part.join", lang).join(parts)
