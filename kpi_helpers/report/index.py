"""The index of all reports, built from their records: shops, newest period first, how old it is."""

import re
from collections import defaultdict
from html import escape
from pathlib import Path
from urllib.parse import quote

from kpi_helpers.charts.html import tag
from kpi_helpers.report.frame import Frame
from kpi_helpers.report.pages import WHOLE, file_name
from kpi_helpers.report.record import Record, published
from kpi_helpers.report.words import days, moment, period_name, words
from kpi_helpers.store.commits import replace
from kpi_helpers.wording.names import escape_html

CARD = re.compile(  # name, value and line of a card; a mark such as "provisional" goes with the name
    r'<li class="kpi-card"[^>]*><p class="kpi-card-name">((?:(?!</p>).)*)</p><p class="kpi-card-value"[^>]*>([^<]*)</p>'
    r"(?:(?!</li>).)*?(<svg.*?</svg>)",
    re.DOTALL,
)
Found = list[tuple[Path, Record]]


def rebuild(reports_dir: Path, lang: str) -> Path:
    """Write `index.html` of a reports folder, its own words in `lang`. Returns its path."""
    shops: dict[str, Found] = defaultdict(list)
    for folder, record in published(reports_dir):
        shops[record.shop].append((folder, record))
    body = f"<h1>{escape(words(lang)['site_title'])}</h1>\n"
    body += "".join(_shop(shop, _in_one_language(found, lang), lang) for shop, found in sorted(shops.items()))
    path = reports_dir / "index.html"
    frame = Frame(words(lang)["site_title"], lang, foot=[[words(lang)["offline"]]], own=("age.js",))
    replace(path, frame.around(body))
    return path


def _in_one_language(found: Found, lang: str) -> Found:
    """Each period once, in `lang` where there is a choice; the one that ended last comes first."""
    by_period = {record.period: (folder, record) for folder, record in found if record.lang != lang}
    by_period |= {record.period: (folder, record) for folder, record in found if record.lang == lang}
    return sorted(by_period.values(), key=lambda pair: (pair[1].end, pair[1].start), reverse=True)


def _shop(shop: str, found: Found, lang: str) -> str:
    say = words(lang)
    newest, *earlier = found
    links = "".join(f"<li>{_link(*pair, escape(period_name(pair[1].span, lang)))}</li>" for pair in earlier)
    more = f'<p class="page-label">{say["earlier"]}</p><ul class="page-earlier">{links}</ul>' if earlier else ""
    first = f'<ul class="page-list"><li>{_newest(*newest, lang)}</li></ul>{_lines(*newest)}'
    return f"<h2>{escape_html(shop)}</h2>\n{first}{more}\n"


def _lines(folder: Path, record: Record) -> str:
    """The headline numbers of the newest report, each with its small line, as they stand on its first screen."""
    page = folder / file_name(WHOLE, record.lang)
    cards = CARD.findall(page.read_text("utf-8")) if page.exists() else []
    panels = (
        f'<li><div class="kpi-panel-head"><span class="kpi-panel-name">{name}</span><b>{value}</b></div>{line}</li>'
        for name, value, line in cards
    )
    return f'<div class="kpi"><ul class="kpi-panels">{"".join(panels)}</ul></div>' if cards else ""


def _newest(folder: Path, record: Record, lang: str) -> str:
    said = next((entry.headline for entry in record.pages if entry.headline), "")
    lines = f"<strong>{escape(period_name(record.span, lang))}</strong>"
    lines += f"<span>{escape(said)}</span>" if said else ""
    say = words(lang)
    made = say["made_ago"].format(made=moment(record.made_at))
    when = " · ".join(text for text in (days(record.span, lang), made) if text)
    age = tag("time", datetime=record.made, data_days=say["days_ago"], data_today=say["today"])
    return _link(folder, record, f"{lines}<small>{escape(when)} {age}</small>")


def _link(folder: Path, record: Record, html: str) -> str:
    address = "/".join(quote(part) for part in (*folder.parts[-2:], file_name("index", record.lang)))
    return f'<a href="{address}">{html}</a>'
