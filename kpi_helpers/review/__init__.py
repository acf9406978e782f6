"""Chats one by one: what was said and what was decided, marks for training, fair samples for review."""

from pathlib import Path

from kpi_helpers.wording.book import Book

word = Book(Path(__file__).with_name("texts.toml"))
