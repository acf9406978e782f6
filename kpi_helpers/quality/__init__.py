"""What the data say about themselves: counts that cannot be, reports and tables that disagree."""

from kpi_helpers.quality.kept import after_ingest, kept
from kpi_helpers.quality.review import Finding, Source, review, told

__all__ = ["Finding", "Source", "after_ingest", "kept", "review", "told"]
