"""Runs: made once for the same inputs, restated when numbers change, made when due, listed whatever becomes of them."""

import os
from datetime import datetime
from pathlib import Path

import nbformat
import nbformat.v4 as nbf
import pytest
from click.testing import CliRunner

from kpi_helpers import kernels, sources
from kpi_helpers.cli import cli
from kpi_helpers.desk import open_desk
from kpi_helpers.errors import KpiError
from kpi_helpers.runs import Wanted, make
from kpi_helpers.runs.backfill import backfill, spans
from kpi_helpers.runs.due import due
from kpi_helpers.runs.errand import run_due
from kpi_helpers.runs.journal import Run, append, read
from kpi_helpers.runs.listing import listed, overdue

PARAMETERS = 'period = "latest-week"\nshop = ""\nlang = "zh"\ncompare_to = "previous"\ndata_dir = ""'
SHOWN = """import kpi_helpers as kpi
from IPython.display import HTML
desk = kpi.open_desk(shop, data_dir)
sales = kpi.compute("sales", desk, period).value[0]
HTML(f"<h1>销售</h1><p class='kpi-headline'>销售 {sales}</p>" + "<p>...</p>" * 100)"""
MONDAY = datetime.fromisoformat("2026-11-02T09:30+08:00")


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> list[Path]:
    """One notebook that shows one number."""
    cells = [nbf.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})]
    cells.append(nbf.new_code_cell(SHOWN, metadata={"tags": ["section"]}))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = tmp_path_factory.mktemp("books") / "00_sales.ipynb"
    nbformat.write(nbf.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return [path]


def orders(home: Path, *rows: str, name: str = "orders.csv", shop: str = "店甲") -> None:
    """Put an export of orders into the drop folder."""
    (home / "raw").mkdir(parents=True, exist_ok=True)
    head = "shop_id,order_id,buyer_id,created_at,paid_at,paid_amount"
    lines = [f"{shop},{n},{row}" for n, row in (line.split(",", 1) for line in rows)]
    (home / "raw" / name).write_text("\n".join([head, *lines]) + "\n", "utf-8")
    os.utime(home / "raw" / name, (0, 0))


def days(first: int, last: int, month: int = 10) -> list[str]:
    """An order a day, of 100 yuan."""
    form = "{m:02d}{d:02d},b{d},2026-{m:02d}-{d:02d} 10:00:00,2026-{m:02d}-{d:02d} 10:05:00,100"
    return [form.format(m=month, d=day) for day in range(first, last + 1)]


@pytest.fixture
def home(tmp_path) -> Path:
    """A data folder with one shop whose orders reach from 5 October to 1 November, and a weekly schedule."""
    orders(tmp_path / "data", *days(5, 31), *days(1, 1, 11))
    (tmp_path / "data" / "kpi.toml").write_text('[schedule]\nweek = "09:00"\ncatch_up = 3\n', "utf-8")
    return tmp_path / "data"


@pytest.fixture
def errand(home, book, monkeypatch):
    """`kpi run --due` at a moment."""
    monkeypatch.setattr("kpi_helpers.report.publish.NOTEBOOKS", book[0].parent)
    return lambda now=MONDAY, **more: run_due(str(home), home.parent / "reports", now=now, **more)


def outcomes(done) -> dict[str, str]:
    return {run.period: run.outcome for run in done.runs}


def test_due_reports_are_made_once_and_again_where_late_data_change_them(errand, home, tmp_path):
    first = errand()
    assert outcomes(first) == dict.fromkeys(["2026-W42", "2026-W43", "2026-W44"], "published") and first.status == 0
    assert first.runs[-1].lines == ["销售 700.0"]
    again = errand()
    assert set(outcomes(again).values()) == {"unchanged"} and again.status == 0
    orders(home, "9001,b77,2026-10-21 11:00:00,2026-10-21 11:02:00,50", name="late.csv")
    late = errand()
    assert outcomes(late) == {"2026-W42": "unchanged", "2026-W43": "restated", "2026-W44": "restated"}
    changed = {run.period: {item["metric"] for item in run.restated} for run in late.runs}
    assert "sales" in changed["2026-W43"] and all("28" in name for name in changed["2026-W44"]), "windows of 28 days"
    page = Path(late.runs[1].page).read_text("utf-8")
    assert "更正如下" in page and "¥700" in page and "¥750" in page and "数据晚到" in page
    assert list(listed(tmp_path / "reports")["outcome"]) == ["published"] * 3 + ["restated"] * 2
    line = overdue(str(home), tmp_path / "reports", datetime.fromisoformat("2026-11-16T16:00+08:00")).to_dict("records")
    assert [(x["newest_report"], x["late"]) for x in line] == [("2026-W44", "2026-W45 (late), 2026-W46 (late)")]


def test_data_are_waited_for_until_a_deadline(errand, home):
    (home / "kpi.toml").write_text('[schedule]\nweek = "09:00"\ncatch_up = 1\n', "utf-8")
    tuesday = datetime.fromisoformat("2026-11-09T10:00+08:00")
    early = errand(tuesday)
    assert outcomes(early)["2026-W45"] == "waiting" and early.status == 0 and early.waiting
    late = errand(tuesday.replace(hour=16))
    assert outcomes(late)["2026-W45"] == "late" and late.status == 1
    assert "只到 2026-11-01" in late.runs[-1].reason


def test_before_its_hour_a_report_is_not_due(home):
    sources.ingest([home / "raw"], home)
    desk = open_desk("店甲", home)
    assert [item.period.label for item in due(desk, MONDAY)] == ["2026-W42", "2026-W43", "2026-W44"]
    assert [item.period.label for item in due(desk, MONDAY.replace(hour=8))][-1] == "2026-W43"


def test_one_failing_shop_does_not_stop_the_others(errand, home):
    orders(home, *days(5, 31), *days(1, 1, 11), name="other.csv", shop="店乙")
    shops = '[schedule]\nweek = "09:00"\ncatch_up = 1\n[shops."店甲".schedule]\nweek = "nine"\n'
    (home / "kpi.toml").write_text(shops, "utf-8")
    done = errand()
    assert {(run.shop, run.outcome) for run in done.runs} == {("店乙", "published"), ("店甲", "failed")}
    assert done.status == 1 and any("'09:00'" in run.reason for run in done.runs)


def test_nothing_scheduled_is_said(errand, home):
    (home / "kpi.toml").unlink()
    with pytest.raises(KpiError, match="nothing is scheduled"):
        errand()


def test_force_and_other_parameters_make_it_again(home, book, tmp_path):
    sources.ingest([home / "raw"], home)
    wanted = {"data_dir": str(home), "reports_dir": tmp_path / "reports", "notebooks": book}
    for outcome in ("published", "unchanged"):
        assert make(open_desk("店甲", home), "2026-W44", Wanted(**wanted)).outcome == outcome
    assert make(open_desk("店甲", home), "2026-W44", Wanted(**wanted, force=True)).outcome == "published"
    changed = make(open_desk("店甲", home), "2026-W44", Wanted(**wanted, parameters={"compare_to": "year_before"}))
    assert changed.outcome == "published"


def test_backfill_resumes(home, book, tmp_path):
    wanted = Wanted(data_dir=str(home), reports_dir=tmp_path / "reports", notebooks=book)
    sources.ingest([home / "raw"], home)
    for last, outcomes in (("2026-W42", ["published"]), ("2026-W43", ["unchanged", "published"])):
        assert [run.outcome for run in backfill("2026-W42", last, "", wanted, show=False)] == outcomes


def test_backfill_on_a_cluster(home, book, tmp_path):
    """A real scheduler and two worker processes, all on loopback."""
    distributed = pytest.importorskip("distributed", reason="needs the extra `cluster`")
    sources.ingest([home / "raw"], home)
    wanted = Wanted(data_dir=str(home), reports_dir=tmp_path / "reports", notebooks=book)
    local = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with distributed.LocalCluster(**local) as cluster:
        address = cluster.scheduler_address
        done = backfill("2026-W42", "2026-W44", "", wanted, scheduler=address, show=False)
    assert address.startswith("tcp://127.0.0.1") and [run.outcome for run in done] == ["published"] * 3
    assert [run.lines for run in done] == [["销售 700.0"]] * 3
    with pytest.raises(KpiError, match="no Dask scheduler answers"):
        backfill("2026-W42", "2026-W42", "", wanted, scheduler="tcp://127.0.0.1:9", show=False)


def test_owners_are_told_once_of_a_file_that_was_not_read(home, errand):
    (home / "raw" / "notes.csv").write_text("a,b\n1,2\n", "utf-8")
    os.utime(home / "raw" / "notes.csv", (0, 0))
    told = []
    for _ in range(2):
        done = errand(tell=lambda chosen, run, folder: told.append(run))
        assert done.status == 1 and len(done.refused) == 1
    (new, again) = [run for run in told if not run.shop]
    assert new.bad and "notes.csv" in new.reason and not new.parameters
    assert again.parameters == {"again": True}, "which `tell` keeps to itself"


@pytest.mark.parametrize("given", [("2026-W42", "2026-10"), ("2026-W44", "2026-W42"), ("2026-10-01..2026-10-02",) * 2])
def test_spans_of_different_kinds_are_refused(given):
    with pytest.raises(KpiError):
        spans(*given)


def test_the_journal_survives_a_torn_line(tmp_path):
    append(tmp_path, Run("s", "2026", "zh", "published"))
    with (tmp_path / "runs.jsonl").open("a") as file:
        file.write('{"shop": "s", "per\n')
    append(tmp_path, Run("s", "2026", "zh", "failed"))
    assert [run.outcome for run in read(tmp_path)] == ["published", "failed"]


def test_the_commands(errand, home, tmp_path, monkeypatch):
    monkeypatch.setattr(kernels, "start", lambda: None)
    (home / "kpi.toml").write_text('[schedule]\nweek = "09:00"\ncatch_up = 1\n', "utf-8")
    folders = ["--data", str(home), "--reports", str(tmp_path / "reports")]
    ran = CliRunner().invoke(cli, ["run", "--due", "--now", "2026-11-03T12:00:00", *folders])
    assert ran.exit_code == 0 and ran.output.count("report-zh.html") == 1, ran.output
    told = CliRunner().invoke(cli, ["runs", "--format", "json", *folders[2:]])
    assert told.output.count('"published"') == 1
    late = CliRunner().invoke(cli, ["status", *folders])
    assert late.exit_code == 1 and "2026-W44" in late.output and "(late)" in late.output, "the data end weeks ago"
    (home / "kpi.toml").write_text("", "utf-8")
    assert CliRunner().invoke(cli, ["status", *folders]).exit_code == 0, "without a schedule nothing is late"
