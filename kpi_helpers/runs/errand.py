"""`kpi run --due`: new files in, due reports out, for every shop; as often as one likes, with the same result."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from time import sleep, time

from kpi_helpers import arrival, settings
from kpi_helpers.desk import Desk, find_data, open_desk
from kpi_helpers.engine.nearby import sharing
from kpi_helpers.errors import KpiError
from kpi_helpers.report.words import moment
from kpi_helpers.runs.due import Due, any_schedule, due
from kpi_helpers.runs.journal import Run, append, failed, read
from kpi_helpers.runs.make import Wanted, make
from kpi_helpers.runs.texts import text
from kpi_helpers.store import Store
from kpi_helpers.store.lock import only_writer

SETTLED_SECONDS = 5  # a file that was written to a moment ago may not be complete


@dataclass
class Errand:
    """What one call did: runs by shop, files that could not be read, messages that were not delivered."""

    runs: list[Run] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)

    @property
    def waiting(self) -> bool:
        """Whether coming back later may do more."""
        return any(run.outcome == "waiting" for run in self.runs)

    @property
    def status(self) -> int:
        """Exit status: 0 all is well or waits, 1 somebody has to look."""
        return 1 if self.refused or self.untold or any(run.bad for run in self.runs) else 0


def run_due(
    data_dir: str, reports_dir: Path, shop: str = "", now: datetime | None = None, tell: Callable = lambda *_: None
) -> Errand:
    """Ingest the drop folder, then make what is due. `tell` is called with every settings and run (see `notify`).

    Raises KpiError when another one is under way, or nothing at all is scheduled.
    """
    home, done = find_data(data_dir), Errand()
    with only_writer(reports_dir / ".due", seconds=0), sharing():
        done.refused = take_in(home)
        names = [shop] if shop else Store(home).shops()
        _scheduled(names, home)
        if done.refused:
            wrong, chosen = KpiError("\n".join(done.refused)), settings.load(None, settings.find(home))
            done.untold += tell(chosen, noted(reports_dir, failed("", "", "", wrong, now)), reports_dir) or []
        for name in names:
            for chosen, run in _of_shop(name, home, reports_dir, now or datetime.now().astimezone()):
                done.runs.append(run)
                done.untold += tell(chosen, run, reports_dir) or []
    return done


def take_in(home: Path) -> list[str]:
    """Read what is new in the drop folder; files read before change nothing. Returns what was refused, and why."""
    found = [path for path in sorted((home / "raw").rglob("*")) if path.is_file() and not path.name.startswith(".")]
    settled = [path for path in found if time() - path.stat().st_mtime > SETTLED_SECONDS]
    if not settled:
        return []
    refused = arrival.take_in(settled, home).report.refused
    return [text("told.refused", "zh", file=record.name, reason=record.error) for record in refused]


def _scheduled(names: list[str], home: Path) -> None:
    config = settings.find(home)
    if not any(any_schedule(settings.load(name, config)) for name in names or [None]):
        raise KpiError('nothing is scheduled; write a line such as week = "09:00" under [schedule] in kpi.toml')


def _of_shop(name: str, home: Path, reports_dir: Path, now: datetime) -> Iterator[tuple[settings.Settings, Run]]:
    """The runs of one shop; whatever goes wrong with it stays with it."""
    chosen = settings.load(name, settings.find(home))
    try:
        desk = open_desk(name, home)
        chosen = desk.settings
        for item in due(desk, now):
            for lang in chosen.schedule["langs"]:
                wanted = Wanted(lang, str(home), reports_dir, numbers_only=True)
                yield chosen, _one(desk, item, wanted, now)
    except Exception as wrong:  # one shop's trouble, of whatever kind, is not to keep the others waiting
        yield chosen, noted(reports_dir, failed(name, "", "", wrong, now))


def _one(desk: Desk, item: Due, wanted: Wanted, now: datetime) -> Run:
    if item.state == "due":
        return make(desk, item.period, wanted)
    words = {"until": desk.data_until, "needed": item.period.last_day, "deadline": moment(item.deadline)}
    reason = text(f"data.{item.state}", wanted.lang, **words)
    run = Run(desk.shop, item.period.label, wanted.lang, item.state, now.isoformat(timespec="seconds"), reason)
    return noted(wanted.reports_dir, run)


def noted(reports_dir: Path, run: Run) -> Run:
    """Enter a failure once, however often the same is found again; `waiting` is no news."""
    if run.outcome == "waiting":
        return run
    same = [old for old in read(reports_dir) if (old.shop, old.period, old.lang) == (run.shop, run.period, run.lang)]
    if same and (same[-1].outcome, same[-1].reason) == (run.outcome, run.reason):
        return replace(run, parameters={"again": True})
    return append(reports_dir, run)


def until_settled(once: Callable[[], Errand], minutes: float, pause_seconds: float = 60) -> Errand:
    """Call `once` again every minute while data are waited for and `minutes` are not over."""
    until, done = time() + minutes * 60, once()
    while done.waiting and time() + pause_seconds < until:
        sleep(pause_seconds)
        done = once()
    return done
