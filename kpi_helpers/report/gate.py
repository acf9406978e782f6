"""What a page must pass before anyone may read it. Each check returns sentences; none means publish."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import nbformat

from kpi_helpers.charts.html import Html, words
from kpi_helpers.charts.page import plotly_js
from kpi_helpers.report.render import CHART, LEFT_OUT, Page, tags
from kpi_helpers.report.run import NUMBER

SECTION = "section"  # a cell with this tag must show something
SMALLEST, LARGEST = 2_000, 8_000_000  # bytes of a whole page
SMALLEST_SHARE, LARGEST_SHARE = 0.2, 5.0  # of the last good page of the same name
OUTSIDE = re.compile(
    r"""<(?:link|iframe|frame|object|embed|base|form|audio|video|source|meta\s+http-equiv=["']?refresh)\b"""
    r"""|<(?:script|img|image|use|input)\b[^>]*\s(?:src|srcset|href|xlink:href)\s*=\s*(?!["']?data:image/)[^\s>]+""",
    re.IGNORECASE,
)
STYLE = re.compile(r"""<style\b[^>]*>(.*?)</style>|\sstyle="([^"]*)\"""", re.IGNORECASE | re.DOTALL)
OUTSIDE_STYLE = re.compile(r"""url\(\s*(?!["']?(?:data:|\#))[^)]*|@import[^;]*""", re.IGNORECASE)
HELD = re.compile(r'<script type="(?:application/json|text/plain)">.*?</script>', re.DOTALL)
TAG = re.compile(  # ten times as fast as a parser
    r'<(?P<end>/?)(?!script|style|textarea|title)(?P<name>[a-z][a-z0-9-]*)(?:\s+[^\s"\'<>/=]+(?:="[^"<>]*")?)*\s*'
    r"(?P<alone>/?)>|<!--[^<>]*-->"
)
CARD = re.compile(
    r'<li\b[^>]*class="kpi-card" data-metric="(\w+)">(?:(?!</li>).)*?<p class="kpi-card-value"(?: title="([^"]*)")?>'
    r"([^<]*)</p>",
    re.DOTALL,
)
PROOF = re.compile(r'data-proof="(\w+)" data-value="([^"]*)"')
VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
# HTML lets these stay open.
OPTIONAL = frozenset(["p", "li", "dt", "dd", "td", "th", "tr", "thead", "tbody", "tfoot", "option", "colgroup"])


def check(page: Page) -> list[str]:
    """What keeps the content of a page from being published: errors, gaps, HTML that does not fit in."""
    return [*_errors(page), *_gaps(page), *_outputs(page), *_proven(page)]


def check_html(name: str, html: str, charts: int) -> list[str]:
    """What is wrong with a finished page as a whole; `charts` is how many its content has."""
    own, size = HELD.sub("", _without_library(html)), len(html.encode())
    problems = [f"{name}: it would load {found[:60]!r} from outside" for found in _outside(own)]
    if not SMALLEST <= size <= LARGEST:
        problems.append(f"{name}: {size:,} bytes is not the size of a report")
    if own.count(CHART) != charts:
        problems.append(f"{name}: {own.count(CHART)} of {charts} charts are in the page")
    if own.count("<h1") != 1 or own.count("<main") != 1:
        problems.append(f"{name}: the page has no single title or no single main part")
    return problems


def check_size(name: str, html: str, last: Path) -> list[str]:
    """What is odd about a page beside the last good one of the same name: it lost most of itself, or swelled."""
    was, now = last.stat().st_size if last.exists() else 0, len(html.encode())
    if was and not was * SMALLEST_SHARE <= now <= was * LARGEST_SHARE:
        return [f"{name}: {now:,} bytes where the last good one had {was:,}; publish it with --force if that is right"]
    return []


def _without_library(html: str) -> str:
    """Without the chart library, nine tenths of a page; found by how it begins: to look for a megabyte is slow."""
    library = plotly_js()
    at = html.find(library[:200])
    end = at + len(library)
    return html[:at] + html[end:] if at >= 0 and html[at:end] == library else html


def _outside(html: str) -> Iterator[str]:
    """What a browser would fetch for this HTML. Words of a buyer that look like an address are only text."""
    yield from (found[0] for found in OUTSIDE.finditer(html))
    styles = (block or attribute or "" for block, attribute in STYLE.findall(html))
    yield from (found[0] for style in styles for found in OUTSIDE_STYLE.finditer(style))


def _errors(page: Page) -> Iterator[str]:
    for number, cell in _numbered(page):
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            yield f"{page.name}: cell {number} ended in an error"


def _gaps(page: Page) -> Iterator[str]:
    """Sections that show nothing, results no page can show."""
    for number, cell in _numbered(page):
        if SECTION in tags(cell) and not cell.get("outputs"):
            yield f"{page.name}: the section of cell {number} is empty"
    yield from (f"{page.name}: {said}; show it with finish() or html_table()" for said in page.unshown)
    if not re.search(r"<(section|figure|table|p)\b", page.body):
        yield f"{page.name}: the page is empty"


def _outputs(page: Page) -> Iterator[str]:
    """HTML that would break the page around it, and scripts, which a report does not run."""
    for number, cell in _numbered(page):
        for html in _html(cell):
            if wrong := unbalanced(html):
                yield f"{page.name}: cell {number} shows HTML with <{wrong[0]}> opened or closed alone"
            if re.search(r"<script\b", HELD.sub("", html), re.IGNORECASE):
                yield f"{page.name}: cell {number} shows a script, which a report does not run"


def _proven(page: Page) -> Iterator[str]:
    """Cards that were not counted again from their rows, or do not say what the rows say (see study/proof.py)."""
    proofs = {metric: words(Html(value)) for metric, value in PROOF.findall(page.body)}
    for metric, full, shown in CARD.findall(page.body):
        said = words(Html(full or shown))
        if metric not in proofs:
            yield f"{page.name}: the card of {metric} was not checked against its rows; show study.proof({metric!r})"
        elif said != proofs[metric]:
            yield f"{page.name}: the card of {metric} shows {said}, its rows say {proofs[metric]}"


def _numbered(page: Page) -> Iterator[tuple[int, nbformat.NotebookNode]]:
    """The cells with their numbers in the notebook as people see it; what the run itself put in has none."""
    return ((cell.metadata.get(NUMBER, 0), cell) for cell in page.notebook.cells)


def _html(cell: nbformat.NotebookNode) -> list[str]:
    if LEFT_OUT & tags(cell):
        return []
    shown = (output.get("data", {}).get("text/html") for output in cell.get("outputs", []))
    return ["".join(html) for html in shown if html]


class _Balance(HTMLParser):
    """Keeps the tags that are open; `wrong` are those closed without being open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def read(self, tag: re.Match[str]) -> str:
        """A tag that TAG found, taken out of its text."""
        if tag["name"] and not tag["alone"]:
            self.handle_endtag(tag["name"]) if tag["end"] else self.handle_starttag(tag["name"], [])
        return ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID | OPTIONAL:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<path/>` opens and closes."""

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID | OPTIONAL:
            return
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.wrong.append(tag)


def unbalanced(html: str) -> list[str]:
    """The tags of a piece of HTML that are closed without being open, or open at its end."""
    found = _Balance()
    if "<" in TAG.sub(found.read, HELD.sub("", html)):  # not as the kit writes it: read as a browser would
        found = _Balance()
        found.feed(html)
        found.close()
    return found.wrong + found.open
