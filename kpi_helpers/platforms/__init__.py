"""How each platform counts answers, as dated rule files, shown beside the house view and never mixed with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi_helpers.platforms.rules import NAMES, Platform, Rule, platform

if TYPE_CHECKING:  # the registry reads the rules, and desks read the registry
    import pandas as pd

    from kpi_helpers.desk import Desk
    from kpi_helpers.periods import Period

__all__ = ["NAMES", "Platform", "Rule", "platform", "view"]


def view(desk: Desk, period: Period | str, name: str | None = None, by: str | None = None) -> pd.DataFrame:
    """A platform's numbers of a period, one row per metric and group, shaped as `compute`'s.

    `name`: one of NAMES; the shop's own platform (setting `platform`) where none is given. Every round or session is
    judged by the rule in force on its day. Raises KpiError for an unknown platform or group.
    """
    from kpi_helpers.metrics.compute import compute

    return compute(list(platform(name or desk.settings.platform).metrics), desk, period, by)
