"""How large published pages are and how soon a reader sees something, in Chromium, at full speed and as on a phone."""

import argparse
import platform
import shutil
import statistics
from pathlib import Path

HERE = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SLOWER = {"as it is": 1, "4 times slower": 4}  # four times slower is what browser tools call a mid phone
READY = "window.kpiCharts ? window.kpiCharts.drawn > 0 : true"


def main() -> None:
    """Open every page several times; print and keep a table."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("pages", type=Path, nargs="+", help="published pages, or the folder of one report")
    given.add_argument("--runs", type=int, default=5)
    chosen = given.parse_args()
    folders = [path for path in chosen.pages if path.is_dir()]
    found = [path for path in chosen.pages if path.is_file()]
    write(measure(found + [page for folder in folders for page in sorted(folder.glob("*-*.html"))], chosen.runs))


def measure(pages: list[Path], runs: int) -> dict[str, list[str]]:
    """page -> MB, then per speed the median milliseconds until the first contentful paint and the first chart."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=next(filter(None, map(shutil.which, BROWSERS))))
        return {page.stem: [_size(page), *_speeds(browser, page, runs)] for page in pages}


def _size(page: Path) -> str:
    return f"{page.stat().st_size / 1e6:.2f}"


def _speeds(browser: object, page: Path, runs: int) -> list[str]:
    times = [[_opened(browser, page, slower) for _ in range(runs)] for slower in SLOWER.values()]
    return [f"{statistics.median(column):,.0f}" for runs_ in times for column in zip(*runs_, strict=True)]


def _opened(browser: object, page: Path, slower: int) -> tuple[float, float]:
    """Milliseconds from the start of loading until the first paint with content and until the first chart is drawn."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, offline=True)
    tab = context.new_page()
    context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    tab.goto(page.resolve().as_uri())
    tab.wait_for_function(READY)
    chart = tab.evaluate("performance.now()")
    painted = tab.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN")
    context.close()
    return painted, chart


def write(found: dict[str, list[str]]) -> None:
    """Print the table and add it to RESULTS.md."""
    heads = ["MB", *(f"{what}, {speed}" for speed in SLOWER for what in ("first paint", "first chart"))]
    lines = [f"\n## Pages in Chromium, milliseconds\n\n2 cores, Python {platform.python_version()}, 390 px wide.\n"]
    lines += [f"| page | {' | '.join(heads)} |", f"| --- |{' ---: |' * len(heads)}"]
    lines += [f"| {name} | {' | '.join(values)} |" for name, values in found.items()]
    print("\n".join(lines))
    with (HERE / "RESULTS.md").open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
