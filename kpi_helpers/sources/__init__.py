"""Readers: exports of every kind into the canonical tables."""

from kpi_helpers.sources.intake import FileRecord, IngestReport, ingest

__all__ = ["FileRecord", "IngestReport", "ingest"]
