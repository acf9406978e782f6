"""The frame around every page: head, landmarks, style, scripts, and a policy that forbids the network."""

from base64 import b64encode
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape

from kpi_helpers.charts.page import css as chart_css
from kpi_helpers.charts.page import scripts as chart_scripts
from kpi_helpers.report.words import LANGS, words
from kpi_helpers.wording.names import clean

HERE = Path(__file__).parent / "template"


@dataclass(frozen=True)
class Link:
    """A link of a page's navigation: relative address, text, whether it is this page, the language there.

    `absent`: the page is not there yet; the link is hidden until it is.
    """

    href: str
    text: str
    here: bool = False
    lang: str = ""
    absent: bool = False


@dataclass(frozen=True)
class Line:
    """A line of the page's header: the class that styles it, and parts that are not broken on a phone."""

    style: str
    parts: list[str]


@dataclass(frozen=True)
class Frame:
    """Everything around the content of a page."""

    title: str
    lang: str
    head: list[Line] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    pages: list[Link] = field(default_factory=list)
    foot: list[list[str]] = field(default_factory=list)
    own: tuple[str, ...] = ()  # names of scripts in template/ that run on this page
    home: str = ""  # the end of the path of the folder in which the links lead somewhere

    def around(self, body: str, charts: bool = False) -> str:
        """The whole page as HTML; `charts` brings the chart library, once, after the content."""
        held = chart_scripts() if charts else []
        values: dict[str, Any] = {
            name: getattr(self, name) for name in ("title", "head", "links", "pages", "foot", "home")
        }
        values |= {
            "title": clean(self.title),
            "head": [Line(line.style, [clean(part) for part in line.parts]) for line in self.head],
        }
        values |= {"say": words(self.lang), "lang_tag": LANGS[self.lang], "body": body, "css": _css()}
        own = [_text(name) for name in (*self.own, *(("home.js",) if self.home else ()))]
        values |= {"scripts": held, "own": own, "start": _text("start.js")}
        values |= {"policy": policy([*held, *own, _text("start.js")])}
        return _environment().get_template("frame.html.j2").render(values)


def policy(scripts: list[str]) -> str:
    """A content security policy that runs these scripts and no other, and loads nothing from anywhere."""
    hashes = " ".join(f"'sha256-{_hash(text)}'" for text in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(HERE), autoescape=select_autoescape(default=True))


@cache
def _text(name: str) -> str:
    return (HERE / name).read_text("utf-8")


def _css() -> str:
    return _text("frame.css") + chart_css()
