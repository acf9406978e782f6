"""The notebooks: their shape, that each runs as it stands, and that nothing a shop lacks breaks a page."""

import ast
import re
from datetime import date
from functools import cache
from pathlib import Path

import nbformat
import papermill
import pytest

import kpi_helpers as kpi
from kpi_helpers import sources
from kpi_helpers.charts.html import words
from kpi_helpers.metrics import metrics
from kpi_helpers.report import report
from kpi_helpers.report.parameters import read_parameters
from kpi_helpers.study import Study
from kpi_helpers.study.missing import told
from kpi_helpers.study.texts import word

ROOT = Path(__file__).resolve().parent.parent
BOOKS = sorted((ROOT / "notebooks").glob("[0-8]*.ipynb"))  # those that are published
NAMES = ["00_overview", "05_data_quality", "10_reception", "20_sales", "30_aov", "40_success_rate", "50_workload"]
PARAMETERS = {"period": "latest-week", "shop": "", "lang": "zh", "compare_to": "previous", "audience": "shop"}
PARAMETERS["data_dir"] = ""
by_name = pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)


@cache
def book(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, 4)


def code(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in book(path).cells if cell.cell_type == "code"]


def tags(cell: nbformat.NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


def own_lines(cell: nbformat.NotebookNode) -> list[str]:
    return [line for line in cell.source.splitlines() if line.strip()]


def test_the_notebooks():
    assert [path.stem for path in BOOKS] == NAMES


@by_name
def test_shape(path):
    nbformat.validate(book(path))
    assert book(path).metadata.kernelspec.name == "python3"
    assert len({cell.id for cell in book(path).cells}) == len(book(path).cells)
    assert all(not cell.outputs and cell.execution_count is None for cell in code(path))
    assert book(path).cells[0].source.startswith("# ")
    assert tags(code(path)[-1]) == {"explore"}


@by_name
def test_parameters_are_explained_literals(path):
    assert read_parameters(path.name, book(path)) == PARAMETERS
    lines = own_lines(next(cell for cell in code(path) if "parameters" in tags(cell)))
    comments = [line.partition("  # ")[2] for line in lines]
    assert all(comments) and not any("=" in comment for comment in comments)


@by_name
def test_budgets(path):
    """At most 45 lines of code, 4 a cell (a call set over several lines is one), no functions, no dates, no styling."""
    ours = [cell for cell in code(path) if "parameters" not in tags(cell)]
    assert sum(len(own_lines(cell)) for cell in code(path)) <= 60
    assert all(len(ast.parse(cell.source).body) <= 4 for cell in ours)
    assert not any(
        isinstance(node, ast.FunctionDef | ast.Lambda) for c in ours for node in ast.walk(ast.parse(c.source))
    )
    everything = "\n".join(cell.source for cell in ours)
    assert not re.search(r"\d{4}|\bcolor\b|update_layout|<\w+>|#[0-9a-fA-F]{6}", everything)


@by_name
def test_metrics_and_texts_exist(path):
    """A name that nobody knows would fail at run time, in one shop only."""
    strings = [
        node.value
        for cell in code(path)
        if "parameters" not in tags(cell)
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    pages = {key.removeprefix("page.").removesuffix("_title") for key in word.records if key.endswith("_title")}
    sections = {key.removeprefix("section.") for key in word.records if key.startswith("section.")}
    assert set(strings) <= set(metrics()) | pages | sections


def test_texts_say_both_languages_and_no_numbers_of_data():
    for key, pair in word.records.items():
        assert pair["zh"] and pair["en"], key
        assert set(re.findall(r"{(\w+)}", pair["zh"])) == set(re.findall(r"{(\w+)}", pair["en"])), key


def test_counts_are_explained_by_names_the_registry_knows():
    assert {key.removeprefix("count.") for key in word.records if key.startswith("count.")} <= set(metrics())


@by_name
def test_runs_with_defaults_under_stock_papermill(path, sample_store, monkeypatch):
    monkeypatch.setenv("KPI_DATA", str(sample_store))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    done = papermill.execute_notebook(path, None, kernel_name="python3", progress_bar=False)
    shown = [out.data["text/html"] for cell in done.cells for out in cell.get("outputs", []) if "text/html" in out.data]
    assert "kpi-plot" in "".join(shown) and 'class="kpi-headline"' in "".join(shown)
    assert "kpi-setup" in shown[0]


def test_published_pages_have_charts_and_findings(sample_store, tmp_path):
    made = report(kpi.open_desk(data_dir=sample_store), "latest-week", "zh", sample_store, tmp_path)
    pages = {entry.name: entry for entry in made.record.pages}
    assert list(pages) == NAMES
    assert all(entry.charts >= 2 and entry.headline for entry in pages.values())
    assert pages["40_success_rate"].title == "询单转化率"
    whole = made.index.with_name("report-zh.html")
    assert 1_200_000 < whole.stat().st_size <= 1_600_000, "one file, small enough to be forwarded"


@pytest.fixture(scope="module")
def sample_desk(sample_store):
    return kpi.open_desk(data_dir=sample_store)


@by_name
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_one_language_a_page(path, lang, sample_desk):
    """Headings, findings, chart titles and inputs; names of agents and shops stay as they are."""
    page = "".join(part for part in shown(sample_desk, path, "latest-week", lang) if isinstance(part, str))
    said = re.findall(r'<h2>(.*?)</h2>|class="kpi-(?:subtitle|source|headline)">(.*?)</p>|<dd>(.*?)</dd>', page)
    texts = [words(text) for found in said for text in found if text]
    assert len(texts) > 10
    assert all(bool(re.search("[一-鿿]", text)) == (lang == "zh") for text in texts)


@pytest.fixture(scope="module")
def orders_only(tmp_path_factory):
    """A shop of which there are orders without buyers, and nothing else."""
    home = tmp_path_factory.mktemp("orders")
    times = [f"2026-03-{day:02d} 10:0{n}" for day in range(1, 22) for n in range(3)]
    rows = [f"A,{at},{time}:00,{time}:30,100" for at, time in enumerate(times)]
    (home / "orders.csv").write_text("shop_id,order_id,created_at,paid_at,paid_amount\n" + "\n".join(rows), "utf-8")
    sources.ingest([home / "orders.csv"], home)
    return kpi.open_desk(data_dir=home)


def shown(desk, path: Path, period: str, lang: str = "zh") -> list[object]:
    """What the cells of a notebook return, on a desk that is open already; explorer included."""
    known = {"study": Study(desk, period, "previous", lang), "data_dir": "", "kpi": kpi}
    results = []
    for cell in code(path):
        body = ast.parse("" if "open_desk" in cell.source or "parameters" in tags(cell) else cell.source).body
        if body:
            exec(compile(ast.Module(body[:-1], []), path.stem, "exec"), known)
            results.append(eval(compile(ast.Expression(body[-1].value), path.stem, "eval"), known))
    return results


def apart(results: list[object]) -> tuple[str, list[object]]:
    """(the line of inputs, everything else)."""
    inputs = next(part for part in results if "kpi-inputs" in str(part) and "kpi-compared" not in str(part))
    return str(inputs), [part for part in results if part is not inputs]


@by_name
def test_a_shop_without_chats_and_buyers(path, orders_only):
    inputs, rest = apart(shown(orders_only, path, "2026-W11"))
    assert words(inputs).count("以下指标无法计算") == 1
    assert not any("本店没有这项数据" in str(part) for part in rest)
    assert ("¥2,100" in "".join(map(str, rest))) == (path.stem in ("00_overview", "20_sales", "30_aov"))


@by_name
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_period_without_data_is_a_sentence(path, lang, orders_only):
    inputs, rest = apart(shown(orders_only, path, "2019-W10", lang))
    said = "没有任何数据" if lang == "zh" else "There are no data"
    assert said in words(inputs) and "kpi-headline" in inputs
    assert sum(part is not None for part in rest) == 2  # provenance and explorer


def test_what_is_missing_is_grouped_and_in_words(orders_only):
    rows = kpi.compute(["sales", "sales_per_buyer", "reply_rate", "visitors"], orders_only, "2026-W11")
    assert told(rows, "zh") == (
        "这家店没有带买家信息的订单，以下指标无法计算：客单价；没有聊天记录：回复率；没有访客数据：访客数。"
    )


def test_half_a_week_at_the_start_is_not_compared(orders_only):
    """The data begin on Sunday 1 March: that week is no week to compare with."""
    study = Study(orders_only, "2026-W10")
    assert study.row("sales")["value"] == 2100
    assert study.row("sales", study.before)["value"] != study.row("sales", study.before)["value"]
    assert list(study.history("sales")["period_start"]) == [date(2026, 3, 2)]


def test_the_period_to_compare_with_can_be_chosen(orders_only):
    assert Study(orders_only, "2026-W11", "2026-W10").before.label == "2026-W10"
    assert Study(orders_only, "2026-W11", "year_before").before.label == "2025-W11"
    with pytest.raises(kpi.KpiError, match="not a period"):
        _ = Study(orders_only, "2026-W11", "last").before


def test_the_filtered_add_up(sample_store):
    study = Study(kpi.open_desk(data_dir=sample_store), "latest-week")
    cells = re.findall(r'kpi-number">([\d,]+)<', study.filtered())
    assert sum(int(cell.replace(",", "")) for cell in cells) == study.row("filtered_buyers")["value"]
