"""What a report is made from, as fingerprints: equal ones give an equal report, so that it need not be made again."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from kpi_helpers import metrics
from kpi_helpers.desk import Desk
from kpi_helpers.engine.clock import day_number
from kpi_helpers.engine.manifest import kit
from kpi_helpers.metrics import aggregates, derived
from kpi_helpers.metrics.aggregates import Grain
from kpi_helpers.periods import Period
from kpi_helpers.platforms.rules import definitions
from kpi_helpers.report.record import versions
from kpi_helpers.study.shared import answers

OTHER = ("schedule", "limits", "notify")  # settings that decide no number
Numbers = dict[str, tuple[float | None, bool]]  # metric -> value of the whole shop, whether it may still change


def fixed(desk: Desk, parameters: Mapping[str, Any], notebooks: list[Path]) -> dict[str, str]:
    """Fingerprints of all but the data: settings, parameters, code (the kit's, the notebooks', the libraries')."""
    given = {name: value for name, value in parameters.items() if name != "data_dir"}
    rules = {name: value for name, value in desk.settings.values.items() if name not in OTHER}
    return {
        "settings": _short(json.dumps(rules, sort_keys=True, default=str)),
        "parameters": _short(json.dumps(given, sort_keys=True)),
        "code": _short(kit() + "".join(_short(path.read_bytes()) for path in notebooks) + str(versions())),
    }


def numbers(desk: Desk, period: Period) -> tuple[Numbers, str]:
    """Every metric of the period for the whole shop, and a fingerprint that also covers every agent's counts.

    Platforms' own are left out: they rest on the same chats.
    """
    theirs = {name for part in definitions() for name in part}
    shop = answers([name for name in metrics.metrics() if name not in theirs], desk, [period])
    found = {row["metric"]: (_value(row["value"]), row["provisional"]) for rows in shop.values() for row in rows}
    return found, _short(repr(sorted(found.items())) + repr(_by_agent(desk, period)))


def _by_agent(desk: Desk, period: Period) -> list[tuple]:
    """Every count of the raw tables by agent; vendors' daily tables enter through the shop's numbers."""
    grain, start, end = Grain(("agent",)), day_number(period.start), day_number(period.end)
    own = [fact for name, fact in metrics.facts().items() if name not in definitions()[0]]
    facts = [fact for fact in own if fact.rows and fact.over != "shop" and grain.within(fact)]
    derived.ensure(desk, facts, start, end)
    found = aggregates.count(desk.con, facts, grain, start, end)
    return sorted((name, str(agent), value) for name, groups in found.items() for (agent,), value in groups.items())


def _value(value: object) -> float | None:
    return None if pd.isna(value) else float(value)


def _short(content: str | bytes) -> str:
    return sha256(content.encode() if isinstance(content, str) else content).hexdigest()[:16]
