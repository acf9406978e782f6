"""The store: canonical tables on disk, read only in committed versions."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kpi_helpers.errors import KpiError, unknown
from kpi_helpers.store.batch import Batch, pointing_back
from kpi_helpers.store.commits import COMMON, Commit, History, Version
from kpi_helpers.store.lock import only_writer


class Store:
    """The tables under `<data_dir>/store`. Reading never waits for a writer; an empty folder is an empty
    store. `at`: as they were after that commit; such a store is for reading."""

    def __init__(self, data_dir: str | Path, at: int | None = None) -> None:
        self.root = Path(data_dir).absolute() / "store"
        self.history = History(self.root, at)

    def shops(self) -> list[str]:
        """The shop_id of every shop with a table, sorted."""
        return sorted(shop for shop in self.history.head().tables if shop != COMMON)

    def _versions(self, shop: str) -> dict[str, Version]:
        tables = self.history.head().tables
        if shop not in tables or shop == COMMON:
            raise unknown("shop", shop, [name for name in tables if name != COMMON])
        return {**tables.get(COMMON, {}), **tables[shop]}

    def tables(self, shop: str) -> dict[str, list[str]]:
        """Table name -> its Parquet files in the committed version; agents and shifts too; only what
        exists."""
        return {
            name: [str(self.root / path) for path in version.files]
            for name, version in self._versions(shop).items()
            if version.files
        }

    def columns(self, shop: str) -> dict[str, list[str]]:
        """Table name -> the canonical columns any export ever gave (the others are null in every row)."""
        return {name: version.columns for name, version in self._versions(shop).items()}

    def rows(self, shop: str) -> dict[str, int]:
        """Table name -> number of rows."""
        return {name: version.rows for name, version in self._versions(shop).items()}

    def fingerprint(self, shop: str) -> str:
        """A short text that changes when, and only when, a table of this shop (or agents, shifts) changed."""
        parts = [f"{name}:{v.version}:{','.join(v.files)}" for name, v in sorted(self._versions(shop).items())]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def commits(self) -> list[Commit]:
        """The history, oldest first."""
        return self.history.all()

    @contextmanager
    def writing(self) -> Iterator[Batch]:
        """A `Batch` under the writer's lock: add rows, then call its `commit()`. Without commit nothing
        changes."""
        with only_writer(self.root):
            yield Batch(self.root, self.history)

    def upsert(self, name: str, shop: str | None, rows, given=None) -> Commit | None:
        """Merge typed rows (Arrow, or a pandas frame in canonical types) into one table, as one commit.

        By natural key the row read last wins. Returns the commit, or None when nothing changed.
        """
        from kpi_helpers.store.normalise import as_arrow

        with self.writing() as batch:
            batch.add(name, shop, as_arrow(rows), given)
            return batch.commit("upsert")

    def undo(self) -> Commit:
        """Take back the newest change: a new commit with the tables as before it. Nothing is deleted."""
        with only_writer(self.root):
            head = self.history.head()
            if head.state == 0:
                raise KpiError("there is nothing to undo: the store is empty")
            before = self.history.get(self.history.get(head.state).parent)
            return self.history.write(pointing_back(head, before))
