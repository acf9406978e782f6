"""kpi_helpers: facts, metrics, findings and charts for customer-service desks (客服) that sell by chat.

    import kpi_helpers as kpi
    desk = kpi.open_desk()                       # the shop in the store
    week = desk.period("latest-week")
    kpi.compute("inquiry_to_final_payment_rate", desk, week, by="agent")

Everything is loaded when first used, so that importing the package costs nothing.
"""

from importlib import import_module

_HOMES = {
    "compute": "kpi_helpers.metrics.compute",
    "explore": "kpi_helpers.explorer.board",
    "marks": "kpi_helpers.review.marks",
    "open_desk": "kpi_helpers.desk",
    "Desk": "kpi_helpers.desk",
    "KpiError": "kpi_helpers.errors",
    "Period": "kpi_helpers.periods",
    "Study": "kpi_helpers.study.study",
    "products": "kpi_helpers.explorer.products",
    "review_sample": "kpi_helpers.review.sampling",
    "rows": "kpi_helpers.metrics.rows",
    "save_sheet": "kpi_helpers.review.sampling",
    "sql": "kpi_helpers.explorer.sql",
    "start": "kpi_helpers.explorer.start",
    "tables": "kpi_helpers.explorer.sql",
    "whatif": "kpi_helpers.metrics.whatif",
}
_ROOMS = ("charts", "metrics", "periods", "settings", "stats", "wording")

__all__ = [*_HOMES, *_ROOMS]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    if name in _ROOMS:
        return import_module(f"kpi_helpers.{name}")
    raise AttributeError(f"module 'kpi_helpers' has no attribute {name!r}")
