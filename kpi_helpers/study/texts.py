"""The prose of the notebooks, in two languages (texts.toml). It never holds a number of the data."""

from pathlib import Path

from kpi_helpers.wording.book import Book

word = Book(Path(__file__).with_name("texts.toml"))


def listed(parts: list[str], lang: str) -> str:
    """甲、乙 in Chinese, a, b in English."""
    return word("part.join", lang).join(parts)
