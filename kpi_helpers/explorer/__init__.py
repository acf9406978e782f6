"""The analyst's own desk in JupyterLab: `kpi.explore()` with its pictures and chats, and `kpi.sql`.

Numbers come from `compute`, rows from `rows`, chats from `review`; here they are only put within reach of a hand.
"""

from pathlib import Path

from kpi_helpers.wording.book import Book

word = Book(Path(__file__).with_name("texts.toml"))
