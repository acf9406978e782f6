"""Findings of an ingest, kept with its commit: store/findings/<commit>.json."""

import json
from dataclasses import asdict
from pathlib import Path

from kpi_helpers.engine import duck
from kpi_helpers.quality.review import Finding, review
from kpi_helpers.settings import Settings
from kpi_helpers.store.commits import replace
from kpi_helpers.store.store import Store


def _path(store: Store, commit: int) -> Path:
    return store.root / "findings" / f"{commit:06d}.json"


def after_ingest(home: Path, commit: int, chosen: dict[str, Settings]) -> dict[str, list[Finding]]:
    """Review the shops whose settings are given, and keep what was found with the commit; other shops keep theirs."""
    store = Store(home)
    before = {shop: found for shop, found in kept(home, commit - 1).items() if shop in store.shops()}
    fresh = {shop: _reviewed(store, shop, settings) for shop, settings in chosen.items()}
    every = {shop: [asdict(finding) for finding in found] for shop, found in {**before, **fresh}.items()}
    replace(_path(store, commit), json.dumps(every, ensure_ascii=False, indent=1))
    return fresh


def _reviewed(store: Store, shop: str, settings: Settings) -> list[Finding]:
    tables = store.tables(shop)
    with duck.connect() as con:
        duck.open_tables(con, tables, settings, sending=False)
        return review((con, tables))


def kept(home: Path, commit: int | None = None) -> dict[str, list[Finding]]:
    """Shop -> findings, as they were kept last at or before a commit (default: the newest)."""
    store = Store(home)
    head = store.history.head() if commit is None else None
    number = (head.state if head else commit) or 0
    while number > 0 and not _path(store, number).exists():
        number -= 1
    if not number:
        return {}
    entries = json.loads(_path(store, number).read_text(encoding="utf-8"))
    return {shop: [Finding(**entry) for entry in found] for shop, found in entries.items()}
