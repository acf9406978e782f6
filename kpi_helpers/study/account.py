"""What frames the findings: the question, the inputs, what is missing, and where every number came from."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from kpi_helpers.charts import Chart, Column, Html, html_table, setup
from kpi_helpers.charts.html import tag
from kpi_helpers.charts.pieces import marked
from kpi_helpers.desk import Desk, find_data
from kpi_helpers.engine.clock import to_date
from kpi_helpers.engine.nearby import shared_folder
from kpi_helpers.quality import kept
from kpi_helpers.store.store import Store
from kpi_helpers.study import missing
from kpi_helpers.study.shared import once
from kpi_helpers.study.texts import listed, word
from kpi_helpers.study.volume import COUNTED, in_period, volume
from kpi_helpers.wording.formats import show, show_span

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study

CALM, ANSWER = "kpi kpi-inputs", "kpi-headline"  # the answer of a page that has no findings is what is missing
MEANING = "meaning"  # the section of definitions, which a report of many parts shows once
PACKAGES = ("kpi-notebooks", "duckdb", "pandas", "plotly")
SECRET = ("notify",)  # where messages go: no business of a page's readers


def opening(study: Study, page: str) -> Html:
    """The page's title and question, and before them, as the first output of a notebook, the chart library.

    Not in a run, whose pages bring their own: it is most of what a notebook holds.
    """
    title = tag("h1", word(f"page.{page}_title", study.lang))
    question = tag("p", word(f"page.{page}_question", study.lang), class_="kpi-question")
    return Html((Html() if shared_folder() else setup()) + title + question)


def section(study: Study, key: str, *shown: Chart | Html | None) -> Html | None:
    """A heading, what to look for, and what is shown below it; None when there is nothing to show."""
    found = [Html(part._repr_html_()) for part in shown if part is not None]
    if not found:
        return None
    read = word.records.get(f"section.{key}_text")
    head = [tag("h2", word(f"section.{key}", study.lang))]
    head += [tag("p", word(f"section.{key}_text", study.lang))] if read else []
    body = Html("".join([*head, *found]))
    return marked(key, body) if key == MEANING else body


def inputs(study: Study, *names: str) -> Html:
    """One calm line: rows, days covered, settled or provisional; and once, which of the metrics cannot be known."""
    if not (counts := _counts(study)):
        return tag("p", _nothing(study), class_=f"{CALM} {ANSWER}")
    covered = word("inputs.line", study.lang, rows=listed(counts, study.lang), days=_days(study))
    basis, absent = _basis(study, names), missing.told(study.rows(names), study.lang)
    first = tag("p", _join([covered, _state(study, names), basis, _quality(study)], study), class_=CALM)
    style = CALM if study.available(*names) else f"{CALM} {ANSWER}"
    return Html(first + (tag("p", absent, class_=style) if absent else ""))


def provenance(study: Study, data_dir: str = "") -> Html:
    """Where the numbers come from: parameters, days per table, rows used and set aside, settings, versions."""
    tables = [_facts(study), _files(study, find_data(data_dir)), _settings(study)]
    notes = tag("p", word("provenance.claim", study.lang))
    summary = tag("summary", word("provenance.summary", study.lang))
    return marked("provenance", tag("details", summary, notes, *tables, class_="kpi kpi-data"))


def files_read(desk: Desk) -> list[dict]:
    """What became of every file (or sheet) of a shop, the last time it was read and not taken back."""
    return once(desk, "files read", lambda: _files_read(desk)) if desk.home else []


def _files_read(desk: Desk) -> list[dict]:
    entries = [entry for commit in Store(desk.home).history.live() for entry in commit.files]
    mine = [entry for entry in entries if not entry["shops"] or desk.shop in entry["shops"]]
    return list({(entry["sha256"], entry["name"]): entry for entry in mine}.values())


def _quality(study: Study) -> str:
    """Rows set aside and findings, as kept with the last ingest; "" when there is nothing to say."""
    if not study.desk.home:
        return ""
    aside = sum(entry["set_aside"] for entry in files_read(study.desk))
    counts = {"aside": aside, "found": len(kept(study.desk.home).get(study.desk.shop, []))}
    said = [word(f"inputs.{key}", study.lang, n=show(n, "count", study.lang)) for key, n in counts.items() if n]
    return word("inputs.quality", study.lang, what=listed(said, study.lang)) if said else ""


def _counts(study: Study) -> list[str]:
    """聊天 1,234 条, for every table with rows in the period."""
    counted = {name: sum(in_period(study, name)) for name in volume(study)}
    return [
        word(f"rows.{name}", study.lang, n=show(rows, "count", study.lang)) for name, rows in counted.items() if rows
    ]


def _days(study: Study) -> str:
    """7 of 7 days: of the busiest kind of table."""
    busy = [name for name in ("messages", "orders", "agent_daily") if name in study.desk.coverage.spans]
    covered = max(len(in_period(study, name)) for name in busy)
    key = "inputs.all_days" if covered >= study.period.days else "inputs.some_days"
    return word(key, study.lang, covered=covered, days=study.period.days)


def _state(study: Study, names: tuple[str, ...]) -> str:
    """Until when the data reach, and which of the page's numbers will still change."""
    known = study.available(*names)
    late = [missing.label(name, study.lang) for name in known if study.row(name)["provisional"]]
    key = "provisional" if late else "settled" if known else "until"
    return word(f"inputs.{key}", study.lang, until=study.desk.data_until, names=listed(late, study.lang))


def _nothing(study: Study) -> str:
    """What to say of a period without a single row."""
    firsts = [span[0] for name, span in study.desk.coverage.spans.items() if name in COUNTED]
    span = show_span(study.period.start, study.period.end, study.lang)
    first = to_date(min(firsts))
    return word("inputs.nothing", study.lang, span=span, first=first, until=study.desk.data_until)


def _basis(study: Study, names: tuple[str, ...]) -> str:
    """What the numbers rest on where they are not counted from chats and orders."""
    bases = {basis for row in study.rows(names)["basis"] for basis in row.split(", ")}
    said = [word(f"basis.{key}", study.lang) for key in ("summed_over_agents", "reweighted") if key in bases]
    return _join(said, study)


def _join(parts: list[str], study: Study) -> str:
    return (" " if study.lang == "en" else "").join(parts)


def _facts(study: Study) -> Html:
    """Parameters, data until, versions."""
    items = {
        "shop": study.desk.shop,
        "period": f"{study.period.label} ({show_span(study.period.start, study.period.end, study.lang)})",
        "compared": f"{study.before.label} ({show_span(study.before.start, study.before.end, study.lang)})",
        **{
            f"rows.{name}_table": show_span(to_date(span[0]), to_date(span[1] + 1), study.lang)
            for name, span in study.desk.coverage.spans.items()
            if name in COUNTED
        },
        "versions": listed(_versions(), study.lang),
        "python": platform.python_version(),
    }
    named = {key if "." in key else f"provenance.{key}": value for key, value in items.items()}
    rows = [{"item": word(key, study.lang), "value": str(value)} for key, value in named.items()]
    return _two(rows, "facts", study.lang)


def _files(study: Study, home: Path) -> Html:
    """Every file read for this shop: rows read, used, set aside, and why."""
    files = [entry for commit in Store(home).commits() for entry in commit.files]
    mine = [entry for entry in files if not entry["shops"] or study.desk.shop in entry["shops"]]
    rows = [{**entry, "why": listed([f"{k}: {v}" for k, v in entry["reasons"].items()], study.lang)} for entry in mine]
    if study.outside:  # people name files after shops and agents
        rows = [row | {"name": word("files.nth", study.lang, n=at)} for at, row in enumerate(rows, 1)]
    keys = {"name": "", "read": "count", "used": "count", "set_aside": "count", "why": ""}
    columns = {key: Column(word(f"files.{key}", study.lang), unit) for key, unit in keys.items()}
    frame = pd.DataFrame(rows, columns=list(columns))
    return html_table(frame, columns, lang=study.lang, caption=word("provenance.files", study.lang))


def _settings(study: Study) -> Html:
    values = {key: value for key, value in study.desk.settings.values.items() if key not in SECRET}
    rows = [{"item": key, "value": _plain(value)} for key, value in values.items()]
    return _two(rows, "settings", study.lang)


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(inner)}" for key, inner in value.items()) or "-"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _two(rows: list[dict[str, str]], key: str, lang: str) -> Html:
    columns = {name: Column(word(f"provenance.{name}", lang)) for name in ("item", "value")}
    return html_table(pd.DataFrame(rows), columns, lang=lang, caption=word(f"provenance.{key}", lang))


@cache
def _versions() -> list[str]:
    return [f"{name} {_version(name)}" for name in PACKAGES]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "?"
