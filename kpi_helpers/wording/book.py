"""A room's own texts in two languages: a toml file beside its code, read once."""

import re
import tomllib
from functools import cached_property, lru_cache
from pathlib import Path

from kpi_helpers.errors import unknown

LANGS = ("zh", "en")
_HAN = r"[\u3007\u3400-\u9fff]"
_NAME = "\ue000"  # stands in for a name while the text around it is spaced
_SPACING = [
    (re.compile(pattern), put)
    for pattern, put in (
        (rf"({_HAN})(?=[A-Za-z0-9¥€£$+-])", r"\1 "),
        (rf"([A-Za-z0-9%])(?={_HAN})", r"\1 "),
        (rf"({_HAN}) +(?={_HAN})", r"\1"),
        (r" {2,}", " "),
        (r" *([，。；：（）「」、～]) *", r"\1"),
    )
]


class Book:
    """The texts of one file; sections join their keys with a dot: tab.rows. Call it for a text.

    `spaces`: Chinese texts get a space between 汉字 and Latin letters or digits; off where a text holds code or paths.
    """

    def __init__(self, path: Path, *, spaces: bool = True) -> None:
        self.path = path
        self.spaces = spaces

    @cached_property
    def records(self) -> dict[str, dict[str, str]]:
        """Key -> {zh, en}."""
        raw = tomllib.loads(self.path.read_text(encoding="utf-8"))
        return {f"{part}.{key}": pair for part, pairs in raw.items() for key, pair in pairs.items()}

    def __contains__(self, key: str) -> bool:
        return key in self.records

    def __call__(self, key: str, lang: str, /, *, who: str = "", **values: object) -> str:
        """The text with its placeholders filled; `who` is a name and keeps its own spacing.

        Raises KpiError for a text or language that nobody knows.
        """
        if lang not in LANGS:
            raise unknown("language", lang, list(LANGS))
        if key not in self.records:
            raise unknown("text", key, list(self.records))
        text = self.records[key][lang].format(who=_NAME if who else "", **values)
        return (spaced(text) if self.spaces and lang == "zh" else text).replace(_NAME, who)


@lru_cache(maxsize=10_000)
def spaced(text: str) -> str:
    """Chinese text with one space between 汉字 and Latin letters or digits, none beside full-width marks."""
    for pattern, put in _SPACING:
        text = pattern.sub(put, text)
    return text.strip()
