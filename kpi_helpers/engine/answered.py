"""Answers that the notebooks of one run keep for each other, in one SQLite file of the run's folder.

A file for every answer took half a millisecond each, half a second of a week's report; a hundred rows take one. What
cannot be kept or read is asked again: nothing here decides a number.
"""

import pickle
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

TABLE = "CREATE TABLE IF NOT EXISTS answers (question TEXT PRIMARY KEY, answer BLOB) WITHOUT ROWID"
PATIENCE = 60  # seconds to wait for another notebook that is writing; it takes a millisecond
_open: dict[Path, sqlite3.Connection] = {}
_using = Lock()


def read(folder: Path | None, questions: Iterable[str]) -> dict[str, object]:
    """Question -> answer, of those that were answered in this run; nothing outside one."""
    if folder is None:
        return {}
    asked, rows = "SELECT answer FROM answers WHERE question = ?", {}
    with suppress(sqlite3.Error), _opened(folder) as con:
        rows = {question: con.execute(asked, (question,)).fetchone() for question in questions}
    return {question: pickle.loads(row[0]) for question, row in rows.items() if row}


def keep(folder: Path | None, answers: Mapping[str, object]) -> None:
    """All of them or none; where two notebooks found the same, the later one stays."""
    if folder is None:
        return
    rows = [(question, pickle.dumps(answer)) for question, answer in answers.items()]
    with suppress(sqlite3.Error), _opened(folder) as con, con:
        con.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?)", rows)


def close(folder: Path) -> None:
    """Let go of the file, before its folder is taken away."""
    with _using:
        if folder in _open:
            _open.pop(folder).close()


@contextmanager
def _opened(folder: Path) -> Iterator[sqlite3.Connection]:
    """This process's connection, by one thread at a time."""
    with _using:
        if folder not in _open:
            _open[folder] = _connected(folder / "answers.sqlite")
        yield _open[folder]


def _connected(path: Path) -> sqlite3.Connection:
    """It need not outlive a power cut: the run would not either."""
    con = sqlite3.connect(path, timeout=PATIENCE, check_same_thread=False)
    for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = OFF", TABLE):
        con.execute(statement)
    return con
