"""Published pages in a browser with no network: charts drawn, nothing asked for, readable on a phone."""

from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
from axe_playwright_python.sync_playwright import Axe

PAGES = ["10_toy_reception-zh.html", "10_toy_reception-en.html", "20_toy_sales-zh.html", "index.html", "report-zh.html"]
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def pages(toy_reports) -> Path:
    """The folder of the toy report."""
    return toy_reports[1].index.parent


@pytest.mark.parametrize("name", [*PAGES, "../../index.html"])
def test_opens_alone_in_silence_and_in_its_width(pages: Path, open_page, name: str) -> None:
    seen = open_page(pages / name, width=375)
    for width in (375, 1280):
        seen.page.set_viewport_size({"width": width, "height": 812})
        seen.charts_drawn()
        assert seen.page.evaluate(SIDEWAYS) <= 0
    assert (seen.requests, seen.console) == ([], [])


def test_draws_every_chart(pages: Path, open_page) -> None:
    assert open_page(pages / PAGES[0]).charts_drawn() == open_page(pages / PAGES[4]).charts_drawn() == 2


def test_nothing_offers_to_upload(pages: Path, open_page) -> None:
    seen = open_page(pages / PAGES[0])
    seen.charts_drawn()
    seen.page.hover(".kpi-plot")
    assert seen.page.locator(".modebar-btn").count() == 0
    assert seen.page.locator("[data-title*='loud'], [data-title*='hare']").count() == 0


def test_a_script_from_outside_the_page_does_not_run(pages: Path, open_page, tmp_path: Path) -> None:
    """The policy in the page stops what escaping might have missed."""
    hostile = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script></main>"
    text = (pages / PAGES[0]).read_text("utf-8").replace("</main>", hostile, 1)
    (tmp_path / "hostile.html").write_text(text, "utf-8")
    seen = open_page(tmp_path / "hostile.html")
    assert seen.charts_drawn() == 2
    assert seen.page.title() != "run"


def test_text_and_tables_need_no_script(pages: Path, browser: object) -> None:
    with browser.new_context(java_script_enabled=False, offline=True) as context:
        page = context.new_page()
        page.goto((pages / PAGES[0]).resolve().as_uri())
        assert page.locator("main h1").inner_text() == "接待"
        assert page.locator("main table").count() >= 1


def test_landmarks_and_language(pages: Path, open_page) -> None:
    page = open_page(pages / PAGES[0]).page
    counts = {name: page.locator(name).count() for name in ("header", "main", "footer", "h1")}
    assert counts == {"header": 1, "main": 1, "footer": 1, "h1": 1}
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.title().startswith("接待 · 示例 <旗舰店> · 2026 年第 44 周")


def test_every_page_leads_to_the_others(pages: Path, open_page) -> None:
    for name in [PAGES[0], PAGES[3], "../../index.html"]:
        links = open_page(pages / name).page.locator("a[href*='.html']").evaluate_all("a => a.map(x => x.href)")
        assert links and all(Path(unquote(urlparse(address).path)).exists() for address in links), name


def test_a_page_forwarded_alone_shows_no_dead_link(pages: Path, open_page, tmp_path: Path) -> None:
    at_home = open_page(pages / "report-zh.html").page.locator(".page-head nav a:visible")
    assert at_home.all_inner_texts() == ["English", "全部报告"]
    alone = tmp_path / "周报.html"
    alone.write_bytes((pages / "report-zh.html").read_bytes())
    assert open_page(alone).page.locator(".page-head a:visible").count() == 0
    assert open_page(alone).page.locator(".page-tabs a:visible").count() == 2, "links inside of the page stay"


def test_prints_on_paper_with_nothing_cut(pages: Path, open_page) -> None:
    seen = open_page(pages / PAGES[0])
    seen.charts_drawn()
    seen.page.set_viewport_size({"width": 703, "height": 1000})  # A4 less its margins, at 96 dots per inch
    seen.page.emulate_media(media="print")
    seen.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    seen.charts_drawn()
    widths = seen.page.locator(".kpi-plot .main-svg").evaluate_all("s => s.map(x => x.getBoundingClientRect().right)")
    assert max(widths) <= 703


@pytest.mark.parametrize("name", ["report-zh.html", "report-en.html", "index.html", "../../index.html"])
def test_axe_finds_nothing(pages: Path, browser: object, name: str) -> None:
    """WCAG 2.2, A and AA, with every chart drawn."""
    with browser.new_context(viewport={"width": 375, "height": 812}, offline=True, bypass_csp=True) as context:
        page = context.new_page()
        page.goto((pages / name).resolve().as_uri())
        page.wait_for_function("!document.querySelector('.kpi-plot:not(:has(.main-svg))')")
        rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
        assert [found["id"] for found in Axe().run(page, options=rules).response["violations"]] == []


def test_the_keyboard_reaches_the_parts_of_the_whole_report(pages: Path, open_page) -> None:
    page = open_page(pages / "report-zh.html", width=375).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "page-skip"
    page.focus(".page-tabs a:last-child")
    page.keyboard.press("Enter")
    assert page.evaluate("document.getElementById('20_toy_sales').getBoundingClientRect().top") < 800
