"""The whole report in one file: the overview first, then every analysis, to be forwarded as it is."""

import re

from kpi_helpers.charts.html import Html, tag
from kpi_helpers.charts.pieces import pieces, without
from kpi_helpers.report.files import period_slug
from kpi_helpers.report.frame import Frame, Line, Link
from kpi_helpers.report.record import Record
from kpi_helpers.report.render import Page
from kpi_helpers.report.words import days, period_name, words
from kpi_helpers.store.names import slug

ONCE = ("meaning", "provenance")  # what every notebook says and a report says once, at its end
HEADING = re.compile(r"(</?h)([1-4])\b")
TITLE = re.compile(r"<h1\b[^>]*>.*?</h1>", re.DOTALL)
QUESTION = re.compile(r'<p class="kpi-question">.*?</p>', re.DOTALL)
CARD = re.compile(r'<section class="kpi-definition">.*?</section>', re.DOTALL)
INPUTS = re.compile(r'<p class="kpi kpi-inputs">.*?</p>', re.DOTALL)
EMPTY = re.compile(r'<section class="(?:result|text)">\s*</section>\s*')


def whole(made: list[Page], record: Record, links: list[Link], foot: list[list[str]]) -> str:
    """One page with the content of all, the chart library once; links at the top lead to its parts."""
    when, say = period_name(record.span, record.lang), words(record.lang)
    body = (
        tag("h1", when) + _said_once("".join(_part(page, page is made[0]) for page in made)) + _end(made, record.lang)
    )
    until = say["data_until"].format(until=record.data_until) if record.data_until else ""
    head = [
        Line("page-shop", [record.shop]),
        Line("page-when", [t for t in (days(record.span, record.lang), until) if t]),
    ]
    parts = [Link(f"#{page.name}", page.title) for page in made]
    title, home = f"{record.shop} · {when} · {say['whole']}", f"{slug(record.shop)}/{period_slug(record.period)}"
    frame = Frame(title, record.lang, head, links, parts, foot, home=home)
    return frame.around(body, charts=any(page.charts for page in made))


def _part(page: Page, first: bool) -> Html:
    """The content of one page below a heading; the first one's gives way to the report's own."""
    body = page.body
    for name in ONCE:
        body = without(name, body)
    body = (
        QUESTION.sub("", TITLE.sub("", body, count=1), count=1)
        if first
        else HEADING.sub(lambda found: f"{found[1]}{int(found[2]) + 1}", body)
    )
    return tag("section", Html(EMPTY.sub("", body)), id=page.name, class_="page-part", aria_label=page.title)


def _said_once(body: str) -> Html:
    """Without the line on the data where a part before has the very same."""
    seen: set[str] = set()

    def first(found: re.Match) -> str:
        again = found[0] in seen
        seen.add(found[0])
        return "" if again else found[0]

    return Html(EMPTY.sub("", INPUTS.sub(first, body)))


def _end(made: list[Page], lang: str) -> Html:
    """Every definition once, and where the numbers come from."""
    found = {name: [piece for page in made for piece in pieces(name, page.body)] for name in ONCE}
    cards = dict.fromkeys(card for piece in found["meaning"] for card in CARD.findall(piece))
    meaning = tag("h2", words(lang)["meaning"]) + tag("div", Html("".join(cards)), class_="kpi kpi-definitions")
    return Html((meaning if cards else "") + "".join(found["provenance"][:1]))
