"""Every number the kit knows: what it means (metrics.toml), how it is counted, and `compute`, which divides it."""

from kpi_helpers.metrics.registry import Fact, Metric, fact, facts, get, metrics

__all__ = ["Fact", "Metric", "fact", "facts", "get", "metrics"]
