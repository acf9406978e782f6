"""Reports: notebooks of a period, run by papermill, published by nbconvert, whole or not at all.

What a notebook does to be published: one cell tagged `parameters` holds literals (period, shop, lang, data_dir); its
first h1 is the page's title and an element of class `kpi-headline` its finding, shown in the lists; a cell tagged
`section` must show something; cells tagged `explore` (widgets) or `remove` are not in the page.
"""

import sys

# jsonschema builds 35 grammars when this optional package is there: a second at every start, for nothing.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

from kpi_helpers.report.publish import Published, ReportFailed, report  # noqa: E402  (after the line above)

__all__ = ["Published", "ReportFailed", "report"]
