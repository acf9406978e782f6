"""What goes beside a report when it is passed on: five lines to paste, every figure as a table, picture, paper.

Everything is read from the published file, so it cannot say anything else than the page.
"""

import csv
import re
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from kpi_helpers.errors import KpiError
from kpi_helpers.report.words import words
from kpi_helpers.workbook import workbook

LINES = 5
COLUMNS = ("part", "table", "row", "column", "value")
HELD = re.compile(r"<script\b.*?</script>", re.DOTALL)
NUMBER = re.compile(r"[-+]?[\d.,]+%?")


def read(page: Path) -> BeautifulSoup:
    """The content of a published whole report. Raises KpiError when there is none."""
    if not page.exists():
        raise KpiError(f"there is no {page.name} in {page.parent.name}; make it first: kpi report --period …")
    return BeautifulSoup(HELD.sub("", page.read_text("utf-8")), "html.parser")


def summary(report: BeautifulSoup) -> str:
    """Five lines: shop and period, then the findings of the first page."""
    first = report.select_one(".kpi-headline")
    after = first.find_next_sibling() if first else None
    rest = after.find_all("li") if after and after.name == "ul" else []
    head = f"{_text(report.select_one('.page-shop'))} · {_text(report.h1)}"
    return "\n".join([head, *(_text(part) for part in ([first] if first else []) + rest)][:LINES])


def figures(report: BeautifulSoup, lang: str) -> list[dict[str, str]]:
    """Every figure the page shows, one a row: part of the report, table, row, column, value as it is written."""
    found = []
    for part in report.select("section.page-part"):
        found += [row | {"part": part["aria-label"]} for row in _cards(part, words(lang)["cards"])]
        found += [row | {"part": part["aria-label"]} for table in part.find_all("table") for row in _cells(table)]
    return found


def write_csv(rows: list[dict[str, str]], path: Path) -> None:
    """As CSV that Excel opens in the right characters; nothing in it is taken for a formula."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows({key: _harmless(row[key]) for key in COLUMNS} for row in rows)


def write_xlsx(rows: list[dict[str, str]], path: Path) -> None:
    """As a workbook in which every cell is text."""
    workbook([COLUMNS, *([row[key] for key in COLUMNS] for row in rows)]).save(path)


def _cards(part: Tag, table: str) -> list[dict[str, str]]:
    cards = [
        (card.select_one(".kpi-card-name"), card.select_one(".kpi-card-value")) for card in part.select(".kpi-card")
    ]
    return [
        {"table": table, "row": _text(name), "column": "", "value": value.get("title") or _text(value)}
        for name, value in cards
    ]


def _cells(table: Tag) -> list[dict[str, str]]:
    title, heads = _text(table.caption), [_text(cell) for cell in table.select("thead th")]
    lines = [[_text(cell) for cell in line.find_all(["th", "td"])] for line in table.select("tbody tr")]
    return [
        {"table": title, "row": line[0], "column": head, "value": value}
        for line in lines
        for head, value in zip(heads[1:], line[1:], strict=False)
    ]


def _text(part: Tag | None) -> str:
    return " ".join(part.get_text().split()) if part else ""


def _harmless(text: str) -> str:
    """A cell that a spreadsheet would calculate begins with an apostrophe; numbers stay numbers."""
    risky = text[:1] in ("=", "+", "-", "@", "\t", "\r") and not NUMBER.fullmatch(text)
    return f"'{text}" if risky else text
