"""Every field of a shop is hostile; the pages show it as text: nothing runs, loads or leaves its place."""

from pathlib import Path

import hostile
import pytest

from kpi_helpers import sources
from kpi_helpers.desk import open_desk
from kpi_helpers.report import report
from kpi_helpers.sample import generate

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What an attack would leave behind: its mark, a tag of its own, or a page that is no longer the kit's.
TRACES = """() => [
    window.hit,
    document.querySelectorAll('[onerror],[onload],[onfocus],[ontoggle],[onmouseover],[onstart],iframe,object,embed,base,form,marquee').length,
    document.querySelectorAll('h1').length,
    document.querySelectorAll('a[href^="javascript:" i],a[href^="data:" i],a[href^="http" i]').length,
]"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports folder of two weeks of a shop with a few hundred hostile agents, buyers, texts and titles."""
    home = tmp_path_factory.mktemp("hostile")
    generate(home / "sample", days=15, agents=90, buyers_per_day=150)
    hostile.poison(home / "sample")
    assert sources.ingest([home / "sample"], home).status == 0
    desk = open_desk(data_dir=home)
    report(desk, "latest-week", "zh", home, home / "reports")
    return home / "reports"


def test_the_corpus_is_a_few_hundred_different_texts() -> None:
    assert len(set(hostile.PAYLOADS)) == len(hostile.PAYLOADS) >= 300


def test_nothing_runs_loads_or_leaves_its_place(pages: Path, open_page) -> None:
    files = sorted(pages.rglob("*.html"))
    assert len(files) > 6
    for path in files:
        seen = open_page(path, width=375)
        dialogs = []
        seen.page.on("dialog", lambda dialog, dialogs=dialogs: (dialogs.append(dialog.message), dialog.dismiss()))
        seen.charts_drawn()
        for summary in seen.page.locator("summary").all():
            summary.click()
        assert seen.page.evaluate(TRACES) == [None, 0, 1, 0], path.name
        assert (seen.requests, seen.console, dialogs) == ([], [], []), path.name
        assert seen.page.evaluate(SIDEWAYS) <= 0, path.name
        seen.page.close()
