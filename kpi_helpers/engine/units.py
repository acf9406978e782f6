"""Unit tables on disk: Parquet files by month, written once and never changed; a manifest says which ones count."""

from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

import duckdb

from kpi_helpers.engine.clock import day_number, to_date
from kpi_helpers.engine.duck import read
from kpi_helpers.engine.manifest import Files
from kpi_helpers.facts import quote

# The day that says in which month's file a row stands.
DAY = {
    "served": "day", "rounds": "day", "chat_sessions": "day", "openers": "day",
    "orders": "created_day", "assists": "created_day", "chats": "day",
}  # fmt: skip
EMPTY = "none"  # the "month" of a file without rows, which gives every table its columns


class Units:
    """The files of one shop's unit tables, and how they are replaced."""

    def __init__(self, folder: Path, tables: Files) -> None:
        self.folder = folder
        self.tables = {name: dict(tables.get(name, {})) for name in DAY}

    def rows(self, name: str) -> str:
        """SQL: every stored row of a unit table."""
        return self._read([file for listed in self.tables[name].values() for file in listed])

    def put(self, con: duckdb.DuckDBPyConnection, name: str, days: Iterable[int], gone: str = "") -> None:
        """Store the rows of table `name` in `con` that belong to the months of `days`.

        `gone`: which stored rows of those months they replace (SQL); without it they come beside what is there.
        """
        for month, first, end in months(days):
            listed = self.tables[name].get(month, [])
            fresh = f"SELECT * FROM {name} WHERE {DAY[name]} >= {first} AND {DAY[name]} < {end}"
            if gone and listed:
                fresh = f"SELECT * FROM {self._read(listed)} WHERE NOT ({gone}) UNION ALL {fresh}"
            self.tables[name][month] = ([] if gone else listed) + self._write(con, f"{name}-{month}", fresh)

    def put_empty(self, con: duckdb.DuckDBPyConnection, name: str) -> None:
        """A file without rows, from any table of that name."""
        self.tables[name][EMPTY] = self._write(con, f"{name}-{EMPTY}", f"SELECT * FROM {name} LIMIT 0", keep=True)

    def _read(self, names: list[str]) -> str:
        return read([str(self.folder / name) for name in names])

    def _write(self, con: duckdb.DuckDBPyConnection, label: str, sql: str, keep: bool = False) -> list[str]:
        path = self.folder / f"{label}-{uuid4().hex[:12]}.parquet"
        (rows,) = con.execute(f"COPY ({sql}) TO {quote(str(path))} (FORMAT parquet)").fetchone()
        if rows or keep:
            return [path.name]
        path.unlink()
        return []


def months(days: Iterable[int]) -> list[tuple[str, int, int]]:
    """(month, its first day, the next month's first day) of every month that has one of the days."""
    found = sorted({to_date(day).replace(day=1) for day in days})
    following = [first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1) for first in found]
    return [(f"{a:%Y-%m}", day_number(a), day_number(b)) for a, b in zip(found, following, strict=True)]
