"""The words of this room, in both languages (texts.toml)."""

from pathlib import Path

from kpi_helpers.wording.book import Book

text = Book(Path(__file__).with_name("texts.toml"), spaces=False)
