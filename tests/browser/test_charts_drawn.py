"""Every kind of chart in a real browser without a network: drawn, silent, in its width, safe, scrolled over."""

import base64
import hashlib
from pathlib import Path

import pytest
from chart_rows import HOSTILE
from test_charts import every_chart

from kpi_helpers import charts

expect = pytest.importorskip("playwright.sync_api").expect
KINDS = 8  # charts that the library draws; the others are HTML


def page_of(parts: dict[str, object]) -> str:
    """A page as the publisher makes it: style first, content, the two scripts last, nothing else allowed to run."""
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in charts.scripts()]
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes)
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {allowed}"
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    scripts = "".join(f"<script>{script}</script>" for script in charts.scripts())
    body = "".join(part._repr_html_() for part in parts.values())
    meta = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    style = f"<style>{charts.css()} body {{ margin: 12px }}</style>"
    held = f"<head>{meta}{head}<title>t</title>{style}</head><body>{body}{scripts}</body>"
    return f'<!doctype html><html lang="zh-CN">{held}'


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("charts") / "page.html"
    path.write_text(page_of(every_chart("zh", HOSTILE)), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [375, 1280])
def test_drawn_silent_and_in_its_width(hostile_page: Path, open_page, width: int) -> None:
    seen = open_page(hostile_page, width=width)
    assert seen.charts_drawn() == KINDS
    assert not seen.console and not seen.requests
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.page.locator(".modebar-btn, img").count() == 0


def test_hostile_names_are_drawn_as_they_are_written(hostile_page: Path, open_page) -> None:
    seen = open_page(hostile_page)
    seen.charts_drawn()
    labels = seen.page.locator(".kpi-plot .ytick text").all_text_contents()
    assert any(label.startswith("<img src=x one") for label in labels)
    assert any(label.startswith("%{x}<b>bold</b>") for label in labels)
    assert seen.page.locator(".kpi-plot a, .kpi-plot [onerror], .kpi-plot [onmouseover]").count() == 0


def test_a_chart_follows_its_width(hostile_page: Path, open_page) -> None:
    seen = open_page(hostile_page, width=1280)
    seen.charts_drawn()
    seen.page.set_viewport_size({"width": 400, "height": 800})
    drawn_anew = seen.page.locator('.kpi-plot[data-width="376"] .main-svg[width="376"]')
    expect(drawn_anew).to_have_count(KINDS * 3)  # plotly layers three drawings


def test_without_script_the_numbers_are_there(hostile_page: Path, browser) -> None:
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(hostile_page.as_uri())
    assert page.locator(".kpi-wait").count() == KINDS
    page.locator("details summary").first.click()
    assert page.locator("details[open] table").first.is_visible()
    context.close()


def test_a_chart_that_cannot_be_drawn_says_so_and_the_others_are_drawn(hostile_page: Path, tmp_path, browser) -> None:
    broken = tmp_path / "broken.html"
    data = '<script type="application/json">'
    broken.write_text(hostile_page.read_text("utf-8").replace(data, data + "{", 1), "utf-8")
    page = browser.new_context(offline=True).new_page()
    page.goto(broken.as_uri())
    expect(page.locator(".kpi-plot:has(.main-svg)")).to_have_count(KINDS - 1)
    expect(page.locator(".kpi-plot[data-failed] .kpi-wait")).to_have_css("opacity", "1", timeout=20_000)
    assert page.locator(".kpi-wait").count() == 1
    page.context.close()


def test_a_finger_scrolls_over_a_chart(hostile_page: Path, browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True, offline=True)
    page = context.new_page()
    page.goto(hostile_page.as_uri())
    expect(page.locator(".kpi-plot:not(:has(.main-svg))")).to_have_count(0)
    page.locator(".kpi-plot").nth(2).scroll_into_view_if_needed()
    before, touch = page.evaluate("scrollY"), context.new_cdp_session(page)
    top = page.locator(".kpi-plot").nth(2).bounding_box()["y"] + 60
    point = lambda y: [{"x": 190, "y": y}]  # noqa: E731
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": point(top)})
    for moved in range(10, 110, 10):
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": point(top - moved)})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(500)  # the scroll settles
    assert abs(page.evaluate("scrollY") - before) > 40
    context.close()
