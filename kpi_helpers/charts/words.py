"""Every word that charts, tables and cards say by themselves, in two languages (texts.toml)."""

from pathlib import Path

from kpi_helpers.wording.book import Book

LOCALE = {"zh": "zh-CN", "en": "en"}

word = Book(Path(__file__).with_name("texts.toml"))


def sentences(parts: list[str], lang: str) -> str:
    """Sentences one after the other; English ones with a space between."""
    return (" " if lang == "en" else "").join(part for part in parts if part)
