"""What is passed on says what the page says: five lines, every figure, nothing that a spreadsheet calculates."""

import csv

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from kpi_helpers.charts.html import Html, tag
from kpi_helpers.errors import KpiError
from kpi_helpers.report import browser, share

EVIL = ["=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "-7.4 个百分点"]


def page(*rows: str) -> str:
    cells = "".join(f"<tr><th>{tag('b', row)}</th><td>{tag('i', row)}</td></tr>" for row in rows)
    value = '<p class="kpi-card-value" title="¥123,456">12 万</p>'
    card = f'<li class="kpi-card"><p class="kpi-card-name">销售额</p>{value}</li>'
    table = f"<table><caption>T</caption><thead><tr><th>who</th><th>=n</th></tr></thead><tbody>{cells}</tbody></table>"
    said = '<p class="kpi-headline">一</p><ul><li>二</li><li>三</li><li>四</li><li>五</li></ul>'
    part = f'<section class="page-part" aria-label="总览"><ul>{card}</ul>{said}{table}</section>'
    return Html(f'<p class="page-shop">店</p><h1>W44</h1>{part}<script type="text/plain"><table></table></script>')


@pytest.fixture
def report(tmp_path):
    (tmp_path / "report-zh.html").write_text(page(*EVIL, "12", "-3.5%"), "utf-8")
    return share.read(tmp_path / "report-zh.html")


def test_five_lines(report):
    assert share.summary(report).split("\n") == ["店 · W44", "一", "二", "三", "四"]


def test_every_figure_with_its_place(report):
    rows = share.figures(report, "zh")
    assert rows[0] == {"part": "总览", "table": "首屏数字", "row": "销售额", "column": "", "value": "¥123,456"}
    assert len(rows) == 1 + len(EVIL) + 2 and rows[-2] | {"row": "12", "value": "12"} == rows[-2]


def test_no_formula_in_csv_or_xlsx(report, tmp_path):
    rows = share.figures(report, "zh")
    share.write_csv(rows, tmp_path / "f.csv")
    share.write_xlsx(rows, tmp_path / "f.xlsx")
    with (tmp_path / "f.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [value for line in list(csv.reader(file))[1:] for value in line]
    assert not [cell for cell in cells if cell[:1] in "=+-@\t" and cell and cell not in ("12", "-3.5%")]
    assert {"'=1+1", "'-7.4 个百分点", "-3.5%"} <= set(cells)
    sheet = load_workbook(tmp_path / "f.xlsx").active
    found = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in found} == {"s"} and "=1+1" in {cell.value for cell in found}


def test_what_goes_to_outsiders_comes_from_their_report(sample_store, tmp_path):
    from kpi_helpers.cli import cli
    from kpi_helpers.store.names import slug
    from kpi_helpers.store.store import Store

    (shop,) = Store(sample_store).shops()
    for folder, who in ((tmp_path, "小麦"), (tmp_path / "external", "客服甲")):
        (folder / slug(shop) / "2026-W44").mkdir(parents=True)
        (folder / slug(shop) / "2026-W44" / "report-zh.html").write_text(page(who), "utf-8")
    asked = ["share", "--period", "2026-W44", "--reports", str(tmp_path), "--data", str(sample_store)]
    asked += ["--lang", "zh", "--out", str(tmp_path / "out"), "--audience", "external"]
    assert CliRunner().invoke(cli, asked).exit_code == 0
    (table,) = (tmp_path / "out").glob("*-external.csv")
    assert "客服甲" in table.read_text("utf-8-sig") and "小麦" not in table.read_text("utf-8-sig")


def test_without_a_report_or_a_browser_there_is_a_sentence(tmp_path, monkeypatch):
    with pytest.raises(KpiError, match="make it first"):
        share.read(tmp_path / "report-zh.html")
    monkeypatch.setattr(browser.shutil, "which", lambda name: None)
    monkeypatch.setattr(browser, "PLACES", ())
    monkeypatch.delenv("KPI_CHROMIUM", raising=False)
    with pytest.raises(KpiError, match="need Chromium, Chrome or Edge"):
        browser.find()
