"""Telling people, through apprise: readers get good reports, owners get failures, nobody gets the other kind.

kpi.toml names environment variables; the addresses in them (wecombot://…, dingtalk://…, feishu://…, slack://…,
mailto://…) hold secrets and are never written anywhere. A robot's message has five lines and a link within 2,048 bytes,
the smallest limit there is (WeCom's).
"""

import os
import re
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote

from kpi_helpers.errors import KpiError
from kpi_helpers.periods import parse
from kpi_helpers.report.words import period_name
from kpi_helpers.runs.journal import Run, append
from kpi_helpers.runs.texts import text
from kpi_helpers.settings import Settings

MOST_BYTES, MOST_LINES = 2048, 5
PER_MINUTE = 15  # WeCom and DingTalk refuse the 21st message of a minute, DingTalk for ten minutes
CODES = ("errcode", "code", "StatusCode")  # what robots answer beside HTTP 200 when they did not take a message
_patching = Lock()
_sent: dict[str, deque] = defaultdict(deque)


def tell(settings: Settings, run: Run, reports_dir: Path) -> list[str]:
    """Send what a run has to say to whom it concerns. Returns what went wrong, which owners are told of as well."""
    if run.outcome in ("unchanged", "waiting") or run.parameters.get("again"):
        return []
    to, other = ("readers", "owners") if run.good else ("owners", "")
    title, body = message(settings, run, reports_dir)
    wrong = [said for name in settings.notify[to] if (said := send(name, title, body))]
    if wrong:
        append(reports_dir, Run(run.shop, run.period, run.lang, "untold", run.at, "; ".join(wrong)))
        for name in settings.notify[other] if other else ():
            send(name, text("told.untold", run.lang or "zh", title=title), "\n".join(wrong))
    return wrong


def message(settings: Settings, run: Run, reports_dir: Path) -> tuple[str, str]:
    """Title and body: at most five lines and the link, in few enough bytes for every robot."""
    lang = run.lang or "zh"
    when = period_name(parse(run.period), lang) if run.period else ""
    title = " · ".join(part for part in (run.shop, when, text(f"is.{run.outcome}", lang)) if part)
    lines = [line for line in (run.lines if run.good else run.reason.splitlines()) if line.strip()][:MOST_LINES]
    link = address(settings, run.page, reports_dir)
    room = MOST_BYTES - len(title.encode()) - len(link.encode()) - 8
    return title, "\n".join([*_within(lines, room), *([link] if link else [])])


def address(settings: Settings, page: str, reports_dir: Path) -> str:
    """Where a page is found by its readers: below [notify] link, else its place on this machine."""
    base = settings.notify["link"].rstrip("/")
    if not page or not base:
        return page
    place = Path(os.path.relpath(page, reports_dir)).parts
    return "/".join([base, *map(quote, place)])


def _within(lines: list[str], room: int) -> Iterator[str]:
    """The lines as far as there is room in bytes; a line is cut at a character, never inside one."""
    for line in lines:
        if room < 8:
            return
        cut = line.encode()[: room - 3].decode("utf-8", "ignore")
        shown = line if len(line.encode()) <= room else f"{cut}…"
        room -= len(shown.encode()) + 1
        yield shown


def send(name: str, title: str, body: str, pause: Callable[[float], None] = time.sleep) -> str:
    """Send to the address in the environment variable `name`. Returns what went wrong, never the address; else ""."""
    try:
        urls = addresses(name)
        import apprise

        _wait_for_turn(name, pause)
        with _answers_read() as refused:
            robot = apprise.Apprise()
            good = all([robot.add(url) for url in urls]) and robot.notify(body=body, title=title)
    except KpiError as wrong:
        return str(wrong)
    except Exception as wrong:  # a robot's trouble is not the report's
        return f"{name}: {type(wrong).__name__}"
    return "" if good else f"{name}: {'; '.join(refused) or 'not delivered; check the address and the network'}"


def addresses(name: str) -> list[str]:
    """The apprise addresses of an environment variable, one a line or separated by spaces.

    Raises KpiError when it is not set, or kpi.toml has an address in place of the name of a variable.
    """
    if not re.fullmatch(r"[A-Z][A-Z0-9_]*", name):
        raise KpiError("kpi.toml [notify] holds an address; put it into an environment variable and write its name")
    if not os.environ.get(name, "").strip():
        raise KpiError(f"nobody was told: the environment variable {name} of kpi.toml [notify] is not set")
    return os.environ[name].split()


def _wait_for_turn(name: str, pause: Callable[[float], None]) -> None:
    """Not more than PER_MINUTE messages to one address."""
    sent, now = _sent[name], time.monotonic()
    while sent and now - sent[0] > 60:
        sent.popleft()
    if len(sent) >= PER_MINUTE:
        pause(60 - (now - sent[0]))
        sent.popleft()
    sent.append(time.monotonic())


@contextmanager
def _answers_read() -> Iterator[list[str]]:
    """Inside, an answer of HTTP 200 that carries an error code counts as refused; apprise looks at the 200 only."""
    import requests

    refused: list[str] = []
    plain = requests.api.request

    def request(*given: Any, **more: Any) -> requests.Response:
        answer = plain(*given, **more)
        if answer.ok and (code := error_code(answer)):
            refused.append(code)
            raise requests.RequestException(code)
        return answer

    with _patching:
        requests.api.request = request
        try:
            yield refused
        finally:
            requests.api.request = plain


def error_code(answer: Any) -> str:
    """`errcode 93000: invalid webhook` of a robot's answer that is not a success; "" otherwise."""
    try:
        said = answer.json()
    except ValueError:
        return ""
    codes = [(name, said[name]) for name in CODES if isinstance(said, dict) and said.get(name) not in (None, 0, "0")]
    if isinstance(said, dict) and said.get("ok") is False:
        codes.append(("error", said.get("error", "")))
    return f"{codes[0][0]} {codes[0][1]}: {said.get('errmsg') or said.get('msg') or ''}".strip(": ") if codes else ""
