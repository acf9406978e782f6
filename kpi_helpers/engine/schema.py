"""The canonical tables (store/tables.toml) as the engine sees them."""

import tomllib
from functools import cache
from importlib.resources import files

TYPES = {
    "text": "VARCHAR", "time": "TIMESTAMPTZ", "day": "DATE", "money": "DECIMAL(18,4)", "integer": "BIGINT",
    "number": "DOUBLE", "flag": "BOOLEAN",
}  # fmt: skip


@cache
def schema() -> dict[str, dict]:
    """Every canonical table by name: label, key, time columns, columns with their types."""
    return tomllib.loads(files("kpi_helpers").joinpath("store/tables.toml").read_text("utf-8"))
