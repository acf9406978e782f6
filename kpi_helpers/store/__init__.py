"""The store: canonical tables with a history, and the way text becomes typed rows."""

from kpi_helpers.store.normalise import normalise
from kpi_helpers.store.schema import Table, table, tables
from kpi_helpers.store.store import Store

__all__ = ["Store", "Table", "normalise", "table", "tables"]
