"""From arrays of numbers to the canonical tables, and onto the disk a few days at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from kpi_helpers.sample.buyers import nicks
from kpi_helpers.sample.world import NEVER

ROWS_AT_ONCE = 400_000
FORMATS = ("parquet", "csv")


def chosen(values: list | pa.Array, numbers: np.ndarray) -> pa.Array:
    """Each number's value, as a dictionary column; negative numbers are null."""
    values = values if isinstance(values, pa.Array) else pa.array(values)
    return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32), mask=numbers < 0), values)


def same(value: str, size: int) -> pa.Array:
    """One text in every row."""
    return chosen([value], np.zeros(size, np.int32))


def people(numbers: np.ndarray) -> pa.Array:
    """Buyer numbers as nicks."""
    different, place = np.unique(numbers, return_inverse=True)
    return chosen(nicks(different), place)


def times(moments: np.ndarray) -> pa.Array:
    """Moments as naive shop time; NEVER is null."""
    return pa.array(moments, mask=moments == NEVER).cast(pa.timestamp("s")).cast(pa.timestamp("us"))


def money(cents: np.ndarray) -> pa.Array:
    """Cents as exact decimals of yuan."""
    whole = pa.array(cents.astype(np.int64)).cast(pa.decimal128(19, 0))
    return pa.Array.from_buffers(pa.decimal128(19, 2), len(whole), whole.buffers())


def numbered(base: int, numbers: np.ndarray, step: int = 1) -> pa.Array:
    """Identifiers made of digits, of one length, in the order of the numbers."""
    return pa.array(base + numbers.astype(np.int64) * step).cast(pa.string())


def order_ids(numbers: np.ndarray) -> pa.Array:
    """Order numbers of 19 digits."""
    return numbered(3_261_108_000_000_000_000, numbers, 1_000_003)


class TableFile:
    """One table's file, written as rows arrive so that a large sample never stands in memory."""

    def __init__(self, folder: Path, name: str, file_format: str) -> None:
        self.path = folder / f"{name}.{file_format}"
        self.rows = 0
        self._csv = file_format == "csv"
        self._waiting: list[pa.Table] = []
        self._writer = None

    def add(self, columns: dict[str, pa.Array]) -> None:
        """Append rows."""
        table = pa.table(columns)
        self.rows += len(table)
        self._waiting.append(_as_text(table) if self._csv else table)
        if sum(map(len, self._waiting)) >= ROWS_AT_ONCE:
            self._flush()

    def close(self) -> Path:
        """Write what is left and give the file's path."""
        self._flush()
        self._writer.close()
        return self.path

    def _flush(self) -> None:
        if self._waiting:
            table = pa.concat_tables(self._waiting).unify_dictionaries()
            self._writer = self._writer or self._open(table.schema)
            self._writer.write_table(table)
            self._waiting = []

    def _open(self, schema: pa.Schema) -> pq.ParquetWriter | pyarrow.csv.CSVWriter:
        if self._csv:
            return pyarrow.csv.CSVWriter(self.path, schema)
        # Without the Arrow schema a reader sees plain text columns instead of dictionaries.
        return pq.ParquetWriter(self.path, schema, compression="zstd", store_schema=False)


def _as_text(table: pa.Table) -> pa.Table:
    plain = [_plain(column) for column in table.columns]
    return pa.table(plain, names=table.column_names)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("s"))
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    return column.cast(pa.string())
