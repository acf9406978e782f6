"""The engine: one shop's tables in, unit tables out, by the SQL models of `facts/`."""

from collections.abc import Mapping

import duckdb

from kpi_helpers.engine import duck
from kpi_helpers.engine.duck import Source, connect, open_tables
from kpi_helpers.engine.schema import schema
from kpi_helpers.settings import Settings

__all__ = ["build", "connect", "open_tables", "schema"]


def build(con: duckdb.DuckDBPyConnection, tables: Mapping[str, Source], settings: Settings) -> None:
    """All unit tables as tables of `con`, which has the raw views open, by the engine that the settings name."""
    if settings.engine == "spark":
        from kpi_helpers.engine import spark

        spark.build(con, tables, settings)
    else:
        duck.build(con, settings)
