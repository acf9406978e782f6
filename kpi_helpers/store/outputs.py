"""Rows that are fit as rows of canonical tables."""

from itertools import pairwise

import numpy as np
import pyarrow as pa

from kpi_helpers.store.kinds import quoted
from kpi_helpers.store.plan import Output
from kpi_helpers.store.schema import SQL, table
from kpi_helpers.store.work import FILE, Work


def rows(work: Work, output: Output) -> list[pa.Table]:
    """The typed rows of one output, a table a file, in the file's order, with the canonical columns."""
    spec = table(output.table)
    bare = pa.schema([f for f in spec.arrow if f.name != "row_order"])
    sql = _facts(work, output) if output.facts else _plain(output, spec.columns)
    every = work.con.sql(sql).to_arrow_table()
    ends = np.searchsorted(every["file"].to_numpy(), np.arange(work.files + 1))
    whole = every.select(bare.names).cast(bare)
    return [whole.slice(start, end - start) for start, end in pairwise(ends.tolist())]


def _plain(output: Output, columns: dict[str, str]) -> str:
    picked = ", ".join(f"({output.columns.get(c, 'NULL')})::{SQL[k]} AS {c}" for c, k in columns.items())
    first = "min(row)" if output.group else "row"
    return f"SELECT {FILE} AS file, {picked} FROM fit WHERE {output.where}{_grouped(output)} ORDER BY {first}"


def _grouped(output: Output, having: str = "true") -> str:
    """SQL that makes one row of those that are equal in the output's group."""
    keys = ", ".join([*output.group, FILE])
    return f" GROUP BY {keys} HAVING ({output.having}) AND ({having})" if output.group else ""


def _facts(work: Work, output: Output) -> str:
    """One row a fact; NULL where a number behind it is not settled, no row where it is blank."""
    given = {"attribution_rule": "NULL::VARCHAR", **output.columns}
    who = ", ".join(f"{sql} AS {column}" for column, sql in given.items())
    parts = [_fact(work, output, nth, who) for nth in range(len(output.facts))]
    return " UNION ALL ".join(parts) + " ORDER BY row, nth"


def _fact(work: Work, output: Output, nth: int, who: str) -> str:
    fact, row = output.facts[nth], "min(row)" if output.group else "row"
    late = " OR ".join(f"late_{name}" for name in sorted(work.plan.behind(fact.value))) or "false"
    late = f"bool_or({late})" if output.group else late
    there = f"({late}) OR ({fact.value}) IS NOT NULL"
    return (
        f"SELECT {row} AS row, {FILE} AS file, {nth} AS nth, {who}, {quoted(fact.name)} AS fact, "
        f"{quoted(fact.basis)} AS basis, CASE WHEN NOT ({late}) THEN ({fact.value})::DOUBLE END AS value "
        f"FROM fit WHERE {output.where}" + (_grouped(output, there) if output.group else f" AND ({there})")
    )
