"""The same report for many shops: one that fails does not keep the others waiting, and is listed."""

from collections.abc import Callable

from kpi_helpers.desk import find_data, open_desk
from kpi_helpers.errors import KpiError
from kpi_helpers.runs.journal import Run, append, failed
from kpi_helpers.runs.make import Wanted, make
from kpi_helpers.store import Store


def make_for_all(shop: str, period: str, wanted: Wanted, done: Callable[[Run], None]) -> list[Run]:
    """Make the report of one shop, or of all; `done` is called after each. Raises what a single shop's raises."""
    names = [shop] if shop else Store(find_data(wanted.data_dir)).shops() or [""]
    runs = []
    for name in names:
        runs.append(_one(name, period, wanted, alone=len(names) == 1))
        done(runs[-1])
    return runs


def _one(shop: str, period: str, wanted: Wanted, alone: bool) -> Run:
    try:
        return make(open_desk(shop, wanted.data_dir), period, wanted)
    except KpiError as wrong:
        if alone:
            raise
        return append(wanted.reports_dir, failed(shop, period, wanted.lang, wrong))
