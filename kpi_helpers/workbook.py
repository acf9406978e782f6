"""Workbooks (.xlsx) that stay tables of values, whatever buyers and agents are called."""

from collections.abc import Iterable

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE


def workbook(rows: Iterable[Iterable[object]]) -> Workbook:
    """One sheet of values, the first row its heads: a name such as =HYPERLINK(…) is text, never a formula."""
    book = Workbook()
    for row in rows:
        book.active.append([ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value for value in row])
    for cell in (cell for row in book.active.iter_rows() for cell in row):
        if isinstance(cell.value, str):
            cell.data_type, cell.quotePrefix = "s", True
    book.active.freeze_panes = "A2"
    return book
