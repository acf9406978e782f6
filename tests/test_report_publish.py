"""A report is published whole or not at all; the last good one stays; the owner is told what happened."""

import json
import re
from pathlib import Path

import pytest

from kpi_helpers.charts.pieces import marked
from kpi_helpers.errors import KpiError
from kpi_helpers.report import ReportFailed, files, index, report
from kpi_helpers.report.pages import all_pages
from kpi_helpers.report.record import Record
from kpi_helpers.report.render import Page
from kpi_helpers.report.whole import whole

TOYS = sorted(Path(__file__).with_name("fixtures").glob("notebooks/*.ipynb"))


@pytest.fixture
def zh(toy_reports) -> dict[str, str]:
    """File name -> text of the Chinese toy report."""
    folder = toy_reports[1].index.parent
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


@pytest.fixture
def no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail when anything is run."""
    monkeypatch.setattr("kpi_helpers.report.publish.execute_all", lambda *a, **k: pytest.fail("a kernel was started"))


def test_a_page_per_notebook_and_the_lists(toy_reports, zh: dict[str, str]) -> None:
    folder, published = toy_reports
    pages = {f"{name}-{lang}.html" for name in ("report", *(path.stem for path in TOYS)) for lang in ("zh", "en")}
    lists = {"index.html", "index-zh.html", "index-en.html", "run-zh.json", "run-en.json"}
    assert set(zh) == pages | lists
    assert (folder / "index.html").exists() and not list(folder.glob(".run-*"))
    assert [path.name for path in published.paths] == ["10_toy_reception-zh.html", "20_toy_sales-zh.html"]


def test_code_widgets_and_parameters_are_not_in_the_page(zh: dict[str, str]) -> None:
    page = zh["10_toy_reception-zh.html"]
    for gone in ("CANARY-WIDGET", "CANARY-REMOVED", "go.Figure", "import plotly", "data_dir"):
        assert gone not in page
    assert "CANARY-SHOP: 示例 &lt;旗舰店&gt; 2026-W44" in page


def test_the_chart_library_is_in_a_page_once_and_after_the_text(zh: dict[str, str]) -> None:
    page = zh["10_toy_reception-zh.html"]
    assert page.count("kpi-setup") == 0 and len(re.findall(r'<script type="text/plain">', page)) == 2
    assert page.index("</main>") < page.index('<script type="text/plain">')
    assert '<script type="text/plain">' not in zh["20_toy_sales-zh.html"], "no chart, no library"


def test_the_other_language_is_offered_once_it_is_there(zh: dict[str, str]) -> None:
    assert 'hidden=""' not in zh["report-zh.html"] + zh["report-en.html"], "zh was first, and is brought up to date"
    assert 'href="report-en.html"' in zh["report-zh.html"]
    days = {"start": "2026-10-26", "end": "2026-11-02", "data_until": "2026-11-01"}
    made = {"lang": "zh", "made": "2026-11-02T09:00:00+08:00", "seconds": 1.0, "pages": []}
    record = Record(run="r", shop="示例", period="2026-W44", kind="week", **days, **made)
    page = Page("10_one", "一", "", '<p class="kpi kpi-inputs">共 3 条。</p><p>一</p>', 0)
    other = Page("20_two", "二", "", '<p class="kpi kpi-inputs">共 3 条。</p><p>二</p>', 0)
    alone = all_pages([page, other], record, None)["report-zh.html"]
    assert '<a href="report-en.html" lang="en" hreflang="en" hidden="">' in alone
    assert alone.count("共 3 条") == 1, "what the parts have in common is said once"


def test_the_whole_report_is_one_file(zh: dict[str, str]) -> None:
    page = zh["report-zh.html"]
    assert page.count("<h1>") == 1 and "<h1>2026 年第 44 周</h1>" in page
    assert [found for found in re.findall(r'<section id="(\w+)"', page)] == [path.stem for path in TOYS]
    assert page.count('class="kpi-plot"') == 2 and page.count('<script type="text/plain">') == 2
    assert "CANARY-SHOP" in page and "CANARY-WIDGET" not in page and 'href="report-zh.html"' in zh["report-en.html"]


def test_definitions_and_provenance_stand_once_at_the_end() -> None:
    said = marked("meaning", '<h2>x</h2><section class="kpi-definition">A</section>') + marked("provenance", "FROM")
    made = [Page(name, name, "", f"<h1>{name}</h1><h2>{name} part</h2>{said}", None) for name in ("one", "two")]
    record = Record("r", "s", "2026-W44", "week", "2026-10-26", "2026-11-02", "en", "2026-11-02T09:00", "", 1.0, [])
    page = whole(made, record, [], [])
    assert page.count(">A<") == page.count("FROM") == 1 and page.index("two part") < page.index(">A<")
    assert "<h2>one part</h2>" in page and "<h3>two part</h3>" in page, "below the title of its part"


def test_findings_lead_to_their_pages(toy_reports, zh: dict[str, str]) -> None:
    said = "本周接待 1,284 人，比上周多 6.2%；3 分钟回复率 91.4%，持平。"
    assert 'href="index-zh.html"' in zh["index.html"], "the last one made, with a link to the other language"
    assert said in zh["index-zh.html"] and 'href="10_toy_reception-zh.html"' in zh["index-zh.html"]
    assert "示例 &lt;旗舰店&gt;" in (toy_reports[0] / "index.html").read_text("utf-8")


def test_the_record_says_what_was_run(zh: dict[str, str]) -> None:
    record = json.loads(zh["run-zh.json"])
    assert (record["shop"], record["period"], record["start"]) == ("示例 <旗舰店>", "2026-W44", "2026-10-26")
    assert [entry["charts"] for entry in record["pages"]] == [2, 0]
    assert set(record["versions"]) >= {"python", "papermill", "plotly"}


@pytest.mark.usefixtures("no_kernel")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"parameters": {"perod": "x"}}, "unknown parameter"),
        ({"lang": "fr"}, "unknown language 'fr'"),
        ({"period": "2026-W99"}, "is not a period"),
        ({"notebooks": [Path("none.ipynb")]}, "there is no notebook none.ipynb"),
    ],
)
def test_a_mistake_is_told_before_anything_runs(tmp_path: Path, changes: dict, said: str) -> None:
    asked = {"desk_or_shop": "s", "period": "2026-W44", "notebooks": TOYS, "reports_dir": tmp_path} | changes
    with pytest.raises(KpiError, match=said):
        report(**asked)
    assert not list(tmp_path.iterdir())


def test_a_failed_run_leaves_the_last_good_report(tmp_path: Path) -> None:
    asked = {"desk_or_shop": "s", "period": "2026-W44", "reports_dir": tmp_path}
    good = report(**asked, notebooks=TOYS[1:])
    before = {path: path.read_bytes() for path in good.index.parent.iterdir()}
    broken = tmp_path / "30_broken.ipynb"
    broken.write_text(TOYS[1].read_text("utf-8").replace("rows = ", "raise ValueError('<b>no</b>') #"), "utf-8")
    with pytest.raises(ReportFailed, match="30_broken: ValueError") as failed:
        report(**asked, notebooks=[TOYS[1], broken])
    told = failed.value.page.read_text("utf-8")
    assert "&lt;b&gt;no&lt;/b&gt;" in told and "第 4 格" in told and "period = &#x27;2026-W44&#x27;" in told
    assert {path: path.read_bytes() for path in good.index.parent.iterdir()} == before
    report(**asked, notebooks=TOYS[1:])
    assert not failed.value.page.exists(), "a good run takes the failure page away"


def test_a_page_that_does_not_pass_is_not_published(tmp_path: Path) -> None:
    silent = tmp_path / "30_silent.ipynb"
    silent.write_text(TOYS[1].read_text("utf-8").replace("HTML(f", "_ = (f"), "utf-8")
    with pytest.raises(ReportFailed, match="the section of cell 4 is empty"):
        report("s", "2026-W44", reports_dir=tmp_path / "out", notebooks=[silent])
    assert not list((tmp_path / "out").glob("*/2026-W44/*"))


@pytest.mark.parametrize("exchange", [True, False])
def test_a_folder_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool) -> None:
    if not exchange:
        monkeypatch.setattr(files, "_exchange", lambda one, other: False)
    new, target = tmp_path / "new", tmp_path / "shop" / "2026"
    for text in ("first", "second"):
        new.mkdir()
        (new / text).touch()
        files.switch(new, target)
        assert [path.name for path in target.iterdir()] == [text]
        files.shutil.rmtree(new, ignore_errors=True)
    assert [path.name for path in target.parent.iterdir()] == ["2026"]


def test_what_a_killed_run_left_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / ".run-left" / "2026").mkdir(parents=True)
    with files.private_folder(tmp_path) as work:
        assert [path for path in tmp_path.glob(".run-*")] == [work]
    assert not list(tmp_path.glob(".run-*"))


def test_an_interrupted_switch_is_put_right(tmp_path: Path) -> None:
    (tmp_path / "2026.old").mkdir()
    files.recover(tmp_path / "2026")
    assert [path.name for path in tmp_path.iterdir()] == ["2026"]


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KpiError, match="cannot write to"), files.private_folder(tmp_path / "file"):
        pass


def test_the_index_shows_the_first_screen_of_the_newest_report_and_its_age(tmp_path: Path) -> None:
    folder = tmp_path / "s" / "2026-W44"
    folder.mkdir(parents=True)
    record = Record(
        "r", "s", "2026-W44", "week", "2026-10-26", "2026-11-02", "zh", "2026-11-02T09:00:00+08:00", "", 1.0, []
    )
    (folder / "run-zh.json").write_text(record.json(), "utf-8")
    head = '<li class="kpi-card" data-metric="sales"><p class="kpi-card-name">销售额</p>'
    card = head + '<p class="kpi-card-value">¥1</p>{}</li>'
    (folder / "report-zh.html").write_text(card.format("") + card.format("<p>x</p><svg>LINE</svg>"), "utf-8")
    page = index.rebuild(tmp_path, "zh").read_text("utf-8")
    assert page.count("<svg>LINE</svg>") == 1 and '<span class="kpi-panel-name">销售额</span><b>¥1</b>' in page
    assert '<time datetime="2026-11-02T09:00:00+08:00"' in page and "sha256-" in page
