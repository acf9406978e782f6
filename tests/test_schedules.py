"""The cron line and the systemd units of docs/schedules.md are what those programs accept."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from kpi_helpers import settings

TEXT = (Path(__file__).resolve().parent.parent / "docs" / "schedules.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", TEXT, re.DOTALL)


def test_the_settings_are_accepted():
    (text,) = blocks("toml")
    given = tomllib.loads(text)
    shops = given.pop("shops")
    chosen = settings.merge(settings.defaults(), given)
    assert settings.merge(chosen, shops["我的店"])["schedule"]["day"] == "" and chosen["schedule"]["week"] == "09:00"


def test_the_cron_line_runs(tmp_path):
    """Five fields a cron would take, and a command a shell runs: with a `kpi` that notes how it was called."""
    (line,) = blocks("cron")
    fields = line.split(None, 5)
    assert all(re.fullmatch(r"[\d*,/-]+", field) for field in fields[:5])
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    kpi = tmp_path / ".venv" / "bin" / "kpi"
    kpi.write_text('#!/bin/sh\necho "$KPI_READERS" "$@"\n')
    kpi.chmod(0o755)
    (tmp_path / "secrets.env").write_text("export KPI_READERS=wecombot://KEY\n")
    subprocess.run(["sh", "-c", fields[5].replace("/srv/kpi", str(tmp_path))], check=True)
    assert (tmp_path / "kpi.log").read_text() == "wecombot://KEY run --due\n"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_the_systemd_units_are_valid(tmp_path):
    service, timer = blocks("ini")
    (tmp_path / "kpi.service").write_text(re.sub("ExecStart=.*", "ExecStart=/bin/true run --due", service))
    (tmp_path / "kpi.timer").write_text(timer)
    calendar = re.search("OnCalendar=(.*)", timer)[1]
    subprocess.run(["systemd-analyze", "calendar", calendar], check=True, capture_output=True)
    units = [str(tmp_path / name) for name in ("kpi.service", "kpi.timer")]
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True)
    assert not [line for line in done.stderr.splitlines() if "kpi." in line], done.stderr


def test_the_airflow_example_is_python():
    (text,) = blocks("python")
    compile(text, "dag", "exec")
    assert "PapermillOperator" in text
