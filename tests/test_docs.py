"""The documents keep step with the kit: tables fresh, commands and links real, both languages."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from kpi_helpers import metrics
from kpi_helpers.cli import cli

ROOT = Path(__file__).resolve().parent.parent
READMES = [ROOT / "README.md", ROOT / "README.zh.md"]


def test_metric_tables_are_fresh():
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "readme.py"), "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_commands_and_metrics_exist(readme: Path):
    text = readme.read_text("utf-8")
    commands = set(re.findall(r"\bkpi ([a-z]+)", text))
    assert commands and commands <= set(cli.commands)
    for line in re.findall(r"kpi (?:compute|rows|metrics) (.+)", text):
        for name in re.split(r" --|\s+#", line)[0].split():
            metrics.get(name)


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_links_lead_somewhere(readme: Path):
    for target in re.findall(r"\]\(([^)#]+)\)", readme.read_text("utf-8")):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("metric", [m for m in metrics.metrics().values() if m.denominator], ids=lambda m: m.name)
def test_every_ratio_is_explained_in_both_languages(metric):
    for words in (metric.label, metric.why, metric.caveat, metric.formula):
        assert words["zh"].strip() and words["en"].strip()


def test_labels_are_unique():
    for lang in ("zh", "en"):
        labels = [m.label[lang] for m in metrics.metrics().values()]
        assert len(labels) == len(set(labels))
