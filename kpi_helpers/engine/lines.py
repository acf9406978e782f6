"""Messages prepared for quick reading: a folder of narrow columns beside the store for every month of a shop.

Lines stand in slices of time, in each in the order of buyers and their time, under numbers instead of names. A folder
is made once from a month's stored files, whose names it carries, and never changed: other files, another folder.
Everything in it can be made again from the store at any time; no setting is in it.
"""

import hashlib
import json
import re
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kpi_helpers.engine.duck import connect
from kpi_helpers.facts import quote
from kpi_helpers.store.names import slug
from kpi_helpers.store.store import Store

SENDERS = ["buyer", "agent", "assist", "bot", "system", "note"]  # numbered from 0 here
GRACE = 24 * 3600  # seconds a folder that nobody asked for last stays, for readers that have it open
FORM = 4  # of the folders: another number, other folders

EDGE = 48  # hours at a month's ends that are a slice of their own, for parts that only need company from next door
SLICE = 1_000_000  # lines; a slice has about so many, so that a part of a large month reads little beside its own

COLUMNS = ["buyer", "agent", "sender", "second", "text"]  # text: a buyer's by its number, anybody else's by its length
Span = tuple[int, int]  # seconds [from, to)
Slice = dict[str, np.ndarray]  # column -> a value of every line
TABLES = {
    "buyers": "SELECT buyer_id AS name FROM number_of_buyer ORDER BY number",
    "agents": "SELECT agent_id AS name FROM number_of_agent ORDER BY number",
    "words": "SELECT text FROM number_of_word ORDER BY number",
    "hours": "SELECT second // 3600 AS hour, COUNT(*) AS lines, COUNT(*) FILTER (WHERE bare) AS bare "
    "FROM numbered GROUP BY 1 ORDER BY 1",
}


@dataclass(frozen=True)
class Month:
    """One month's prepared lines."""

    folder: Path

    def file(self, table: str) -> str:
        """SQL: the rows of one of its tables."""
        return f"read_parquet({quote(str(self.folder / table) + '.parquet')})"

    def lines(self, low: int, high: int) -> list[tuple[int, Slice]]:
        """Its lines of the seconds [low, high): slices of time one after the other, each in the order of buyers and
        with the second that its own are counted from."""
        file, spans = self._slices()
        met = [n for n, (first, last) in enumerate(spans) if first < high and last >= low]
        return [(spans[n][0], _between(file.get_batch(n), *spans[n], low, high)) for n in met]

    def within(self, low: int, high: int) -> bool:
        """Whether all its lines are of the seconds [low, high)."""
        return all(low <= first and last < high for first, last in self._slices()[1])

    def _slices(self) -> tuple[pa.ipc.RecordBatchFileReader, list[list[int]]]:
        """The slices, and the first and the last second of each. Nobody keeps the file open who does not read it."""
        file = pa.ipc.open_file(pa.memory_map(str(self.folder / "lines.arrow")))
        return file, json.loads(file.schema.metadata[b"spans"])

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
    con = connect(memory_limit="1GB", temp_directory=str(beside / "room"))
    try:
        for statement in _numbered(files):
            con.execute(statement)
        for table, sql in TABLES.items():
            to = quote(str(beside / f"{table}.parquet"))
            con.execute(f"COPY ({sql}) TO {to} (FORMAT parquet, COMPRESSION lz4)")
        _write_lines(con, beside / "lines.arrow", first, last)
    finally:
        con.close()
        shutil.rmtree(beside / "room", ignore_errors=True)
    try:
        beside.rename(folder)
    except OSError:  # somebody else was first
        shutil.rmtree(beside)


def _between(rows: pa.RecordBatch, first: int, last: int, low: int, high: int) -> Slice:
    """A slice's lines of [low, high), where it has those of [first, last]."""
    found = {name: rows[name].to_numpy() for name in COLUMNS}
    if low <= first and last < high:
        return found
    inside = np.flatnonzero((found["second"] >= low - first) & (found["second"] < high - first))
    return {name: column.take(inside) for name, column in found.items()}


def _write_lines(con: duckdb.DuckDBPyConnection, path: Path, first: int, last: int) -> None:
    """Slices of time, in each the lines of every buyer in their order (specification, section 2): time, the buyer
    first, message_id, order of reading."""
    rows = con.execute(f"SELECT {', '.join(COLUMNS)}, row_order FROM numbered").fetchnumpy()
    buyer, second = rows["buyer"], rows["second"]
    borders = _borders(second, first, last)
    within, since = np.searchsorted(borders, second, "right"), second.min(initial=2**62)
    ends = np.cumsum(np.bincount(within, minlength=len(borders) + 1))
    key = within  # in its own place: a large month has many lines
    key *= buyer.max(initial=0) + 1
    key += buyer
    key *= second.max(initial=0) - since + 1
    key += second
    key -= since
    key *= 2
    key += rows["sender"] > 0
    order = _with_ties(con, key, rows.pop("row_order"))
    slices = [order[start:end] for start, end in pairwise([0, *ends]) if end > start]
    spans = [(int(second[part].min()), int(second[part].max())) for part in slices]
    kinds = {name: pa.from_numpy_dtype(rows[name].dtype) for name in COLUMNS} | {"second": pa.int32()}
    schema = pa.schema(kinds, {"spans": json.dumps(spans)})
    with pa.ipc.new_file(str(path), schema) as file:
        for part, (since, _) in zip(slices, spans, strict=True):
            columns = {name: rows[name][part] for name in COLUMNS}
            file.write_batch(pa.record_batch(columns | {"second": columns["second"] - since}, schema=schema))


def _borders(second: np.ndarray, first: int, last: int) -> np.ndarray:
    """Where slices of time end: after the first hours, before the last ones, and so that none has too many lines."""
    middle = second[(second >= first) & (second < last)]
    inner = np.arange(1, len(middle) // SLICE + 1) / (len(middle) // SLICE + 1)
    return np.unique([first, *(np.quantile(middle, inner).astype(int) if len(inner) else ()), last])


def _with_ties(con: duckdb.DuckDBPyConnection, key: np.ndarray, row_order: np.ndarray) -> np.ndarray:
    """Rows in the order of their key; equal ones by message_id and the order of reading."""
    order = np.argsort(key)
    same = np.diff(key[order]) == 0
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    if len(tied):
        rows = order[tied]
        con.register("tied", pa.table({"row": rows, "row_order": row_order[rows]}))
        ranked = con.execute(
            "SELECT t.row FROM tied AS t INNER JOIN numbered AS n ON t.row_order = n.row_order "
            "ORDER BY n.message_id, n.row_order"
        ).fetchnumpy()["row"]
        order[tied] = ranked[np.argsort(key[ranked], kind="stable")]
    return order


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
            CAST(CASE WHEN m.sender = 'buyer' THEN COALESCE(w.number, 0) - 1 ELSE COALESCE(LENGTH(m.text), 0) END
                AS INTEGER) AS text,
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
