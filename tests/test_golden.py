"""Golden values: the small sample shop's numbers of one week, as they were when last looked at.

Counts and money are compared exactly, ratios to nine digits. A change here is a change of meaning: write down why in
DECISIONS.md, then renew the file with KPI_GOLDEN=write.
"""

import csv
import os
from pathlib import Path

import pytest

from kpi_helpers import metrics
from kpi_helpers.desk import open_desk
from kpi_helpers.metrics.compute import compute
from kpi_helpers.output import records

GOLDEN = Path(__file__).with_name("golden") / "sample-week.csv"
COLUMNS = ["metric", "agent", "numerator", "denominator", "value", "provisional", "basis"]


def _rows(data_dir: Path) -> list[dict[str, str]]:
    desk = open_desk("", data_dir)
    week, names = desk.period("latest-week"), list(metrics.metrics())
    shop, agents = compute(names, desk, week), compute(names, desk, week, by="agent")
    found = records(shop.assign(agent="")) + [row for row in records(agents) if row["value"]]
    return [{name: _text(row[name]) for name in COLUMNS} for row in found]


def _text(value: object) -> str:
    return f"{value:.9g}" if isinstance(value, float) else "" if value is None else str(value)


def test_sample_week(sample_store):
    found = _rows(sample_store)
    if os.environ.get("KPI_GOLDEN") == "write":
        GOLDEN.parent.mkdir(exist_ok=True)
        with GOLDEN.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(found)
        pytest.skip("golden values written")
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        assert found == list(csv.DictReader(file))
