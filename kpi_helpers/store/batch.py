"""Writing to the store: rows are gathered, merged table by table, and become visible in one commit."""

import json
from collections.abc import Iterable
from dataclasses import replace as changed_copy
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa

from kpi_helpers.errors import KpiError
from kpi_helpers.store.commits import COMMON, Commit, History, Version, now
from kpi_helpers.store.merge import Merge, Staged
from kpi_helpers.store.names import slug
from kpi_helpers.store.schema import Table, table
from kpi_helpers.store.spelling import exporting, new_aliases
from kpi_helpers.store.touched import touched

ROW_GROUP = 1 << 17


def folder(shop: str, name: str) -> str:
    """Where a table lives, relative to the store: shops/<slug>/<table> or common/<table>."""
    return f"common/{name}" if shop == COMMON else f"shops/{slug(shop)}/{name}"


def _on_schema(spec: Table, rows: pa.Table) -> pa.Table:
    """The rows with exactly the canonical columns."""
    bare = pa.schema([f for f in spec.arrow if f.name != "row_order"])
    there = set(rows.column_names)
    return pa.table(
        [rows[f.name].cast(f.type) if f.name in there else pa.nulls(len(rows), f.type) for f in bare], schema=bare
    )


def _given(rows: pa.Table) -> Iterable[str]:
    noted = (rows.schema.metadata or {}).get(b"given")
    if noted is not None:
        return noted.decode().split(",")
    return (name for name in rows.column_names if rows[name].null_count < len(rows))


class Batch:
    """Everything one ingest writes. Made by `Store.writing()`, which holds the lock."""

    def __init__(self, root: Path, history: History) -> None:
        self.root, self.history, self.head = root, history, history.head()
        self.next_row = self.head.next_row
        self.staged: dict[tuple[str, str], list[tuple[int, Staged]]] = {}
        self.touched: dict[str, dict[str, dict]] = {}
        self.done: Commit | None = None

    def add(
        self, name: str, shop: str | None, rows: pa.Table, given: Iterable[str] | None = None, at: int | None = None
    ) -> None:
        """Gather typed rows of table `name` (as `normalise` returns them) for `shop`.

        `given` names the columns the file really had; the others keep what is stored. Without it: what `normalise`
        noted, or else the columns with any value. `at` is the file's place in reading order (default: the next).
        """
        spec = table(name)
        owner = COMMON if spec.common else (shop or "")
        if not spec.common:
            slug(owner)  # a shop needs a name
        given = frozenset(_given(rows) if given is None else given) & spec.columns.keys()
        waiting = self.staged.setdefault((owner, name), [])
        waiting.append((len(waiting) if at is None else at, Staged(_on_schema(spec, rows), given)))

    def _in_order(self, waiting: list[tuple[int, Staged]]) -> list[Staged]:
        """The rows in reading order, numbered on; files with the same columns as one, to be merged at once."""
        groups = []
        ordered = [staged for _, staged in sorted(waiting, key=lambda entry: entry[0])]
        for given, pieces in groupby(ordered, key=lambda staged: staged.given):
            rows = pa.concat_tables([piece.rows for piece in pieces])
            numbers = pa.array(np.arange(self.next_row, self.next_row + len(rows)))
            groups.append(Staged(rows.append_column("row_order", numbers), given))
            self.next_row += len(rows)
        return groups

    def commit(self, kind: str = "ingest", files: list[dict] = (), rejected: Iterable[dict] = ()) -> Commit | None:
        """Make the gathered rows visible, all or nothing. None when nothing is new.

        `files`: one record a file for the history; `rejected`: rows set aside, kept in
        rejected/<commit>.jsonl.
        """
        shops = exporting([*(file for commit in self.history.all() for file in commit.files), *files])
        if (spelled := new_aliases(self.root, self.head.tables, self.staged, shops)) is not None:
            self.add("agents", None, spelled)
        tables = {shop: dict(entries) for shop, entries in self.head.tables.items()}
        for shop, name in sorted(self.staged):
            version = self._write(shop, table(name), self._in_order(self.staged.pop((shop, name))))
            if version:
                tables.setdefault(shop, {})[name] = version
        if tables == self.head.tables and not self._news(files):
            return None
        number = self.head.number + 1
        self._keep(number, rejected)
        entry = Commit(number, number, self.head.state, kind, now(), self.next_row, list(files), tables, self.touched)
        self.done = self.history.write(entry)
        return self.done

    def _news(self, files: Iterable[dict]) -> bool:
        """True when rows were set aside from a file whose content the history has not seen."""
        seen = {f.get("sha256") for commit in self.history.all() for f in commit.files}
        return any(f.get("set_aside") and f.get("sha256") not in seen for f in files)

    def _keep(self, number: int, rejected: Iterable[dict]) -> None:
        path = self.root / "rejected" / f"{number:06d}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rejected)
        if not path.stat().st_size:
            path.unlink()

    def _write(self, shop: str, spec: Table, groups: list[Staged]) -> Version | None:
        """A new Delta version of one table, or None when the rows change nothing."""
        old = self.head.tables.get(shop, {}).get(spec.name)
        merge = Merge(spec, [str(self.root / path) for path in old.files] if old else [])
        try:
            given = [group.given for group in groups]
            while groups:
                merge.add(groups.pop(0))  # and let go of its rows
            months = merge.months()
            if months and old:
                self.touched.setdefault(shop, {})[spec.name] = touched(merge)
            return self._delta(shop, spec, merge, months, old, given) if months else None
        finally:
            merge.close()

    def _delta(self, shop, spec: Table, merge: Merge, months: list[str], old: Version | None, new) -> Version:
        given = set(old.columns if old else []).union(*new)
        place = folder(shop, spec.name)
        version, files, rows = write_delta(self.root / place, spec, merge, months, old)
        columns = [column for column in spec.columns if column in given]
        return Version(version, [f"{place}/{name}" for name in files], rows, columns)


def write_delta(path: Path, spec: Table, merge: Merge, months: list[str], old: Version | None):
    """Replace `months` of the Delta table at `path`. Returns its version, its files and its number of
    rows."""
    from deltalake import DeltaTable, WriterProperties, write_deltalake  # only writers pay for the import

    if "%" in str(path):
        raise KpiError(f"the folder {path} has a % in its name, which Delta tables cannot have; choose another")
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {
        "writer_properties": WriterProperties(compression="ZSTD", max_row_group_size=ROW_GROUP),
        "mode": "overwrite",
    }
    if old:
        current = DeltaTable(str(path))
        if current.version() != old.version:  # left by a crash or by an undo: not what HEAD names
            current.restore(old.version)
        if spec.month:
            options["predicate"] = f"month IN ({', '.join(repr(month) for month in months)})"
    if spec.month:
        options["partition_by"] = ["month"]
    content = merge.content(months)
    content = content if spec.month else content.project("* EXCLUDE (month)")
    write_deltalake(str(path), content.to_arrow_reader(ROW_GROUP), **options)
    return _state(DeltaTable(str(path)))


def _state(delta) -> tuple[int, list[str], int]:
    actions = pa.table(delta.get_add_actions(flatten=True))
    return delta.version(), sorted(actions["path"].to_pylist()), sum(actions["num_records"].to_pylist())


def pointing_back(head: Commit, to: Commit) -> Commit:
    """A commit that makes the state of `to` current again, without forgetting anything."""
    return changed_copy(
        to, number=head.number + 1, kind="undo", at=now(), next_row=head.next_row, files=[], state=to.number, touched={}
    )
