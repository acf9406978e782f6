"""The review sheet: an .xlsx that stays a table of values, whatever the buyers are called."""

from pathlib import Path

import pandas as pd
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from kpi_helpers.errors import KpiError
from kpi_helpers.review import word
from kpi_helpers.workbook import workbook

TO_FILL = ("score", "remark", "reviewer")
WIDTHS = {"first_at": 20, "buyer": 18, "agent": 18, "remark": 40}


def write(rows: pd.DataFrame, path: Path, lang: str) -> Path:
    """One sheet: the rows, then columns to fill in. Raises KpiError for another ending or a file that is open."""
    if path.suffix != ".xlsx":
        raise KpiError(f"{path.name}: give the review sheet a name that ends in .xlsx")
    names = [*rows.columns, *TO_FILL]
    heads = [word(f"sheet.{name}", lang) for name in names]
    book = workbook([heads, *(map(_plain, row) for row in rows.itertuples(index=False))])
    book.active.title = word("sheet.title", lang)
    _dress(book.active, names)
    try:
        book.save(path)
    except PermissionError:
        raise KpiError(f"{path} cannot be written; close it in Excel, or choose another name") from None
    return path


def _plain(value: object) -> object:
    if pd.isna(value):
        return None
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    return value.item() if hasattr(value, "item") else value


def _dress(sheet, names: list[str]) -> None:
    sheet.auto_filter.ref = sheet.dimensions
    for at, name in enumerate(names, 1):
        sheet.cell(1, at).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(at)].width = WIDTHS.get(name, 14)
    score = get_column_letter(names.index("score") + 1)
    allowed = DataValidation(type="whole", operator="between", formula1="0", formula2="100", allow_blank=True)
    allowed.add(f"{score}2:{score}{max(sheet.max_row, 2)}")
    sheet.add_data_validation(allowed)
    for cell in sheet[get_column_letter(names.index("remark") + 1)]:
        cell.alignment = Alignment(wrap_text=True)
