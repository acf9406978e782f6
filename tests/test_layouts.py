"""The layouts as data: nothing in them is left to chance or unheard of."""

import tomllib
from pathlib import Path

import pytest

from kpi_helpers import metrics
from kpi_helpers.sources import layouts
from kpi_helpers.sources.layouts import FOLDER, plain
from kpi_helpers.store import canonical
from kpi_helpers.store.plan import mentioned
from kpi_helpers.store.schema import table

FILES = sorted(FOLDER.glob("*.toml"))
KEPT_AS_PRINTED = "printed:"


def entry(path: Path) -> dict:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_layout_is_whole(path: Path):
    layout = entry(path)
    assert layout["name"] == path.stem
    assert layout["label"].keys() == {"zh", "en"} and layout["traps"]
    fields = set(layout["fields"])
    every = fields | {name for part in ("over", "derived") for name in layout.get(part, {})} | {"shop_id"}
    asked = [name for group in layout["requires"] for name in ([group] if isinstance(group, str) else group)]
    assert set(asked) <= fields
    assert set(layout["key"]) | set(layout.get("group", [])) <= every
    aliases = [plain(alias) for spec in layout["fields"].values() for alias in spec["names"]]
    assert len(aliases) == len(set(aliases)), "an alias belongs to one field"
    assert all(set(spec.get("scale", {})) <= set(spec["names"]) for spec in layout["fields"].values())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_layout_gives_only_what_the_canonical_tables_have(path: Path):
    for output in entry(path)["outputs"]:
        assert set(output["columns"]) <= set(table(output["table"]).columns)
        for fact, ways in output.get("facts", {}).items():
            known = canonical.rules()["facts"] if not fact.startswith(KEPT_AS_PRINTED) else metrics.metrics()
            assert fact.removeprefix(KEPT_AS_PRINTED) in known
            ways = [{"value": ways}] if isinstance(ways, str) else ways if isinstance(ways, list) else [ways]
            assert all(way.get("basis", "exact") in ("exact", "reweighted") for way in ways)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_layout_speaks_of_a_name_that_nobody_makes(path: Path):
    layout = entry(path)
    made = {name for part in ("fields", "over", "derived") for name in layout.get(part, {})} | {"attribution_rule"}
    given = {name for d in layout.get("decisions", []) for name in d["otherwise"]}
    for output in layout["outputs"]:
        for column, sql in output["columns"].items():
            if sql.isidentifier():
                assert sql in made | given | {"shop_id", "report", "row"}, (column, sql)
    for check in layout.get("checks", []):
        assert mentioned(check["holds"]) & (made | {f"bad_{name}" for name in made} | {"false"}), check["reason"]


def test_every_layout_is_found():
    assert {layout.name for layout in layouts.layouts()} >= {path.stem for path in FILES}
