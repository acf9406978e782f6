"""Readers: exports of every kind into the canonical tables."""

from kpi_helpers.sources.intake import IngestReport, ingest
from kpi_helpers.sources.record import FileRecord

__all__ = ["FileRecord", "IngestReport", "ingest"]
