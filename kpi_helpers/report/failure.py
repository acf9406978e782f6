"""The page for the owner when a report was not made: which notebook and cell, what it said, what to do."""

from collections.abc import Mapping
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any

from kpi_helpers.report.frame import Frame, Line
from kpi_helpers.report.run import NotebookFailed
from kpi_helpers.report.words import period_name, words
from kpi_helpers.store.commits import replace


def path_of(folder: Path, lang: str) -> Path:
    """Where the failure page of a report stands: beside the folder of its good one."""
    return folder.with_name(f"{folder.name}-{lang}.failed.html")


def forget(folder: Path, lang: str) -> None:
    """Take the failure page away, after a good run."""
    path_of(folder, lang).unlink(missing_ok=True)


def write(order: Any, failures: list[NotebookFailed] | list[str]) -> Path:
    """Write the failure page of an order (see publish.Order). Returns its path."""
    say, lang = words(order.lang), order.lang
    body = [f"<h1>{escape(say['failed_title'])}</h1>", f"<p>{escape(_kept(order, say))}</p>"]
    body += [_reason(failure, say) for failure in failures]
    body += [_steps(order, failures, say), _list(say["failed_parameters"], order.parameters)]
    body += [_details(failure, say) for failure in failures if isinstance(failure, NotebookFailed)]
    head = [Line("page-shop", [order.shop]), Line("page-when", [period_name(order.period, lang)])]
    page = Frame(f"{say['failed_title']} · {order.shop} · {order.period.label}", lang, head)
    path = path_of(order.folder, lang)
    with suppress(OSError):  # a full disk: the command and the journal say it as well
        replace(path, page.around("\n".join(body)))
    return path


def _kept(order: Any, say: Mapping[str, Any]) -> str:
    return say["failed_kept"] if (order.folder / f"run-{order.lang}.json").exists() else say["failed_none"]


def _reason(failure: NotebookFailed | str, say: Mapping[str, Any]) -> str:
    if isinstance(failure, str):
        return f'<p class="page-why">{escape(say["failed_gate"])}: {escape(failure)}</p>'
    return f'<h2>{escape(_where(failure, say))}</h2><p class="page-why">{escape(str(failure))}</p>'


def _where(failure: NotebookFailed, say: Mapping[str, Any]) -> str:
    form = say["failed_cell" if failure.cell else "failed_notebook"]
    return form.format(notebook=failure.job.path.name, cell=failure.cell)


def _details(failure: NotebookFailed, say: Mapping[str, Any]) -> str:
    """The cell and the last lines of what it said, for whoever mends it."""
    shown = (text for text in (failure.source, "\n".join(failure.lines)) if text)
    title = f"{say['failed_lines']}: {_where(failure, say)}"
    return f"<h2>{escape(title)}</h2>" + "".join(f"<pre>{escape(text)}</pre>" for text in shown)


def _list(title: str, values: Mapping[str, Any]) -> str:
    lines = "\n".join(f"{name} = {value!r}" for name, value in values.items())
    return f"<h2>{escape(title)}</h2><pre>{escape(lines)}</pre>"


def _steps(order: Any, failures: list[NotebookFailed] | list[str], say: Mapping[str, Any]) -> str:
    names = [failure.job.path.name for failure in failures if isinstance(failure, NotebookFailed)]
    command = f'kpi report --shop "{order.shop}" --period {order.period.label} --lang {order.lang}'
    said = [step.format(command=command, notebook=(names or ["…"])[0]) for step in say["failed_steps"]]
    wanted = said[:2] if names else said[2:]
    rows = "".join(f"<li>{escape(step)}</li>" for step in wanted)
    return f"<h2>{escape(say['failed_do'])}</h2><ul>{rows}</ul>"
