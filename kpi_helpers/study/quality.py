"""How far the data can be trusted: what was set aside, what is settled, what disagrees."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from kpi_helpers import metrics
from kpi_helpers.charts import Column, Html, html_table, labels
from kpi_helpers.charts.html import tag
from kpi_helpers.engine.clock import to_date
from kpi_helpers.errors import said
from kpi_helpers.metrics.compute import compute
from kpi_helpers.periods import Period
from kpi_helpers.quality import Finding, review, told
from kpi_helpers.sources.layouts import layouts
from kpi_helpers.store.totals import SAYS
from kpi_helpers.study import compare
from kpi_helpers.study.account import ANSWER, files_read
from kpi_helpers.study.calendar import missing_days, rows_in, span_of
from kpi_helpers.study.shared import once
from kpi_helpers.study.texts import listed, word
from kpi_helpers.wording.formats import show

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study

BOTH = (
    "received_buyers",
    "buyer_messages",
    "agent_messages",
    "inquiring_buyers",
    "orders_paid",
    "paying_buyers",
    "sales",
)
MOST = 12  # files that are named
LIKELY = 0.02  # raw tables and a vendor's report that differ by less agree


def trust(study: Study) -> Html | None:
    """The answer of the page: are all days there, how much was set aside, how much disagrees."""
    if not rows_in(study):
        return None
    gone = missing_days(study)
    read, aside = _read(study)
    key = "trust.gaps" if gone else "trust.rest" if compare.begun(study) else "trust.whole"
    days = len({day for lacking in gone.values() for day in lacking})
    tables = listed([word(f"rows.{name}_table", study.lang) for name in gone], study.lang)
    apart = len(_findings(study)) + len(both_counts(study)) + len(_totals(study))
    parts = [
        *compare.begun(study),
        word(key, study.lang, n=days, tables=tables),
        word("trust.found", study.lang, n=apart),
    ]
    if read:
        shown = {"read": show(read, "count", study.lang), "aside": show(aside, "count", study.lang)}
        parts.insert(-1, word("trust.aside", study.lang, **shown))
    return tag("p", (" " if study.lang == "en" else "").join(parts), class_=ANSWER)


def _read(study: Study) -> tuple[int, int]:
    """Rows read and set aside, in all files."""
    files = files_read(study.desk)
    return sum(entry["read"] for entry in files), sum(entry["set_aside"] for entry in files)


def set_aside(study: Study) -> Html | None:
    """Rows set aside by what the files were taken for and by reason; beside them the rows read and used."""
    files = files_read(study.desk)
    if not files or not rows_in(study):
        return None
    named = {layout.name: layout.label[study.lang] for layout in layouts()}
    rows: dict[tuple[str, str], int] = {}
    for entry in files:
        for reason, n in entry["reasons"].items():
            key = named.get(entry["layout"], entry["layout"]), said(reason, study.lang)
            rows[key] = rows.get(key, 0) + n
    read, aside = _read(study)
    refused = _refused(study)
    line = {"files": sum(not entry["error"] for entry in files), "read": read, "used": read - aside, "aside": aside}
    shown = {key: show(n, "count", study.lang) for key, n in line.items()}
    first = tag("p", word("aside.line", study.lang, **shown))
    if refused:
        names = listed(refused[:MOST] + ["…"] * (len(refused) > MOST), study.lang)
        first = Html(first + tag("p", word("aside.refused", study.lang, n=len(refused), names=names)))
    if not rows:
        return first
    frame = pd.DataFrame([(*key, n) for key, n in sorted(rows.items(), key=lambda item: -item[1])])
    frame.columns = ["layout", "why", "rows"]
    units = {"why": "", "rows": "count", "layout": ""}
    columns = {key: Column(word(f"aside.{key}", study.lang), unit) for key, unit in units.items()}
    return Html(first + html_table(frame, columns, lang=study.lang, caption=word("aside.caption", study.lang)))


def _refused(study: Study) -> list[str]:
    """The names of files that nothing was taken from; outside of the shop, none."""
    files = files_read(study.desk)
    taken = {entry["name"] for entry in files if not entry["error"]}
    gone = [entry["name"] for entry in files if entry["error"] and entry["name"] not in taken]
    return [] if study.outside else sorted(set(gone))


def settled(study: Study, *names: str) -> Html | None:
    """Until which day each metric will not change any more."""
    until = {name: _settled(study, name) for name in study.available(*names)}
    known = [(metrics.get(name).label[study.lang], str(day)) for name, day in until.items() if day]
    if not known:
        return None
    columns = {key: Column(word(f"settled.{key}", study.lang)) for key in ("metric", "day")}
    frame = pd.DataFrame(known, columns=list(columns))
    return html_table(frame, columns, lang=study.lang, caption=word("settled.caption", study.lang))


def _settled(study: Study, name: str) -> date | None:
    """The last day whose window is closed, of raw tables."""
    parts = [metrics.fact(part) for part in metrics.get(name).facts]
    open_from = [study.desk.coverage.mature_until(part, study.desk.settings) for part in parts]
    return None if None in open_from else to_date(min(open_from) - 1)


# -- what disagrees -----------------------------------------------------------------------------------------


def _findings(study: Study) -> list[Finding]:
    """Findings of the period."""
    start, end = span_of(study)
    there = [*study.desk.coverage.spans, *(["chats"] if "messages" in study.desk.coverage.spans else [])]
    lines = study.desk.con.execute("SELECT EXISTS (FROM raw_order_lines)").fetchone()[0]
    there += ["order_lines"] if lines else []
    return once(study.desk, f"findings {start} {end}", lambda: review((study.desk.con, there), start, end))


def conflicts(study: Study) -> Html | None:
    """Counts that cannot be and sources that disagree, in sentences; and the shop's own count beside the vendor's."""
    if not rows_in(study):
        return None
    found = [_for_readers(one, study) for one in _findings(study)]
    lines = [*(told(one, study.lang) for one in found), *_totals(study)]
    first = tag("ul", *(tag("li", line) for line in lines)) if lines else None
    first = first or tag("p", word("conflicts.none", study.lang))
    beside = both_counts(study)
    if beside.empty:
        return first
    columns = {key: Column(word(f"conflicts.{key}", study.lang), right=key != "metric") for key in beside}
    table = html_table(beside, columns, lang=study.lang, caption=word("conflicts.caption", study.lang))
    return Html(first + table)


def _totals(study: Study) -> list[str]:
    """Reports whose total row is not what the agents add up to, whatever their days; outside of the shop, none."""
    entries = [] if study.outside else files_read(study.desk)
    notes = [(entry["name"], note) for entry in entries for note in entry["notes"] if SAYS in note]
    return [f"{name}: {said(note, study.lang)}" for name, note in notes]


def _for_readers(found: Finding, study: Study) -> Finding:
    """The finding; outside of the shop without the order it gives as an example."""
    known = found.example in metrics.facts() or not found.example
    return found if known or not study.outside else replace(found, example="***")


def both_counts(study: Study) -> pd.DataFrame:
    """Facts that the shop's own rows and a vendor's report both count, added up over the agent-days that both have.

    One row a fact that differs by 2 % or more, in words: metric, raw, vendor, gap (share of the vendor's). Raw is used.
    """
    start, end = span_of(study)
    found = []
    for name in [name for name in BOTH if name in study.desk.vendor_facts]:
        raw, theirs = _both(study, name, start, end)
        if theirs and abs(raw - theirs) >= LIKELY * theirs:
            unit = metrics.get(name).unit
            gap = labels.percent((raw - theirs) / theirs, study.lang)
            shown = [show(n, unit, study.lang) for n in (raw, theirs)]
            found.append((metrics.get(name).label[study.lang], *shown, gap))
    return pd.DataFrame(found, columns=["metric", "raw", "vendor", "gap"])


def _both(study: Study, name: str, start: int, end: int) -> tuple[float, float]:
    """A fact as counted and as printed, over the agent-days of [start, end) that both sources have."""
    raw_days = study.desk.coverage.raw_days([metrics.fact(name)], start, end, by_agent=True)
    first, last = (max(start, raw_days[0]), min(end - 1, raw_days[1])) if raw_days else (1, 0)
    known = "fact = ? AND day BETWEEN ? AND ? AND value IS NOT NULL"
    asked = f"SELECT day, agent_id, SUM(value) FROM vendor_facts WHERE {known} GROUP BY 1, 2"
    rows = study.desk.con.execute(asked, [name, first, last]).fetchall()
    if not rows:
        return 0.0, 0.0
    given = {(to_date(day), agent): float(n) for day, agent, n in rows}
    mine = compute(name, study.desk, Period(to_date(first), to_date(last + 1), "range", ""), by="agent,day")
    counted = {
        (day, agent): n for day, agent, n in zip(mine["day"], mine["agent"], mine["value"], strict=True) if n == n
    }
    both = given.keys() & counted.keys()
    return sum(counted[key] for key in both), sum(given[key] for key in both)
