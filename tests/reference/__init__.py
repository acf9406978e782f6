"""An independent reference of the KPI specification in plain Python: slow, literal, readable."""

from .ratios import FACTS, METRICS, RATIOS
from .reference import Reference

__all__ = ["FACTS", "METRICS", "RATIOS", "Reference"]
