"""One account, several spellings: case, blanks and full-width letters do not make another agent.

A spelling met in the data that differs from an account of the agents table only in these becomes an alias of it, as a
row of that table: seen in `kpi agents`, taken back with the ingest, replaced by a row of the analyst's own.

Only shops that were read from exports are forgiven: exports print nicknames, the canonical tables hold ids.
"""

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from kpi_helpers.store.commits import COMMON, Version
from kpi_helpers.store.kinds import quoted
from kpi_helpers.store.schema import table, tables

Staged = Mapping[tuple[str, str], list]  # (shop, table) -> (place, rows waiting)


def folded(name: str) -> str:
    """A name as spellings are compared: NFKC, without blanks, without case."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def variants(known: Iterable[str], seen: Iterable[str]) -> dict[str, str]:
    """Spelling -> the one known account it can only be."""
    known = set(known)
    by_fold: dict[str, set[str]] = {}
    for name in known:
        by_fold.setdefault(folded(name), set()).add(name)
    found = {name: by_fold.get(folded(name), set()) for name in set(seen) - known}
    return {name: accounts.pop() for name, accounts in sorted(found.items()) if len(accounts) == 1}


def exporting(files: Iterable[Mapping]) -> set[str]:
    """The shops that any of these files (records of the history) was an export of."""
    ids = tables().keys() - {"agent_daily"}
    return {shop for file in files if file.get("layout") not in ids for shop in file.get("shops", ())}


def new_aliases(
    root: Path, stored: Mapping[str, Mapping[str, Version]], staged: Staged, shops: Collection[str]
) -> pa.Table | None:
    """Rows for the agents table that an ingest makes necessary; None where every spelling is one of its own.

    `shops`: whose accounts are nicknames (`exporting`).
    """
    roster = _staged(staged, "agents", "agent_id") | _staged(staged, "agents", "alias_of")
    old = stored.get(COMMON, {}).get("agents")
    if not roster and not old:
        return None
    known = roster | (_stored(root, [old], "agent_id") | _stored(root, [old], "alias_of") if old else set())
    speaking = [name for name, spec in tables().items() if "agent_id" in spec.columns and name != "agents"]
    theirs = {key: waiting for key, waiting in staged.items() if key[0] in shops}
    seen = {agent for name in speaking for agent in _staged(theirs, name, "agent_id")}
    if roster:  # a new roster: what is stored may be spelled otherwise, too
        kept = [versions for shop, versions in stored.items() if shop in shops]
        versions = [found[name] for found in kept for name in speaking if name in found]
        seen |= _stored(root, versions, "agent_id")
    found = variants(known, seen)
    if not found:
        return None
    return pa.table({"agent_id": list(found), "alias_of": list(found.values())}).cast(
        pa.schema([table("agents").arrow.field(name) for name in ("agent_id", "alias_of")])
    )


def _staged(staged: Staged, name: str, column: str) -> set[str]:
    waiting = [rows.rows[column] for (_, own), pieces in staged.items() if own == name for _, rows in pieces]
    return {value for values in waiting for value in pc.unique(values).to_pylist() if value}


def _stored(root: Path, versions: Iterable[Version], column: str) -> set[str]:
    files = ", ".join(quoted(str(root / path)) for version in versions for path in version.files)
    if not files:
        return set()
    with duckdb.connect() as con:
        source = f"read_parquet([{files}], hive_partitioning = false, union_by_name = true)"
        return {row[0] for row in con.sql(f"SELECT DISTINCT {column} FROM {source}").fetchall() if row[0]}
