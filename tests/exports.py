"""Small synthetic exports for the tests of the readers, and a way to look into the store."""

import csv
import io
import json
from pathlib import Path

import duckdb
from openpyxl import Workbook

from kpi_helpers.sources import IngestReport, ingest
from kpi_helpers.store import Store


def text_file(path: Path, rows: list[list[str]] | str, encoding: str = "utf-8") -> Path:
    """A csv file of rows, or of text as it stands."""
    out = io.StringIO(newline="")
    out.write(rows) if isinstance(rows, str) else csv.writer(out).writerows(rows)
    path.write_bytes(out.getvalue().encode(encoding))
    return path


def names(text: str) -> list[str]:
    """Column names from a comma-separated line."""
    return text.split(",")


def workbook(path: Path, **sheets: list[list]) -> Path:
    """An xlsx with the given sheets (rows of cells)."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


class Desk:
    """A store in a temporary folder: `take` files in, then `query` a shop's tables in local time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(folder)

    def take(self, *paths: Path, shop: str | None = None) -> IngestReport:
        """Ingest."""
        return ingest(paths, self.folder, shop)

    def query(self, sql: str, shop: str | None = None) -> list[tuple]:
        """Rows of a query over the tables of a shop (the only one, unless named)."""
        files = self.store.tables(shop or self.store.shops()[0])
        with duckdb.connect() as con:
            con.execute("SET TimeZone = 'Asia/Shanghai'")
            for name, paths in files.items():
                con.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({paths!r}, hive_partitioning = false)")
            return con.sql(sql).fetchall()

    def facts(self, shop: str | None = None) -> dict[tuple[str, str], float | None]:
        """(agent, fact) -> value of a store with one day of vendors' reports."""
        rows = self.query("SELECT agent_id, fact, value FROM agent_daily", shop)
        return {(agent, fact): value for agent, fact, value in rows}

    def rejected(self) -> list[dict]:
        """Every row set aside so far, as kept."""
        files = sorted((self.folder / "store" / "rejected").glob("*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
