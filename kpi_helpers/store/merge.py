"""Newly read rows over stored ones: by natural key, the row read last wins."""

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from kpi_helpers.store.kinds import quoted
from kpi_helpers.store.schema import SQL, Table


@dataclass
class Staged:
    """Rows of one table of one shop waiting to be merged, with the columns their file really had."""

    rows: pa.Table
    given: frozenset[str]


def month_sql(table: Table) -> str:
    """The partition a row belongs to: its month (UTC), or 'unknown' without a time."""
    if not table.month:
        return "''"
    moment = "coalesce(applied_at, completed_at)" if table.name == "refunds" else table.month
    return f"coalesce(strftime(make_timestamp(epoch_us({moment})), '%Y-%m'), 'unknown')"


class Merge:
    """The merge of one table of one shop, step by step, in its own DuckDB connection.

    Tables: pending (all new rows), fresh (the group being added), hit (the stored rows they meet), changed.
    """

    def __init__(self, table: Table, old_files: list[str]) -> None:
        self.table, self.old_files, self.con = table, old_files, duckdb.connect()
        self.con.execute("SET TimeZone = 'UTC'")
        columns = ", ".join(f"{name} {SQL[kind]}" for name, kind in table.columns.items())
        self.con.execute(f"CREATE TABLE none ({columns}, row_order BIGINT)")
        # what has to be computed gets a column of its own, the rest of the key is there already
        self.extra = {f"key_{i}": sql for i, sql in enumerate(table.key_sql) if sql not in table.columns}
        self.keys = [sql for sql in table.key_sql if sql in table.columns] + list(self.extra)
        self.con.execute(f"CREATE TABLE pending AS {self._keyed('none')}")

    def _keyed(self, source: str) -> str:
        extra = "".join(f", {sql} AS {name}" for name, sql in self.extra.items())
        return f"SELECT *{extra}, {month_sql(self.table)} AS month FROM {source}"

    def _stored(self, files: list[str]) -> str:
        """The stored rows in `files`, keyed, as a sub-query."""
        names = ", ".join([*self.table.columns, "row_order"])
        listed = ", ".join(map(quoted, files))
        source = f"read_parquet([{listed}], hive_partitioning = false)" if files else "none"
        return f"({self._keyed(f'(SELECT {names} FROM {source})')})"

    def _match(self, left: str, right: str) -> str:
        return " AND ".join(f"{left}.{key} IS NOT DISTINCT FROM {right}.{key}" for key in self.keys)

    def add(self, staged: Staged) -> None:
        """Put a group of rows over what was added before; columns their files lacked keep their old values."""
        self.con.register("staged", staged.rows)
        self.con.execute(f"CREATE OR REPLACE TABLE fresh AS {self._keyed('staged')}")
        self.con.unregister("staged")
        self._last_of_each_key()
        lacking = [column for column in self.table.columns if column not in staged.given]
        if lacking:
            self._fill(lacking)
        self._put_over_pending()

    def _last_of_each_key(self) -> None:
        keys = ", ".join(self.keys)
        rows, different = self.con.sql(f"SELECT count(*), count(DISTINCT hash({keys})) FROM fresh").fetchall()[0]
        if rows != different:
            self.con.execute(
                "CREATE OR REPLACE TABLE fresh AS SELECT * FROM fresh QUALIFY row_number() "
                f"OVER (PARTITION BY {keys} ORDER BY row_order DESC) = 1"
            )

    def _fill(self, lacking: list[str]) -> None:
        """Take what the file did not have from the rows that are replaced."""
        old = f"SELECT o.* FROM {self._stored(self.old_files)} o"
        self.con.execute(
            f"CREATE OR REPLACE TABLE before AS SELECT * FROM pending UNION ALL {old} "
            f"SEMI JOIN fresh f ON {self._match('o', 'f')} ANTI JOIN pending p ON {self._match('o', 'p')}"
        )
        if self.con.sql("SELECT count(*) FROM before").fetchall()[0][0]:
            taken = ", ".join(f"{column} = coalesce(fresh.{column}, b.{column})" for column in lacking)
            self.con.execute(f"UPDATE fresh SET {taken} FROM before b WHERE {self._match('fresh', 'b')}")

    def _put_over_pending(self) -> None:
        """pending = fresh, and of what was pending the rows with other keys."""
        self.con.execute(f"DELETE FROM pending USING fresh WHERE {self._match('pending', 'fresh')}")
        if self.con.sql("SELECT count(*) FROM pending").fetchall()[0][0]:
            self.con.execute("INSERT INTO pending SELECT * FROM fresh")
            return
        self.con.execute("DROP TABLE pending; ALTER TABLE fresh RENAME TO pending")

    def months(self) -> list[str]:
        """The partitions that change (empty: nothing does): where the rows go and where they were."""
        old = self._stored(self.old_files)
        same = " AND ".join(f"p.{c} IS NOT DISTINCT FROM h.{c}" for c in self.table.columns)
        self.con.execute(f"CREATE TABLE hit AS SELECT o.* FROM {old} o SEMI JOIN pending p ON {self._match('o', 'p')}")
        anti = f"ANTI JOIN hit h ON {self._match('p', 'h')} AND {same}" if self.old_files else ""
        self.con.execute(f"CREATE VIEW changed AS SELECT p.* FROM pending p {anti}")
        was = f"SELECT h.month FROM hit h SEMI JOIN changed c ON {self._match('h', 'c')}"
        found = self.con.sql(f"SELECT month FROM changed UNION {was} ORDER BY 1").fetchall()
        return [month for (month,) in found]

    def content(self, months: list[str]) -> duckdb.DuckDBPyRelation:
        """What those partitions hold from now on: canonical columns, row_order and month."""
        names = ", ".join([*self.table.columns, "row_order", "month"])
        files = [f for f in self.old_files if not self.table.month or _month(f) in months]
        kept = f"SELECT o.* FROM {self._stored(files)} o ANTI JOIN changed c ON {self._match('o', 'c')}"
        new = f"SELECT {names} FROM changed"
        return self.con.sql(f"SELECT {names} FROM ({kept}) UNION ALL {new}" if files else new)

    def close(self) -> None:
        """Drop the working tables."""
        self.con.close()


def _month(file: str) -> str:
    return file.rpartition("/month=")[2].partition("/")[0]
