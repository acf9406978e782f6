"""Unit tables on disk: Parquet files by month, written once and never changed; a manifest says which ones count."""

from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path
from uuid import uuid4

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kpi_helpers.engine.clock import to_date
from kpi_helpers.engine.duck import read
from kpi_helpers.engine.manifest import Files
from kpi_helpers.facts import quote

# The day that says in which month's file a row stands.
DAY = {
    "served": "day", "waits": "day", "chat_sessions": "day", "openers": "day",
    "orders": "created_day", "assists": "created_day", "outcomes": "day",
}  # fmt: skip
EMPTY = "none"  # the "month" of a file without rows, which gives every table its columns


class Units:
    """The files of one shop's unit tables, and how they are replaced."""

    def __init__(self, folder: Path, tables: Files) -> None:
        self.folder = folder
        # The first file's columns are the table's.
        self.tables = {name: {EMPTY: []} | tables.get(name, {}) for name in DAY}

    def rows(self, name: str) -> str:
        """SQL: every stored row of a unit table."""
        return self._read([file for listed in self.tables[name].values() for file in listed])

    def put(self, con: duckdb.DuckDBPyConnection, name: str, days: Iterable[int], gone: str = "") -> None:
        """Store the rows of table `name` in `con` that belong to `days`, by month.

        `gone`: which stored rows of those months they replace (SQL); without it they come beside what is there.
        """
        self.put_columns(name, lambda: con.sql(f"FROM {name} LIMIT 0").to_arrow_table())
        for month, within in months(days):
            listed = self.tables[name].get(month, [])
            fresh = f"SELECT * FROM {name} WHERE {among(DAY[name], within)}"
            if gone and listed:
                fresh = f"SELECT * FROM {self._read(listed)} WHERE NOT ({gone}) UNION ALL {fresh}"
            written = self._write(con, f"{name}-{month}", fresh)
            if gone:
                self.tables[name][month] = written
            else:  # other threads may add to the same month
                self.tables[name].setdefault(month, []).extend(written)

    def put_table(self, name: str, rows: pa.Table) -> None:
        """Store rows of a table beside what is there, by month."""
        self.put_columns(name, lambda: rows)
        day = rows[DAY[name]].to_numpy()
        found = months(np.flatnonzero(np.bincount(day - day.min())) + day.min()) if len(day) else []
        for month, within in found:
            part = np.flatnonzero((day >= within[0]) & (day <= within[-1]))
            together = part[-1] - part[0] + 1 == len(part)
            path = self._save(
                f"{name}-{month}", rows.slice(part[0], len(part)) if together else rows.take(pa.array(part))
            )
            self.tables[name].setdefault(month, []).append(path.name)

    def put_columns(self, name: str, rows: Callable[[], pa.Table]) -> None:
        """A file without rows, so that a table nothing is in still has its columns, where there is none yet.

        `rows`: some of the table.
        """
        if not self.tables[name][EMPTY]:
            self.tables[name][EMPTY].append(self._save(f"{name}-{EMPTY}", rows().schema.empty_table()).name)

    def _save(self, label: str, rows: pa.Table) -> Path:
        path, kinds = self._path(label), [field.with_nullable(rows[field.name].null_count > 0) for field in rows.schema]
        pq.write_table(pa.Table.from_arrays(rows.columns, schema=pa.schema(kinds)), path, **_form(rows.schema))
        return path

    def _read(self, names: list[str]) -> str:
        return read([str(self.folder / name) for name in names])

    def _path(self, label: str) -> Path:
        return self.folder / f"{label}-{uuid4().hex[:12]}.parquet"

    def _write(self, con: duckdb.DuckDBPyConnection, label: str, sql: str) -> list[str]:
        path = self._path(label)
        (rows,) = con.execute(f"COPY ({sql}) TO {quote(str(path))} (FORMAT parquet)").fetchone()
        if rows:
            return [path.name]
        path.unlink()
        return []


def _form(schema: pa.Schema) -> dict:
    """How columns are written: differences of whole numbers are smaller than what compression makes, and quicker."""
    names = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    whole = [field.name for field in schema if pa.types.is_integer(field.type)]
    return {
        "use_dictionary": names or False,
        "dictionary_pagesize_limit": 2**26,
        "column_encoding": dict.fromkeys(whole, "DELTA_BINARY_PACKED"),
        "compression": "none",
        "write_statistics": [name for name in whole if name.endswith(("day", "_at"))],
        "store_schema": False,
    }


def months(days: Iterable[int]) -> list[tuple[str, list[int]]]:
    """Month -> those of the days that lie in it."""
    return [(month, list(found)) for month, found in groupby(sorted(days), lambda day: f"{to_date(day):%Y-%m}")]


def among(column: str, days: Iterable[int]) -> str:
    """SQL: the column is one of the days."""
    days = sorted(set(days))
    if not days:
        return "FALSE"
    bounds = f"{column} >= {days[0]} AND {column} <= {days[-1]}"
    some = "" if len(days) == days[-1] - days[0] + 1 else f" AND {column} IN ({', '.join(map(str, days))})"
    return f"({bounds}{some})"
