"""One way to ask every engine: `answers(tables, settings)` gives compute(metric, start, end, by) like the reference."""

from collections.abc import Callable
from datetime import timedelta

import pandas as pd
from typed import typed

from kpi_helpers import desk, settings
from kpi_helpers.metrics.compute import compute
from kpi_helpers.periods import between


def opened(tables: dict[str, list[dict]], given: dict, shop: str = "s1") -> desk.Desk:
    """A desk over rows as text, with settings laid over the defaults."""
    chosen = settings.Settings(settings.merge(settings.defaults(), given))
    return desk.from_tables(typed(tables, chosen.timezone), shop, chosen)


def answers(tables: dict[str, list[dict]], given: dict, asked: list[str] | None = None) -> Callable:
    """compute(metric, start, end, by) -> {group: (numerator, denominator, value, provisional)} on DuckDB."""
    return asking(opened(tables, given), asked)


def asking(one: desk.Desk, asked: list[str] | None = None) -> Callable:
    """The same over a desk; `asked` computes many metrics in one go."""
    known: dict[tuple, dict[str, dict]] = {}

    def ask(metric, start, end, by=None):
        key = (start, end, by)
        if metric not in known.get(key, {}):
            period = between(start, end - timedelta(1))
            known[key] = _by_metric(compute(asked or metric, one, period, ",".join(by) if by else None), by or ())
        return known[key].get(metric, {})

    return ask


def _by_metric(frame: pd.DataFrame, by: tuple) -> dict[str, dict]:
    found: dict[str, dict] = {}
    for row in frame.to_dict("records"):
        group = tuple(_plain(row[name]) for name in by)
        numbers = (*(_plain(row[name]) for name in ("numerator", "denominator", "value")), row["provisional"])
        found.setdefault(row["metric"], {})[group] = numbers
    return found


def _plain(value: object) -> object:
    return None if value is None or (isinstance(value, float) and value != value) else value
