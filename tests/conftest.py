"""Fixtures that several tests share: a published toy report, and a browser without a network."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import hypothesis
import pytest

os.environ["KPI_LANG"] = "en"  # what the tests compare sentences with
# The same examples in every run, so that a green run stays green; KPI_EXPLORE=1 looks for new ones.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=1000)
hypothesis.settings.load_profile("explore" if os.environ.get("KPI_EXPLORE") else "same")

ROOT = Path(__file__).resolve().parent.parent
TOYS = sorted((ROOT / "tests" / "fixtures" / "notebooks").glob("*.ipynb"))
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = ["--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-component-update"]


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose store holds a small sample shop: 5 weeks until 2026-11-05, 6 agents, 2 teams."""
    from kpi_helpers import sources
    from kpi_helpers.sample import generate

    home = tmp_path_factory.mktemp("data")
    generate(home / "sample", days=35, agents=6, buyers_per_day=120)
    sources.ingest([home / "sample"], home)
    return home


@pytest.fixture(scope="session")
def toy_reports(tmp_path_factory: pytest.TempPathFactory):
    """A reports folder with one toy report in both languages. Returns (folder, what was published in zh)."""
    from kpi_helpers.report import report

    folder = tmp_path_factory.mktemp("reports")
    published = report("示例 <旗舰店>", "2026-W44", "zh", reports_dir=folder, notebooks=TOYS)
    report("示例 <旗舰店>", "2026-W44", "en", reports_dir=folder, notebooks=TOYS)
    return folder, published


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; the test is skipped, with the reason, where there is none."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    return found or pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[object]:
    """A headless browser, shared by all tests."""
    from playwright.sync_api import sync_playwright

    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=[*QUIET, *sandbox])
        yield opened
        opened.close()


@dataclass
class Opened:
    """A page in the browser, and what it did: asked for, said on the console, raised."""

    page: object
    requests: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def charts_drawn(self, seconds: float = 10) -> int:
        """Wait until every chart of the page is drawn; how many there are."""
        from playwright.sync_api import expect

        expect(self.page.locator(".kpi-plot:not(:has(.main-svg))")).to_have_count(0, timeout=seconds * 1000)
        return self.page.locator(".kpi-plot").count()


@pytest.fixture
def open_page(browser: object) -> Iterator[object]:
    """open_page(path, width=1280): the file in a browser with its network off; requests are noted."""
    contexts = []

    def opened(path: Path, width: int = 1280, height: int = 900) -> Opened:
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
        contexts.append(context)
        seen = Opened(context.new_page())
        address = path.resolve().as_uri()
        context.route("**/*", lambda route: route.continue_() if route.request.url == address else route.abort())
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.on("console", lambda message: seen.console.append(message.text))
        seen.page.on("pageerror", lambda error: seen.console.append(str(error)))
        seen.page.goto(address)
        seen.requests.remove(address)
        return seen

    yield opened
    for context in contexts:
        context.close()
