"""One report of one shop, period and language: made when its inputs changed, and entered in the journal."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import kpi_helpers.report.publish as publish
from kpi_helpers.desk import Desk
from kpi_helpers.engine.nearby import sharing
from kpi_helpers.errors import KpiError
from kpi_helpers.periods import Period
from kpi_helpers.report.publish import ReportFailed
from kpi_helpers.report.record import Record, versions
from kpi_helpers.report.restated import restated
from kpi_helpers.report.words import moment
from kpi_helpers.runs import inputs
from kpi_helpers.runs.journal import Run, append


@dataclass(frozen=True)
class Wanted:
    """How reports are to be made: language, folders, further parameters of the notebooks."""

    lang: str = "zh"
    data_dir: str = ""
    reports_dir: Path = Path("reports")
    parameters: Mapping[str, Any] = field(default_factory=dict)
    notebooks: list[Path] | None = None
    force: bool = False  # make it although nothing changed
    numbers_only: bool = False  # only changed numbers are a reason to make it again, not settings or code


def make(desk: Desk, period: Period | str, wanted: Wanted) -> Run:
    """Make the report where its inputs changed. What goes wrong is in the run, and on a page for the owner.

    Raises KpiError only for what is wrong with the question: an unknown period, parameter, language.
    """
    started = perf_counter()
    with sharing():
        order, jobs = publish.prepared(
            desk, period, wanted.lang, wanted.data_dir, wanted.reports_dir, wanted.notebooks, wanted.parameters
        )
        order = replace(order, forced=wanted.force)
        before = publish.last(order)
        now = inputs.fixed(desk, jobs[0].parameters, [job.path for job in jobs]) | {"data": desk.source}
        if before and not wanted.force and _same(before, now, wanted.numbers_only, ("data", "settings")):
            return _run(order, "unchanged", now, jobs, page=str(order.page))
        found, now["numbers"] = inputs.numbers(desk, order.period)
        if before and not wanted.force and _same(before, now, wanted.numbers_only, ("numbers",)):
            return _run(order, "unchanged", now, jobs, page=str(order.page))
        changes = restated(before, found, bool(before) and before.inputs.get("data") == desk.source)
        notes = {"inputs": now, "numbers": found, "restated": changes}
        notes["replaces"] = moment(before.made_at) if before else ""
        done = _attempt(order, jobs, notes, now)
    return append(wanted.reports_dir, _timed(done, perf_counter() - started))


def _attempt(order: publish.Order, jobs: list[Any], notes: dict[str, Any], now: dict[str, str]) -> Run:
    try:
        made = publish.publish(order, jobs, notes).record
    except ReportFailed as failed:
        return _run(order, "failed", now, jobs, reason=str(failed), page=str(failed.page))
    except (KpiError, OSError, MemoryError) as failed:
        return _run(order, "failed", now, jobs, reason=str(failed) or type(failed).__name__)
    outcome = "restated" if notes["restated"] else "published"
    cells = round(sum(entry.cell_seconds for entry in made.pages), 3)
    kept = {"restated": notes["restated"], "lines": _lines(made), "cell_seconds": cells}
    return _run(order, outcome, now, jobs, page=str(order.page), **kept)


def _same(before: Record, now: Mapping[str, str], numbers_only: bool, decided_by: tuple[str, ...]) -> bool:
    """Whether the report would be the same again. The data may have changed elsewhere, if its numbers have not."""
    looked_at = decided_by if numbers_only else (*decided_by, "settings", "parameters", "code")
    return all(before.inputs.get(name) == now[name] for name in looked_at)


def _lines(record: Record) -> list[str]:
    """The findings of its pages, the overview's first: what readers are told."""
    return [entry.headline for entry in record.pages if entry.headline]


def _run(order: publish.Order, outcome: str, now: dict[str, str], jobs: list[Any], **more: Any) -> Run:
    at = datetime.now().astimezone().isoformat(timespec="seconds")
    given = {name: value for name, value in jobs[0].parameters.items() if name != "data_dir"}
    whose = {"shop": order.shop, "period": order.period.label, "lang": order.lang}
    return Run(**whose, outcome=outcome, at=at, inputs=now, parameters=given, versions=versions(), **more)


def _timed(run: Run, seconds: float) -> Run:
    return replace(run, seconds=round(seconds, 3))
