"""A shop's desk as one DuckDB file for the processes of one run, which read it side by side.

Opening a desk makes thirty views and asks each of Parquet's files what it holds; a question opens every month's file
again. Notebooks of a run find both done. The runner names a private folder in KPI_SHARED and takes it away afterwards;
the file also stays beside the unit tables, where the next run copies it from while neither data nor kit changed.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from kpi_helpers.engine import answered
from kpi_helpers.engine.duck import connect
from kpi_helpers.engine.manifest import kit
from kpi_helpers.facts import quote
from kpi_helpers.store.lock import only_writer

FOLDER = "KPI_SHARED"
MOST_ROWS = 5_000_000  # beyond, copying costs more than it saves: the file's views read Parquet
PATIENCE = 3600  # seconds to wait for another notebook that is making the file
_spare: list[duckdb.DuckDBPyConnection] = []


def shared_folder() -> Path | None:
    """The private folder of this run; None at a keyboard."""
    return Path(os.environ[FOLDER]) if os.environ.get(FOLDER) else None


def opened(
    made_from: str,
    prepare: Callable[[duckdb.DuckDBPyConnection], None],
    tables: Sequence[str],
    kept: Path | None = None,
) -> duckdb.DuckDBPyConnection:
    """A connection that has what `prepare` makes in one: of its own, or in a run the run's file of it, read only.

    `made_from` is a text that is equal only when what is made is; `tables`: what is asked most often is copied; `kept`:
    the folder in which the file stays for other runs.
    """
    folder = shared_folder()
    if folder is None:
        con = connect()
        prepare(con)
        return con
    path = folder / f"{sha256(f'{made_from}|{kit()}|{duckdb.__version__}'.encode()).hexdigest()}.duckdb"
    con = _spare.pop().cursor() if _spare else _quiet()  # a cursor has luck of its own in every fork
    if not path.exists():
        with only_writer(folder, PATIENCE):
            if not (path.exists() or (kept and _fetched(con, kept / path.name, path))):
                _make(path, prepare, tables)
                if kept:
                    _keep(path, kept)
    con.execute(f"ATTACH {quote(str(path))} AS near (READ_ONLY)")
    con.execute("SET search_path = 'memory.main,near.main'")
    return con


def get_ready() -> None:
    """Have a connection at hand for the desk this process, or a fork of it, opens next. Nothing is in it yet."""
    _spare.append(_quiet())
    _spare[-1].sql("SELECT 1 AS one").df()  # the first question of a process loads what answers it


def _quiet() -> duckdb.DuckDBPyConnection:
    """A connection without a thread of its own, which a fork would not have."""
    return connect(threads="1", async_threads="0")


def where(con: duckdb.DuckDBPyConnection) -> str:
    """Where a desk's tables are, for views that look nowhere else."""
    return "near.main" if "near" in _path(con) else "main"


def beside(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Another cursor over the same: a connection takes one call at a time, and a cursor forgets where to look."""
    other = con.cursor()
    if path := _path(con):
        other.execute(f"SET search_path = {quote(path)}")
    return other


def _path(con: duckdb.DuckDBPyConnection) -> str:
    return con.execute("SELECT current_setting('search_path')").fetchall()[0][0]


def _fetched(con: duckdb.DuckDBPyConnection, kept: Path, path: Path) -> bool:
    """Whether an earlier run left the file, whole. A run has its own copy: nobody can take that away."""
    beside = path.with_suffix(".copy")
    try:
        shutil.copyfile(kept, beside)
        con.execute(f"ATTACH {quote(str(beside))} AS found (READ_ONLY)")
        con.execute("DETACH found")
    except (OSError, duckdb.Error):
        return False
    os.replace(beside, path)
    return True


def _make(path: Path, prepare: Callable[[duckdb.DuckDBPyConnection], None], tables: Sequence[str]) -> None:
    """Written beside its place, then put there whole."""
    scratch = path.with_suffix(".new")
    with connect() as con:
        con.execute(f"ATTACH {quote(str(scratch))} AS near")
        con.execute("USE near")
        prepare(con)
        sizes = " + ".join(f"(SELECT COUNT(*) FROM {name})" for name in tables)
        if con.execute(f"SELECT {sizes}").fetchone()[0] <= MOST_ROWS:
            _copy(con, tables)
        con.execute("USE memory")
        con.execute("DETACH near")
    os.replace(scratch, path)


def _keep(path: Path, kept: Path) -> None:
    """For other runs, in the place of what earlier ones kept; not where it cannot be written."""
    scratch = kept / f"{path.name}.{os.getpid()}"
    try:
        shutil.copyfile(path, scratch)
        with scratch.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(scratch, kept / path.name)
        for old in set(kept.glob("*.duckdb*")) - {kept / path.name}:
            old.unlink()
    except OSError:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)


def _copy(con: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> None:
    """The rows in the place of the views over them, which rest on each other until all are there."""
    for name in tables:
        con.execute(f"CREATE TABLE rows_of_{name} AS SELECT * FROM {name}")
    for name in tables:
        con.execute(f"DROP VIEW {name}")
        con.execute(f"ALTER TABLE rows_of_{name} RENAME TO {name}")


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
            answered.close(Path(folder))
