"""The journal and the dead-man check as tables."""

from datetime import datetime
from pathlib import Path

import pandas as pd

from kpi_helpers.desk import find_data, open_desk
from kpi_helpers.errors import KpiError
from kpi_helpers.report.record import Record, published
from kpi_helpers.runs.due import due
from kpi_helpers.runs.journal import read
from kpi_helpers.store import Store

RUNS = ["at", "shop", "period", "lang", "outcome", "seconds", "cell_seconds", "restated", "reason"]
SHOPS = ["shop", "newest_report", "made", "age_hours", "data_until", "late"]


def listed(reports_dir: Path, shop: str = "", count: int = 20) -> pd.DataFrame:
    """The last runs, newest last: what became of each; `restated` counts the numbers that changed."""
    found = [run for run in read(reports_dir) if not shop or run.shop == shop][-count:]
    lines = [{**{name: getattr(run, name) for name in RUNS}, "restated": len(run.restated)} for run in found]
    return pd.DataFrame(lines, columns=RUNS)


def overdue(data_dir: str, reports_dir: Path, now: datetime, shop: str = "") -> pd.DataFrame:
    """Every shop: its newest good report and the age of that, until when its data reach, which reports are late."""
    home = find_data(data_dir)
    known = [record for _, record in published(reports_dir)]
    lines = [_shop(name, home, known, now) for name in ([shop] if shop else Store(home).shops())]
    return pd.DataFrame(lines, columns=SHOPS)


def _shop(name: str, home: Path, known: list[Record], now: datetime) -> dict:
    """One line; what cannot be opened is late as a whole, with the reason."""
    mine = [record for record in known if record.shop == name]
    newest = max(mine, key=lambda record: (record.made_at, record.end), default=None)
    line = {"shop": name, "newest_report": newest.period if newest else "", "made": newest.made if newest else ""}
    line["age_hours"] = round((now - newest.made_at).total_seconds() / 3600, 1) if newest else None
    try:
        desk = open_desk(name, home)
        there = {(record.period, record.lang) for record in mine}
        langs = desk.settings.schedule["langs"]
        missing = [d for d in due(desk, now) for lang in langs if (d.period.label, lang) not in there]
        told = [f"{item.period.label} ({item.state})" for item in missing if item.state != "waiting"]
        return {**line, "data_until": desk.data_until, "late": ", ".join(dict.fromkeys(told))}
    except KpiError as wrong:
        return {**line, "data_until": None, "late": str(wrong)}
