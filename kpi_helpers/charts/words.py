"""Every word that charts, tables and cards say by themselves, in two languages, from texts.toml."""

import tomllib
from functools import cache
from pathlib import Path

from kpi_helpers.wording.texts import spaced

LOCALE = {"zh": "zh-CN", "en": "en"}


@cache
def records() -> dict[str, dict[str, str]]:
    """Key -> {zh, en}."""
    raw = tomllib.loads((Path(__file__).parent / "texts.toml").read_text(encoding="utf-8"))
    return {f"{part}.{key}": pair for part, pairs in raw.items() for key, pair in pairs.items()}


def word(key: str, lang: str, /, **values: object) -> str:
    """The text `key` with its placeholders filled; Chinese with a space between 汉字 and Latin or digits."""
    text = records()[key][lang].format(**values)
    return spaced(text) if lang == "zh" else text


def sentences(parts: list[str], lang: str) -> str:
    """Sentences one after the other; English ones with a space between."""
    return (" " if lang == "en" else "").join(part for part in parts if part)
