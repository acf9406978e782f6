"""The kit's own notebooks on the sample shop: published whole, then read in a browser with no network."""

from pathlib import Path

import pytest

from kpi_helpers.report.publish import NOTEBOOKS

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
OURS = sorted(path.stem for path in NOTEBOOKS.glob("[0-8]*.ipynb"))
pytestmark = pytest.mark.skipif(not OURS, reason="no notebooks yet")


@pytest.fixture(scope="module")
def pages(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the sample shop's last complete week, in Chinese."""
    from kpi_helpers.desk import open_desk
    from kpi_helpers.report import report

    desk = open_desk(data_dir=sample_store)
    return report(desk, "latest-week", "zh", sample_store, tmp_path_factory.mktemp("kit")).index.parent


@pytest.mark.parametrize("name", OURS)
def test_the_page_is_whole_and_keeps_to_itself(pages: Path, open_page, name: str) -> None:
    seen = open_page(pages / f"{name}-zh.html", width=375)
    for width in (375, 1280):
        seen.page.set_viewport_size({"width": width, "height": 812})
        seen.charts_drawn()
        assert seen.page.evaluate(SIDEWAYS) <= 0
    assert seen.page.locator(".modebar-btn").count() == 0
    assert seen.page.locator("main :is(select, input, button, .jupyter-widgets, [data-pick])").count() == 0
    assert (seen.requests, seen.console) == ([], [])


def test_the_pages_are_small_enough_to_send(pages: Path) -> None:
    sizes = {path.name: path.stat().st_size for path in pages.glob("*.html")}
    assert max(sizes.values()) <= 1_600_000, sizes
