"""A study: one shop, one period, one language, and everything a notebook shows of them.

Its methods return charts, tables and text (or None where the shop has no such data) and never show anything; a cell's
last line does. Numbers come from `compute`, sentences from `wording`, pictures from `charts`.
"""

__all__ = ["Study"]


def __getattr__(name: str) -> object:
    """Loaded when asked for: what decides whether a report is made needs none of it."""
    if name == "Study":
        from kpi_helpers.study.study import Study

        return Study
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
