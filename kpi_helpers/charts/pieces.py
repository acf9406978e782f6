"""Pieces that a report of many parts shows once: marked where they are made, taken out where parts are joined."""

import re

from kpi_helpers.charts.html import Html


def marked(name: str, html: str) -> Html:
    """`html` with marks around it that no reader sees."""
    return Html(f"<!--kpi-{name}-->{html}<!--/kpi-{name}-->")


def pieces(name: str, html: str) -> list[Html]:
    """The pieces of that name in `html`, in order."""
    return [Html(found) for found in _pattern(name).findall(html)]


def without(name: str, html: str) -> str:
    """`html` without its pieces of that name."""
    return _pattern(name).sub("", html)


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(f"<!--kpi-{name}-->(.*?)<!--/kpi-{name}-->", re.DOTALL)
