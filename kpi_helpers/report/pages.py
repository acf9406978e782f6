"""The pages of one report as files: a page for each notebook, and one that lists them in each language."""

from html import escape

from kpi_helpers.report.frame import Frame, Line, Link
from kpi_helpers.report.record import Entry, Record
from kpi_helpers.report.render import Page
from kpi_helpers.report.whole import whole
from kpi_helpers.report.words import LANGS, days, moment, other, period_name, words

WHOLE = "report"  # everything in one file
ABSENT = ' hidden=""'  # of the link to the other language, in frame.html.j2
SITE = "../../index.html"  # the index of all reports, from a report's folder


def file_name(name: str, lang: str) -> str:
    """`10_reception` in Chinese is `10_reception-zh.html`."""
    return f"{name}-{lang}.html"


def all_pages(made: list[Page], record: Record, before: Record | None) -> dict[str, str]:
    """File name -> HTML of everything a report consists of.

    `before` is the record of the same report in the other language, when there is one; its list is made anew
    as well, so that each leads to the other.
    """
    html = {file_name(page.name, record.lang): _page(page, record) for page in made}
    html[file_name(WHOLE, record.lang)] = whole(made, record, _whole_links(record, before), _foot(record))
    for one, twin in [(record, before), *([(before, record)] if before else [])]:
        html[file_name("index", one.lang)] = contents(one, twin)
    return {**html, "index.html": html[file_name("index", record.lang)]}


def contents(record: Record, twin: Record | None = None) -> str:
    """The page that lists the pages of a report."""
    say = words(record.lang)
    title = f"{record.shop} · {period_name(record.span, record.lang)}"
    all_of_it = Entry(WHOLE, say["whole"], say["whole_text"])
    rows = "".join(_row(entry, record.lang) for entry in [all_of_it, *record.pages])
    body = f"<h1>{escape(period_name(record.span, record.lang))}</h1>\n"
    body += f'<p class="page-when">{escape(days(record.span, record.lang))}</p><ul class="page-list">{rows}</ul>'
    links = [*_twin_link("index", twin), Link(SITE, say["site"])]
    return Frame(title, record.lang, _head(record)[:1], links, foot=_foot(record)).around(body)


def _page(page: Page, record: Record) -> str:
    title = f"{page.title} · {record.shop} · {period_name(record.span, record.lang)}"
    frame = Frame(title, record.lang, _head(record), _links(record), _tabs(record, page.name), _foot(record))
    return frame.around(page.body, charts=page.charts > 0)


def _whole_links(record: Record, twin: Record | None) -> list[Link]:
    """The other language's stays hidden until that report is there (`shown_twin`)."""
    lang = other(record.lang)
    to_twin = Link(file_name(WHOLE, lang), words(lang)["name"], lang=LANGS[lang], absent=twin is None)
    return [to_twin, Link(SITE, words(record.lang)["site"])]


def shown_twin(html: str) -> str:
    """A whole report whose twin is there now."""
    return html.replace(ABSENT, "", 1)


def _twin_link(name: str, twin: Record | None) -> list[Link]:
    """To the same page in the other language, where there is one."""
    return [Link(file_name(name, twin.lang), words(twin.lang)["name"], lang=LANGS[twin.lang])] if twin else []


def _head(record: Record) -> list[Line]:
    when = [text for text in (period_name(record.span, record.lang), days(record.span, record.lang)) if text]
    known = [Line("page-until", [words(record.lang)["data_until"].format(until=record.data_until)])]
    return [Line("page-shop", [record.shop]), Line("page-when", when), *(known if record.data_until else [])]


def _links(record: Record) -> list[Link]:
    say = words(record.lang)
    first = [Link(file_name("index", record.lang), say["period_index"]), Link(SITE, say["site"])]
    return [Link(file_name(WHOLE, record.lang), say["whole"]), *first]


def _tabs(record: Record, here: str) -> list[Link]:
    return [Link(file_name(entry.name, record.lang), entry.title, entry.name == here) for entry in record.pages]


def _foot(record: Record) -> list[list[str]]:
    say = words(record.lang)
    made = [say["made"].format(made=moment(record.made_at)), say["run"].format(run=record.run)]
    return [made, [say["offline"]]]


def _row(entry: Entry, lang: str) -> str:
    headline = f"<span>{escape(entry.headline)}</span>" if entry.headline else ""
    title = f"<strong>{escape(entry.title)}</strong>"
    return f'<li><a href="{file_name(entry.name, lang)}">{title}{headline}</a></li>'
