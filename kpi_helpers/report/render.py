"""From an executed notebook to the content of a page, by nbconvert and our own template."""

import re
import warnings
from dataclasses import dataclass, field

import nbformat

from kpi_helpers.charts.html import Html, tag
from kpi_helpers.charts.html import words as plain
from kpi_helpers.charts.page import without_setup
from kpi_helpers.report.run import Executed

LEFT_OUT = {"parameters", "injected-parameters", "explore", "remove"}
TITLE = re.compile(r"<h1\b[^>]*>(.*?)</h1>", re.DOTALL)
HEADLINE = re.compile(r"""<(\w+)\b[^>]*\sclass=["']?[^"'>]*\bkpi-headline\b[^>]*>(.*?)</\1>""", re.DOTALL)
BARE = re.compile(r'(?<=\n)<table\b|(?<=class="result">)<table\b')  # scroll by themselves: the keyboard must reach them
CHART = 'class="kpi-plot"'


@dataclass(frozen=True)
class Page:
    """The content of one notebook's page; `body` has one h1, `headline` is its finding in plain text."""

    name: str
    title: str
    headline: str
    body: str = field(repr=False)
    notebook: nbformat.NotebookNode = field(repr=False)
    unshown: list[str] = field(default_factory=list)

    @property
    def charts(self) -> int:
        """How many charts it draws."""
        return self.body.count(CHART)


def render(done: Executed) -> Page:
    """The page of an executed notebook; code, parameters and widgets are not in it."""
    from kpi_helpers.report.exporter import exporter  # nbconvert, loaded while the first notebook runs

    notebook = _trimmed(done.notebook)
    shown = nbformat.NotebookNode({**notebook, "cells": [cell for cell in notebook.cells if not LEFT_OUT & tags(cell)]})
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        body, _ = exporter().from_notebook_node(shown)
    body, title = _one_h1(BARE.sub('<table tabindex="0"', body), done.job.name)
    found = HEADLINE.search(body)
    unshown = [str(warning.message) for warning in said if "able to be represented" in str(warning.message)]
    return Page(done.job.name, title, plain(Html(found[2])) if found else "", body, notebook, unshown)


def _trimmed(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy without what pages bring themselves (library, style) or never show (warnings on stderr)."""
    copy = nbformat.from_dict(notebook)
    for cell in copy.cells:
        shown = [out for out in cell.get("outputs", []) if out.get("name") != "stderr"]
        cell.update({"outputs": [kept for out in shown if (kept := _without_setup(out))]} if "outputs" in cell else {})
    return copy


def _without_setup(output: nbformat.NotebookNode) -> nbformat.NotebookNode | None:
    """An output without the notebook's own copy of the chart library; None when nothing else was in it."""
    html = output.get("data", {}).get("text/html")
    if html is None:
        return output
    output.data["text/html"] = without_setup("".join(html))
    return output if output.data["text/html"].strip() else None


def _one_h1(body: str, name: str) -> tuple[str, str]:
    """The body with its first h1 as the only one, at its place or on top, and the title that stands there."""
    first = TITLE.search(body)
    title = plain(Html(first[1])).strip() if first else re.sub(r"^\d+_", "", name).replace("_", " ")
    if not first:
        return f"{tag('h1', title)}\n{body}", title
    later = TITLE.sub(r"<h2>\1</h2>", body[first.end() :])
    return body[: first.end()] + later, title


def tags(cell: nbformat.NotebookNode) -> set[str]:
    """What a cell is tagged with."""
    return set(cell.metadata.get("tags", []))
