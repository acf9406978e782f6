"""Reports: notebooks of a period, run by papermill, published by nbconvert, whole or not at all."""

import sys

# jsonschema builds 35 grammars when this optional package is there: a second at every start, for nothing.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

from kpi_helpers.report.publish import Published, ReportFailed, report  # noqa: E402  (after the line above)

__all__ = ["Published", "ReportFailed", "report"]
