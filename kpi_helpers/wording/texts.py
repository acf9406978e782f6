"""Every word the kit says about numbers, in two languages, from texts.toml."""

import re
import tomllib
from functools import cache
from pathlib import Path

from kpi_helpers.errors import unknown

LANGS = ("zh", "en")
_HAN = r"[\u3007\u3400-\u9fff]"
_NAME = "\ue000"  # stands in for a name while the text around it is spaced


@cache
def records() -> dict[str, dict[str, str]]:
    """Key -> {zh, en}. Sections of the file join their keys with a dot: finding.rose."""
    raw = tomllib.loads((Path(__file__).parent / "texts.toml").read_text(encoding="utf-8"))
    return {f"{part}.{key}": pair for part, pairs in raw.items() for key, pair in pairs.items()}


def say(key: str, lang: str, /, *, who: str = "", **values: object) -> str:
    """The text `key` with its placeholders filled; `who` is a name and keeps its own spacing.

    Raises KpiError for a language other than zh and en, KeyError for a text that does not exist.
    """
    if lang not in LANGS:
        raise unknown("language", lang, list(LANGS))
    text = records()[key][lang].format(who=_NAME if who else "", **values)
    return (spaced(text) if lang == "zh" else text).replace(_NAME, who)


def spaced(text: str) -> str:
    """Chinese text with one space between 汉字 and Latin letters or digits, none beside full-width marks."""
    text = re.sub(rf"({_HAN})(?=[A-Za-z0-9¥€£$+-])", r"\1 ", text)
    text = re.sub(rf"([A-Za-z0-9%])(?={_HAN})", r"\1 ", text)
    text = re.sub(rf"({_HAN}) +(?={_HAN})", r"\1", text)
    return re.sub(r" *([，。；：（）「」、～]) *", r"\1", re.sub(r" {2,}", " ", text)).strip()
