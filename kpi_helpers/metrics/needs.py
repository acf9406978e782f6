"""What falls away without a column: metrics by the tables, columns and reported facts they rest on."""

from collections.abc import Collection, Mapping

from kpi_helpers.metrics.registry import Fact, Metric, fact, metrics
from kpi_helpers.metrics.vendor import PRINTED


def columns(item: Fact) -> frozenset[str]:
    """The optional columns ("table.column") a fact needs on every row or altogether."""
    buyers = {"orders.buyer_id"} if item.buyers and "orders" in item.needs else set()
    pieces = {"orders.item_count"} if item.name == "items" else set()
    return item.columns | buyers | pieces


def knowable(given: Mapping[str, Collection[str]], reported: Collection[str] = ()) -> list[str]:
    """The house's metrics a file with these columns per table, or with these reported facts, has its part in.

    Tables that are not in `given` are taken to come from other files.
    """
    house = [metric for metric in metrics().values() if not metric.platform]
    return [m.name for m in house if _from_report(m, set(reported)) or _from_tables(m, given)]


def _from_tables(metric: Metric, given: Mapping[str, Collection[str]]) -> bool:
    parts = [fact(name) for name in metric.facts]
    wanted = [column.split(".") for part in parts for column in columns(part)]
    touched = any(table in given for part in parts for table in part.needs)
    return touched and all(column in given.get(table, [column]) for table, column in wanted)


def _from_report(metric: Metric, reported: set[str]) -> bool:
    """Whether every number it takes is in the report; a printed rate needs its base, in this report or another."""
    if metric.kind == "quantile" or not reported:
        return False
    return all(_reported(fact(name), reported) for name in metric.facts) or f"{PRINTED}{metric.name}" in reported


def _reported(item: Fact, reported: set[str]) -> bool:
    terms = {term.strip() for term in (item.vendor or item.name).split(" - ")}
    return item.name in reported or terms <= reported
