"""A room's own texts in two languages: a texts.toml beside its code, read once."""

import tomllib
from functools import cached_property
from pathlib import Path

from kpi_helpers.errors import unknown
from kpi_helpers.wording.texts import LANGS, spaced


class Book:
    """The texts of one file; sections join their keys with a dot: tab.rows. Call it for a text."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def records(self) -> dict[str, dict[str, str]]:
        """Key -> {zh, en}."""
        raw = tomllib.loads(self.path.read_text(encoding="utf-8"))
        return {f"{part}.{key}": pair for part, pairs in raw.items() for key, pair in pairs.items()}

    def __call__(self, key: str, lang: str, /, **values: object) -> str:
        """The text with its placeholders filled. Raises KpiError for a text or language that nobody knows."""
        if lang not in LANGS:
            raise unknown("language", lang, list(LANGS))
        if key not in self.records:
            raise unknown("text", key, list(self.records))
        text = self.records[key][lang].format(**values)
        return spaced(text) if lang == "zh" else text
