"""Publishing is killed at random moments: readers always have one whole report. KPI_CRASHES sets how often (24)."""

import json
import os
import random
import re
import signal
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from kpi_helpers.errors import KpiError
from kpi_helpers.report import publish, report
from kpi_helpers.report.run import execute_all, plan

TOYS = sorted(Path(__file__).with_name("fixtures").glob("notebooks/*.ipynb"))
CRASHES = int(os.environ.get("KPI_CRASHES", "24"))
ASKED = {"desk_or_shop": "店", "period": "2026-W44", "notebooks": TOYS}

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")


@pytest.fixture(scope="module")
def executed():
    """The toy notebooks, run once."""
    return execute_all(plan(TOYS, {"period": "2026-W44", "shop": "店", "lang": "zh"}))


@pytest.fixture
def only_publishing(executed, monkeypatch):
    """Reports are published from notebooks that ran before, so that the killing hits the publishing."""
    monkeypatch.setattr(publish, "execute_all", lambda *given: [given[-1](done) for done in executed])


def whole(folder: Path) -> set[str]:
    """The runs that the pages of a report come from; fails when a page is cut off or anything is missing."""
    record = json.loads((folder / "run-zh.json").read_text("utf-8"))
    named = {f"{entry['name']}-zh.html" for entry in record["pages"]} | {"report-zh.html", "index-zh.html"}
    assert named <= {path.name for path in folder.iterdir()}
    pages = [(folder / name).read_text("utf-8") for name in named]
    assert all(page.rstrip().endswith("</html>") for page in pages)
    return {record["run"], *(found for page in pages for found in re.findall(r"\d{8}-\d{6}-[0-9a-f]{4}", page))}


def killed_after(seconds: float, folder: Path) -> None:
    """Publish again and again in a process that is killed."""
    if (child := os.fork()) == 0:
        try:
            while True:
                report(**ASKED, reports_dir=folder)
        finally:
            os._exit(1)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


@pytest.mark.usefixtures("only_publishing")
def test_killed_at_any_moment_readers_have_one_whole_report(tmp_path):
    good = report(**ASKED, reports_dir=tmp_path).index.parent
    started = time.monotonic()
    report(**ASKED, reports_dir=tmp_path)
    usual, luck, seen = time.monotonic() - started, random.Random(1), set()
    for _ in range(CRASHES):
        killed_after(luck.uniform(0, 3 * usual), tmp_path)
        runs = whole(good)
        assert len(runs) == 1, "pages of two runs side by side"
        assert (tmp_path / "index.html").read_text("utf-8").rstrip().endswith("</html>")
        seen |= runs
    assert len(seen) > CRASHES / 8, "the killing came too early to hit any publishing"
    last = report(**ASKED, reports_dir=tmp_path)
    assert whole(good) == {last.record.run} and not list(tmp_path.glob(".run-*"))


@pytest.mark.usefixtures("only_publishing")
def test_two_at_once_do_not_mix(tmp_path):
    children = []
    for _ in range(3):
        if (child := os.fork()) == 0:
            try:
                for _ in range(3):
                    report(**ASKED, reports_dir=tmp_path)
                os._exit(0)
            finally:
                os._exit(1)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    (folder,) = (path.parent for path in tmp_path.glob("*/*/run-zh.json"))
    assert len(whole(folder)) == 1


@pytest.mark.usefixtures("only_publishing")
def test_a_full_disk_leaves_the_last_good_report(tmp_path, monkeypatch):
    good = report(**ASKED, reports_dir=tmp_path).index.parent
    before, room = whole(good), SimpleNamespace(left=3)

    def full(path: Path, text: str) -> None:
        room.left -= 1
        if room.left < 0:
            raise OSError(28, "No space left on device")
        path.write_text(text, "utf-8")

    monkeypatch.setattr(publish, "replace", full)
    with pytest.raises(KpiError, match="No space left"):
        report(**ASKED, reports_dir=tmp_path)
    assert whole(good) == before and not list(tmp_path.glob(".run-*"))


@pytest.mark.usefixtures("only_publishing")
def test_a_report_that_lost_most_of_itself_is_refused(tmp_path, monkeypatch):
    good = report(**ASKED, reports_dir=tmp_path)
    swollen = good.paths[1]
    swollen.write_text(swollen.read_text("utf-8") + " " * 200_000, "utf-8")
    with pytest.raises(KpiError, match="where the last good one had"):
        report(**ASKED, reports_dir=tmp_path)
