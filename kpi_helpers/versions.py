"""What became of a row: the value each commit gave it, the first-published one first."""

from collections.abc import Iterable
from pathlib import Path

import duckdb
import pandas as pd

from kpi_helpers import settings
from kpi_helpers.desk import choose_shop
from kpi_helpers.engine.duck import read
from kpi_helpers.errors import KpiError, unknown
from kpi_helpers.store.commits import COMMON, Commit
from kpi_helpers.store.kinds import quoted
from kpi_helpers.store.schema import Table
from kpi_helpers.store.schema import table as spec_of
from kpi_helpers.store.store import Store
from kpi_helpers.wording.names import mask_buyer

MOST = 200  # rows that may be meant at once


def values(home: Path, table: str, where: Iterable[str], shop: str = "", unmask: bool = False) -> pd.DataFrame:
    """Every value the rows meant have had: commit, at, state (first, changed, gone), and the table's columns.

    `where` are conditions such as "order_id=4890"; all of them hold. Buyers are masked unless `unmask`. Raises KpiError
    for a table or column there is not, and where no row was ever meant, or too many.
    """
    store, spec, where = Store(home), spec_of(table), list(where)
    ever = sorted({name for commit in store.commits() for name in commit.tables} - {COMMON})
    owner = COMMON if spec.common else choose_shop(shop, ever, home)
    zone = settings.load(owner, settings.find(home)).timezone
    condition = _condition(spec, where)
    found: list[dict] = []
    before: dict[tuple, dict] = {}
    for commit in store.commits():
        now = _rows(store, spec, commit, owner, condition, zone)
        new = {key: row for key, row in now.items() if before.get(key) != row}
        found += [_line(commit, "changed" if key in before else "first", row) for key, row in new.items()]
        found += [_line(commit, "gone", row) for key, row in before.items() if key not in now]
        before = now
    if not found:
        raise KpiError(f"{table} never had a row with {' and '.join(where)}")
    frame = pd.DataFrame(found, columns=["commit", "at", "state", *(c for c in spec.columns if c != "shop_id")])
    if "buyer_id" in frame and not unmask:
        frame["buyer_id"] = frame["buyer_id"].map(lambda name: mask_buyer(name) if name else name)
    return frame.sort_values([*[c for c in spec.key if c in frame], "commit"], kind="stable", ignore_index=True)


def _line(commit: Commit, state: str, row: dict) -> dict:
    return {"commit": commit.number, "at": commit.at, "state": state, **row}


def _condition(spec: Table, where: Iterable[str]) -> str:
    """SQL of the conditions."""
    parts = []
    for one in where:
        column, sign, value = one.partition("=")
        if not sign:
            raise KpiError(f"{one!r} is no condition; write it as order_id=4890")
        if column not in spec.columns:
            raise unknown(f"column of {spec.name}", column, list(spec.columns))
        parts.append(f"{column}::VARCHAR = {quoted(value)}")
    if not parts:
        raise KpiError("say which row with --where, such as --where order_id=4890")
    return " AND ".join(parts)


def _rows(store: Store, spec: Table, commit: Commit, owner: str, condition: str, zone: str) -> dict[tuple, dict]:
    """The rows meant, by key, as a commit left them; times in the shop's zone, as text."""
    version = commit.tables.get(owner, {}).get(spec.name)
    if not version or not version.files:
        return {}
    source = read([str(store.root / path) for path in version.files])
    local = {c: f"timezone({quoted(zone)}, {c})::VARCHAR AS {c}" for c, kind in spec.columns.items() if kind == "time"}
    columns = ", ".join(local.get(c, c) for c in spec.columns if c != "shop_id")
    with duckdb.connect() as con:
        found = con.execute(f"SELECT {columns} FROM {source} WHERE {condition} LIMIT {MOST + 1}")
        names = [item[0] for item in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    if len(rows) > MOST:
        raise KpiError(f"more than {MOST} rows of {spec.name} are meant; add another --where")
    key = [column for column in spec.key if column != "shop_id"]
    return {tuple(row[column] for column in key): row for row in rows}
