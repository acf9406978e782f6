"""Runs: when a report is made, whether it has to be, what is kept about it, and who is told.

`make` is the unit of work that `kpi report`, `kpi run --due` and `kpi backfill` share: one report of one shop and
period in one language, made only when its inputs changed, entered in the journal whatever became of it.
"""

from kpi_helpers.runs.journal import Run
from kpi_helpers.runs.make import Wanted, make

__all__ = ["Run", "Wanted", "make"]
