"""The cookbook and the start page run as they stand, and the cookbook finds what is planted in the sample shop."""

import re
from pathlib import Path

import nbformat
import pytest

import kpi_helpers as kpi
from kpi_helpers.report.parameters import read_parameters

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
BOOKS = ["90_cookbook", "start"]


def book(name: str) -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", 4)


@pytest.fixture(scope="module")
def answers(sample_store):
    """Every name the cookbook's cells set, on the sample shop."""
    known = {}
    for cell in book("90_cookbook").cells:
        if cell.cell_type == "code" and "explore" not in cell.metadata.get("tags", []):
            exec(cell.source.replace('data_dir = ""', f"data_dir = {str(sample_store)!r}"), known)
    return known


@pytest.mark.parametrize("name", BOOKS)
def test_shape(name):
    nbformat.validate(book(name))
    code = [cell for cell in book(name).cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert code[-1].metadata.tags == ["explore"]
    assert set(read_parameters(name, book(name))) <= {"period", "shop", "lang", "data_dir"}


def test_ten_questions_have_answers(answers):
    asked = [cell.source for cell in book("90_cookbook").cells if cell.source.startswith("## ")]
    assert [int(re.match(r"## (\d+)", text)[1]) for text in asked] == list(range(1, 11))
    names = ["questions", "emoticons", "scripts", "pairs", "staffing", "speed", "unanswered", "returning", "refunds"]
    assert all(len(answers[name]) for name in [*names, "handed_on"])


def test_the_planted_script_is_found(answers):
    scripts = answers["scripts"].sort_values("rate")
    assert scripts["script"].iloc[-1] == "赠品专享" and (scripts["paid"] <= scripts["sent"]).all()


def test_staffing_counts_the_chats(answers, sample_store):
    desk = kpi.open_desk(data_dir=sample_store)
    month = desk.period("latest-month")
    named = kpi.compute("received_chats", desk, month, by="agent").query("agent != '(unassigned)'")["value"].sum()
    assert answers["staffing"]["chats_an_hour"].sum() * month.days == pytest.approx(named, rel=0.01)


def test_buyers_stay_masked(answers, sample_store):
    assert kpi.sql("SELECT buyer_id FROM chats LIMIT 50", answers["desk"])["buyer_id"].str.contains(r"\*\*").all()


def test_the_start_page_says_what_there_is_and_what_to_do(sample_store, tmp_path):
    assert "2026-11-05" in kpi.start(sample_store) and "示例" not in kpi.start(sample_store, "en")
    for lang, said in (("zh", "kpi sample"), ("en", "Try the sample shop")):
        assert said in kpi.start(tmp_path, lang)


def test_the_lab_is_started_with_care(tmp_path, monkeypatch):
    import socket

    from kpi_helpers.explorer import lab

    assert f"--LabApp.default_url=/lab/tree/{lab.START}" in lab.command(no_browser=True)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(kpi.KpiError, match=f"port {port} is in use"):
            lab.command(port)
    with pytest.raises(kpi.KpiError, match=r"there is no start\.ipynb"):
        lab.command(notebooks=tmp_path)
    monkeypatch.setattr(lab, "find_spec", lambda name: None)
    with pytest.raises(kpi.KpiError, match="not installed"):
        lab.command()
    assert Path(lab.environment("data")["KPI_DATA"]).is_absolute()


def test_the_start_page_leads_to_every_notebook():
    links = set(re.findall(r"\]\((\w+)\.ipynb\)", book("start").cells[0].source))
    assert links == {path.stem for path in NOTEBOOKS.glob("[0-9]*.ipynb")}


def test_the_data_dictionary_lists_what_can_be_asked():
    from kpi_helpers.explorer.sql import documented

    text = (NOTEBOOKS.parent / "data" / "README.md").read_text("utf-8")
    for name, entry in documented().items():
        assert f"| `{name}` | {entry['en']} | {', '.join(f'`{column}`' for column in entry['columns'])} |" in text
