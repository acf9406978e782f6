"""A study: one shop, one period, one language, and everything a notebook shows of them.

Its methods return charts, tables and text (or None where the shop has no such data) and never show anything; a cell's
last line does. Numbers come from `compute`, sentences from `wording`, pictures from `charts`.
"""

from kpi_helpers.study.study import Study

__all__ = ["Study"]
