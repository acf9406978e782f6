"""`report`: run the notebooks of a period, check their pages, and put them in the place of the last ones."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from threading import Lock
from time import perf_counter
from typing import Any

from kpi_helpers import periods
from kpi_helpers.desk import Desk, find_data
from kpi_helpers.engine.nearby import sharing
from kpi_helpers.errors import KpiError
from kpi_helpers.periods import Period
from kpi_helpers.report import failure, gate, index
from kpi_helpers.report.files import period_slug, private_folder, switch
from kpi_helpers.report.pages import WHOLE, all_pages, file_name, shown_twin
from kpi_helpers.report.record import Entry, Record, read, versions
from kpi_helpers.report.render import Page, render
from kpi_helpers.report.restated import noted
from kpi_helpers.report.run import USUAL, Executed, Job, Limits, NotebookFailed, execute_all, plan
from kpi_helpers.report.words import other, words
from kpi_helpers.store.commits import replace
from kpi_helpers.store.names import slug

_RENDERING = Lock()  # nbconvert's exporter serves one at a time
NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


@dataclass(frozen=True)
class Published:
    """What a run published: the pages, the page that lists them, the record, and the index of all reports."""

    paths: list[Path]
    index: Path
    site: Path
    record: Record = field(repr=False)


class ReportFailed(KpiError):
    """Nothing was published; `page` tells the owner why."""

    def __init__(self, message: str, page: Path) -> None:
        super().__init__(f"{message}; nothing was published, see {page}")
        self.page = page


@dataclass(frozen=True)
class Order:
    """One report to make: whose, of when, in which language, from which data, to which folder."""

    shop: str
    period: Period
    lang: str
    data_dir: Path
    reports_dir: Path
    data_until: str = ""
    limits: Limits = USUAL
    workers: int = 2
    forced: bool = False  # published although it is very unlike the last one

    @property
    def folder(self) -> Path:
        """Where the report's pages stand."""
        return self.reports_dir / slug(self.shop) / period_slug(self.period.label)

    @property
    def page(self) -> Path:
        """The report in one file."""
        return self.folder / file_name(WHOLE, self.lang)

    @property
    def parameters(self) -> dict[str, Any]:
        """What every notebook is given."""
        given = {"period": self.period.label, "shop": self.shop, "lang": self.lang}
        return {**given, "data_dir": str(self.data_dir.resolve())}


def report(
    desk_or_shop: Desk | str,
    period: Period | str,
    lang: str = "zh",
    data_dir: str | Path = "",
    reports_dir: str | Path = "reports",
    notebooks: list[Path] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Published:
    """Make and publish the report of one shop and period, in one language.

    `notebooks` are those of the kit unless given (00 to 89; what comes after is for the analyst alone). `parameters` go
    to every notebook beside period, shop, lang and data_dir. Readers see the last good report until the new one is
    complete.

    Raises KpiError for an unknown parameter, language or notebook before anything runs, and ReportFailed,
    with a page for the owner, when a notebook fails or a page does not pass: nothing is published then.
    """
    order, jobs = prepared(desk_or_shop, period, lang, data_dir, reports_dir, notebooks, parameters)
    return publish(order, jobs)


def prepared(
    desk_or_shop: Desk | str,
    period: Period | str,
    lang: str,
    data_dir: str | Path,
    reports_dir: str | Path,
    notebooks: list[Path] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> tuple[Order, list[Job]]:
    """What is to be made, checked: nothing has run yet. Parameters as for `report`."""
    words(lang)
    order = _order(desk_or_shop, period, lang, find_data(data_dir), Path(reports_dir))
    jobs = plan(notebooks or sorted(NOTEBOOKS.glob("[0-8]*.ipynb")), {**order.parameters, **(parameters or {})})
    if not jobs:
        raise KpiError(f"there are no notebooks in {NOTEBOOKS.name}/; a report needs at least one")
    return order, jobs


def publish(order: Order, jobs: list[Job], notes: Mapping[str, Any] | None = None) -> Published:
    """Run and publish what was prepared; `notes` are further fields of its record. Raises as `report` does."""
    started = perf_counter()
    with sharing():
        done, made = _run(order, jobs)
    return _publish(order, made, _record(order, jobs[0], done, made, perf_counter() - started, notes or {}))


def last(order: Order) -> Record | None:
    """The record of the report that readers have now."""
    path = order.folder / f"run-{order.lang}.json"
    return read(path) if path.exists() else None


def _order(desk: Desk | str, period: Period | str, lang: str, data_dir: Path, reports_dir: Path) -> Order:
    """The order as values that were checked."""
    if isinstance(desk, str):
        when = periods.parse(period) if isinstance(period, str) else period
        return Order(desk, when, lang, data_dir, reports_dir)
    when = desk.period(period) if isinstance(period, str) else period
    held = desk.settings.limits
    limits = Limits(held["cell_minutes"] * 60, held["notebook_minutes"] * 60, held["memory_gb"] << 30)
    until = desk.data_until.isoformat()
    return Order(desk.shop, when, lang, data_dir, reports_dir, until, limits, max(1, held["workers"]))


def _run(order: Order, jobs: list[Job]) -> tuple[list[Executed], list[Page]]:
    """All notebooks with the content of their pages, checked; or ReportFailed with the first that failed."""
    found = execute_all(jobs, min(order.workers, os.cpu_count() or 1), order.limits, _content)
    failed = [result for result in found if isinstance(result, NotebookFailed)]
    if failed:
        raise ReportFailed(str(failed[0]), failure.write(order, failed))
    done, made, problems = zip(*found, strict=True)
    return (list(done), list(made)) if not any(problems) else _refuse(order, [one for some in problems for one in some])


def _content(done: Executed) -> tuple[Executed, Page, list[str]]:
    """A notebook, its page's content, and what is wrong with it: while the next notebook runs."""
    with _RENDERING:
        made = render(done)
    return done, made, gate.check(made)


def _refuse(order: Order, problems: list[str]) -> Any:
    raise ReportFailed(problems[0], failure.write(order, problems))


def _record(
    order: Order, job: Job, done: list[Executed], made: list[Page], seconds: float, notes: Mapping[str, Any]
) -> Record:
    """What is kept about this run."""
    ended, when = datetime.now().astimezone().replace(microsecond=0), order.period
    given = {name: value for name, value in job.parameters.items() if name != "data_dir"}
    return Record(
        run=f"{ended:%Y%m%d-%H%M%S}-{token_hex(2)}",
        **{"shop": order.shop, "period": when.label, "kind": when.kind, "lang": order.lang},
        **{"start": when.start.isoformat(), "end": when.end.isoformat(), "data_until": order.data_until},
        **{"made": ended.isoformat(), "seconds": round(seconds, 3)},
        pages=[_entry(executed, page) for executed, page in zip(done, made, strict=True)],
        parameters=given,
        versions=versions(),
        **notes,
    )


def _entry(done: Executed, page: Page) -> Entry:
    own = round(done.cell_seconds, 3)
    return Entry(page.name, page.title, page.headline, page.charts, round(done.seconds, 3), own, done.warnings)


def _publish(order: Order, made: list[Page], record: Record) -> Published:
    """Write the pages to a private folder, check them as files, switch, and bring the index up to date."""
    with private_folder(order.reports_dir) as work:
        html = all_pages(noted(made, record), record, _twin(order))
        _check(order, made, html)
        _fill(work / order.folder.name, html, record, order)
        switch(work / order.folder.name, order.folder)
        failure.forget(order.folder, order.lang)
        site = index.rebuild(order.reports_dir, order.lang)
    paths = [order.folder / file_name(page.name, order.lang) for page in made]
    return Published(paths, order.folder / "index.html", site, record)


def _twin(order: Order) -> Record | None:
    """The record of the same report in the other language."""
    path = order.folder / f"run-{other(order.lang)}.json"
    return read(path) if path.exists() else None


def _check(order: Order, made: list[Page], html: dict[str, str]) -> None:
    """Nothing is written before every page has passed."""
    named = {file_name(page.name, order.lang): page.charts for page in made}
    named[file_name(WHOLE, order.lang)] = sum(page.charts for page in made)
    problems = [said for name, charts in named.items() for said in gate.check_html(name, html[name], charts)]
    lasts = {} if order.forced else {name: order.folder / name for name in named}
    problems += [said for name, last in lasts.items() for said in gate.check_size(name, html[name], last)]
    if problems:
        _refuse(order, problems)


def _fill(new: Path, html: dict[str, str], record: Record, order: Order) -> None:
    """The new folder: this language's pages and record, and the other language's as they were."""
    new.mkdir()
    for kept in order.folder.glob(f"*-{other(order.lang)}.*") if order.folder.exists() else ():
        shutil.copy2(kept, new / kept.name)
    if (twin := new / file_name(WHOLE, other(order.lang))).exists():
        replace(twin, shown_twin(twin.read_text("utf-8")))
    for name, text in html.items():
        replace(new / name, text)
    replace(new / f"run-{order.lang}.json", record.json())
