"""Every word the kit says about numbers, in two languages (texts.toml)."""

from pathlib import Path

from kpi_helpers.wording.book import Book

say = Book(Path(__file__).with_name("texts.toml"))
