"""Messages prepared for quick reading: a folder of narrow columns beside the store for every month of a shop.

Lines stand in the order of buyers and their time, under numbers instead of names. A folder is made once from a month's
stored files, whose names it carries, and never changed: other files, another folder. Everything in it can be made again
from the store at any time; no setting is in it.
"""

import hashlib
import re
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from kpi_helpers.engine.duck import connect
from kpi_helpers.facts import quote
from kpi_helpers.store.names import slug
from kpi_helpers.store.store import Store

SENDERS = ["buyer", "agent", "assist", "bot", "system", "note"]  # numbered from 0 here
GRACE = 24 * 3600  # seconds a folder that nobody asked for last stays, for readers that have it open
FORM = 1  # of the folders: another number, other folders

EDGE = 48  # hours at a month's ends that have a file of their own, for parts that only need company from next door

# Lines of one buyer in their order (specification, section 2): time, the buyer first, message_id, order of reading.
LINES = "SELECT buyer, agent, sender, second, size, word FROM numbered"
ORDER = "ORDER BY buyer, second, sender > 0, message_id, row_order"
TABLES = {
    "buyers": "SELECT buyer_id AS name FROM number_of_buyer ORDER BY number",
    "agents": "SELECT agent_id AS name FROM number_of_agent ORDER BY number",
    "words": "SELECT text FROM number_of_word ORDER BY number",
    "hours": "SELECT second // 3600 AS hour, COUNT(*) AS lines, COUNT(*) FILTER (WHERE bare) AS bare "
    "FROM numbered GROUP BY 1 ORDER BY 1",
    "lines": f"{LINES} {ORDER}",
    "first": f"{LINES} WHERE second < {{first}} {ORDER}",
    "last": f"{LINES} WHERE second >= {{last}} {ORDER}",
}


@dataclass(frozen=True)
class Month:
    """One month's prepared lines."""

    folder: Path

    def file(self, table: str) -> str:
        """SQL: the rows of one of its tables."""
        return f"read_parquet({quote(str(self.folder / table) + '.parquet')})"

    def lines(self, low: int, high: int) -> str:
        """SQL: its lines of the seconds [low, high), from the smallest file that has them all."""
        first, last = _edges(self.folder.name[:7])
        name = "first" if high <= first else "last" if low >= last else "lines"
        return f"SELECT * FROM {self.file(name)} WHERE second >= {low} AND second < {high}"

    @lru_cache(maxsize=16)  # parts next to each other ask for the same names  # noqa: B019
    def column(self, table: str, column: str) -> pa.ChunkedArray:
        """One column of one of its tables."""
        return pq.read_table(self.folder / f"{table}.parquet", columns=[column], use_threads=False)[column]

    def bare(self) -> bool:
        """Whether some of its messages have no id."""
        return bool(self.column("hours", "bare").to_numpy().any())


def _edges(month: str) -> tuple[int, int]:
    """The second at which the month's first hours end, and at which its last ones begin (UTC)."""
    first = datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
    following = (first + timedelta(days=31)).replace(day=1)
    return int(first.timestamp()) + EDGE * 3600, int(following.timestamp()) - EDGE * 3600


def months(files: Iterable[str]) -> dict[str, list[str]]:
    """Month -> the stored message files of it."""
    found: dict[str, list[str]] = {}
    for file in files:
        found.setdefault(month_of(file), []).append(file)
    return dict(sorted(found.items()))


def month_of(file: str) -> str:
    """The month that a stored file's path names; empty where it names none."""
    named = re.search(r"/month=(\d{4}-\d\d)/", file.replace("\\", "/"))
    return named[1] if named else ""


def prepared(place: Path, month: str, files: list[str]) -> Month:
    """The prepared lines of a month under `place`, made now where they are not there yet."""
    names = "\0".join([str(FORM), *sorted(Path(file).name for file in files)])
    folder = place / f"{month}-{hashlib.sha256(names.encode()).hexdigest()[:16]}"
    if not folder.is_dir():
        _make(folder, files)
        _sweep(place, month, folder)
    return Month(folder)


def prepare(store: Store, shop: str) -> None:
    """All months of a shop, so that the first question after an ingest need not wait for them."""
    for month, files in months(store.tables(shop).get("messages", [])).items():
        if month:
            prepared(home(store, shop), month, files)


def home(store: Store, shop: str) -> Path:
    """Where a shop's prepared lines are."""
    return store.root / "lines" / slug(shop)


def _make(folder: Path, files: list[str]) -> None:
    beside = folder.with_name(f".{folder.name}-{uuid4().hex[:8]}")
    beside.mkdir(parents=True)
    first, last = _edges(folder.name[:7])
    con = connect(memory_limit="1200MB", temp_directory=str(beside / "room"))
    try:
        for statement in _numbered(files):
            con.execute(statement)
        for table, sql in TABLES.items():
            rows, to = sql.format(first=first, last=last), quote(str(beside / f"{table}.parquet"))
            con.execute(f"COPY ({rows}) TO {to} (FORMAT parquet, COMPRESSION lz4)")
    finally:
        con.close()
        shutil.rmtree(beside / "room", ignore_errors=True)
    try:
        beside.rename(folder)
    except OSError:  # somebody else was first
        shutil.rmtree(beside)


def _numbered(files: list[str]) -> list[str]:
    source = f"read_parquet([{', '.join(map(quote, files))}], hive_partitioning = false)"
    met = {
        "buyer": f"SELECT DISTINCT buyer_id FROM {source}",
        "agent": f"SELECT DISTINCT agent_id FROM {source} WHERE agent_id <> ''",
        "word": f"SELECT DISTINCT text FROM {source} WHERE sender = 'buyer' AND text IS NOT NULL",
    }
    name = {"buyer": "buyer_id", "agent": "agent_id", "word": "text"}
    return [
        *(
            f"CREATE TABLE number_of_{what} AS SELECT {name[what]}, "
            f"CAST(ROW_NUMBER() OVER (ORDER BY {name[what]}) AS INTEGER) AS number FROM ({sql})"
            for what, sql in met.items()
        ),
        f"""CREATE TABLE numbered AS SELECT
            b.number - 1 AS buyer, COALESCE(a.number, 0) AS agent,
            CAST(COALESCE(LIST_POSITION({SENDERS}, m.sender) - 1, {len(SENDERS)}) AS TINYINT) AS sender,
            CAST(EPOCH(m.sent_at) AS BIGINT) AS second,
            CAST(CASE WHEN m.sender = 'buyer' THEN 0 ELSE COALESCE(LENGTH(m.text), 0) END AS INTEGER) AS size,
            COALESCE(w.number, 0) - 1 AS word,
            COALESCE(m.message_id, '') AS message_id, COALESCE(m.message_id, '') = '' AS bare, m.row_order
        FROM {source} AS m
        INNER JOIN number_of_buyer AS b ON m.buyer_id = b.buyer_id
        LEFT JOIN number_of_agent AS a ON m.agent_id = a.agent_id
        LEFT JOIN number_of_word AS w ON m.sender = 'buyer' AND m.text = w.text""",
    ]


def _sweep(place: Path, month: str, current: Path) -> None:
    """Away with the month's other folders that are a day old."""
    for folder in place.glob(f"{month}-*"):
        if folder != current and time.time() - folder.stat().st_mtime > GRACE:
            shutil.rmtree(folder, ignore_errors=True)
