"""The engine: one shop's tables in, unit tables out, by the SQL models of `facts/`."""

from kpi_helpers.engine.duck import build, connect, open_tables
from kpi_helpers.engine.schema import schema

__all__ = ["build", "connect", "open_tables", "schema"]
