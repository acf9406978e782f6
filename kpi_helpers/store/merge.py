"""Newly read rows over stored ones: by natural key, the row read last wins."""

from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from kpi_helpers.store.schema import SQL, Table


@dataclass
class Staged:
    """Rows of one table of one shop waiting to be merged, with the columns their file really had."""

    rows: pa.Table
    given: frozenset[str]
    names: frozenset[str] = field(default_factory=frozenset)


def month_sql(table: Table) -> str:
    """The partition a row belongs to: its month (UTC), or 'unknown' without a time."""
    if not table.month:
        return "''"
    moment = "coalesce(applied_at, completed_at)" if table.name == "refunds" else table.month
    return f"coalesce(strftime({moment} AT TIME ZONE 'UTC', '%Y-%m'), 'unknown')"


def _match(table: Table, left: str, right: str) -> str:
    keys = range(len(table.key_sql))
    return " AND ".join(f"{left}.k{i} IS NOT DISTINCT FROM {right}.k{i}" for i in keys)


def _keyed(table: Table, source: str) -> str:
    keys = ", ".join(f"{sql} AS k{i}" for i, sql in enumerate(table.key_sql))
    return f"SELECT *, {keys}, {month_sql(table)} AS month FROM {source}"


class Merge:
    """The merge of one table of one shop, step by step, in its own DuckDB connection."""

    def __init__(self, table: Table, old_files: list[str]) -> None:
        self.table, self.con = table, duckdb.connect()
        self.con.execute("SET TimeZone = 'UTC'")
        self.old_files = old_files
        columns = ", ".join(f"{name} {SQL[kind]}" for name, kind in table.columns.items())
        self.con.execute(f"CREATE TABLE none ({columns}, row_order BIGINT)")
        self.con.execute(f"CREATE TABLE pending AS {_keyed(table, 'none')}")

    def _stored(self, files: list[str]) -> str:
        """The stored rows in `files`, keyed, as a sub-query."""
        names = ", ".join([*self.table.columns, "row_order"])
        quoted = ", ".join("'" + name.replace("'", "''") + "'" for name in files)
        source = f"read_parquet([{quoted}], hive_partitioning = false)" if files else "none"
        return f"({_keyed(self.table, f'(SELECT {names} FROM {source})')})"

    def add(self, staged: Staged) -> None:
        """Put a group of rows over what was added before; columns their files lacked keep their old
        values."""
        self.con.register("staged", staged.rows)
        columns = list(self.table.columns)
        self.con.execute(f"CREATE OR REPLACE TABLE fresh AS {_keyed(self.table, 'staged')}")
        self.con.execute(
            "CREATE OR REPLACE TABLE fresh AS SELECT * FROM fresh QUALIFY row_number() OVER "
            f"(PARTITION BY {', '.join(f'k{i}' for i in range(len(self.table.key_sql)))} "
            "ORDER BY row_order DESC) = 1"
        ) if self._repeats() else None
        if not set(columns) <= staged.given:
            self._fill(columns, staged.given)
        self._over("pending", "fresh")
        self.con.unregister("staged")

    def _repeats(self) -> bool:
        keys = ", ".join(f"k{i}" for i in range(len(self.table.key_sql)))
        rows, distinct = self.con.sql(
            f"SELECT count(*), (SELECT count(*) FROM (SELECT DISTINCT {keys} FROM fresh)) FROM fresh"
        ).fetchall()[0]
        return rows != distinct

    def _fill(self, columns: list[str], given: frozenset[str]) -> None:
        """Take the columns the file did not have from the row that is replaced."""
        self.con.execute(
            f"CREATE OR REPLACE TABLE before AS SELECT * FROM pending UNION ALL "
            f"SELECT o.* FROM {self._stored(self.old_files)} o "
            f"SEMI JOIN fresh f ON {_match(self.table, 'o', 'f')} "
            f"ANTI JOIN pending p ON {_match(self.table, 'o', 'p')}"
        )
        picked = ", ".join(f"f.{c}" if c in given else f"coalesce(f.{c}, b.{c}) AS {c}" for c in columns)
        join = f"fresh f LEFT JOIN before b ON {_match(self.table, 'f', 'b')}"
        inner = f"(SELECT {picked}, f.row_order FROM {join})"
        self.con.execute(f"CREATE OR REPLACE TABLE fresh AS {_keyed(self.table, inner)}")

    def _over(self, below: str, above: str) -> None:
        self.con.execute(
            f"CREATE OR REPLACE TABLE {below} AS SELECT b.* FROM {below} b ANTI JOIN {above} a "
            f"ON {_match(self.table, 'b', 'a')} UNION ALL SELECT * FROM {above}"
        )

    def months(self) -> list[str]:
        """The partitions that change (empty: nothing does): where the rows go and where they were."""
        same = " AND ".join(f"p.{c} IS NOT DISTINCT FROM h.{c}" for c in self.table.columns)
        self.con.execute(
            f"CREATE TABLE hit AS SELECT o.* FROM {self._stored(self.old_files)} o "
            f"SEMI JOIN pending p ON {_match(self.table, 'o', 'p')}"
        )
        self.con.execute(
            f"CREATE TABLE changed AS SELECT p.* FROM pending p ANTI JOIN hit h "
            f"ON {_match(self.table, 'p', 'h')} AND {same}"
        )
        where_it_was = f"SELECT h.month FROM hit h SEMI JOIN changed c ON {_match(self.table, 'h', 'c')}"
        found = self.con.sql(f"SELECT month FROM changed UNION {where_it_was} ORDER BY 1").fetchall()
        return [month for (month,) in found]

    def content(self, months: list[str]) -> duckdb.DuckDBPyRelation:
        """What those partitions hold from now on, in reading order: canonical columns, row_order and
        month."""
        names = ", ".join([*self.table.columns, "row_order", "month"])
        files = [
            f
            for f in self.old_files
            if not self.table.month or f.split("/month=")[-1].split("/")[0] in months
        ]
        return self.con.sql(
            f"SELECT {names} FROM (SELECT o.* FROM {self._stored(files)} o ANTI JOIN changed c "
            f"ON {_match(self.table, 'o', 'c')} UNION ALL SELECT * FROM changed)"
        )

    def close(self) -> None:
        """Drop the working tables."""
        self.con.close()
