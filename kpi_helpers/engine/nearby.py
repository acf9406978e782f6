"""A copy of a shop's unit tables for the processes of one run: one DuckDB file, which they read side by side.

A question to Parquet opens every month's file again; six notebooks of a year ask thousands. The runner names a private
folder in KPI_SHARED and takes it away afterwards; without one, and for large shops, the Parquet files are read.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from kpi_helpers.facts import quote

FOLDER = "KPI_SHARED"
MOST_ROWS = 5_000_000  # beyond, copying costs more than it saves


def shared_folder() -> Path | None:
    """The private folder of this run; None at a keyboard."""
    return Path(os.environ[FOLDER]) if os.environ.get(FOLDER) else None


def shared(con: duckdb.DuckDBPyConnection, tables: Sequence[str], made_from: str) -> dict[str, str]:
    """table -> SQL of its rows in the run's copy, made where there is none; nothing where there is no such run.

    `made_from` is a text that is equal only when the tables are.
    """
    folder = shared_folder()
    if folder is None:
        return {}
    path = folder / f"{sha256(made_from.encode()).hexdigest()}.duckdb"
    if not path.exists() and not _copied(con, tables, path):
        return {}
    con.execute("SET threads = 1")
    con.execute(f"ATTACH {quote(str(path))} AS near (READ_ONLY)")
    return {name: f"near.{name}" for name in tables}


def _copied(con: duckdb.DuckDBPyConnection, tables: Sequence[str], path: Path) -> bool:
    """Whether the copy was made: written beside its place, then put there whole."""
    sizes = " + ".join(f"(SELECT COUNT(*) FROM {name})" for name in tables)
    if con.execute(f"SELECT {sizes}").fetchone()[0] > MOST_ROWS:
        return False
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    con.execute(f"ATTACH {quote(str(beside))} AS copying")
    for name in tables:
        con.execute(f"CREATE TABLE copying.{name} AS SELECT * FROM {name}")
    con.execute("DETACH copying")
    os.replace(beside, path)
    return True


@contextmanager
def sharing() -> Iterator[None]:
    """Everything inside shares one private folder, gone afterwards; inside another one, that one."""
    if shared_folder():
        yield
        return
    with TemporaryDirectory(prefix="kpi-", ignore_cleanup_errors=True) as folder:
        os.environ[FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[FOLDER]
