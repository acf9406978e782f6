"""How long notebooks take to become pages: stock commands, `kpi report` cold and warm, a backfill; where the time goes.

`python benchmarks/runner.py --weeks 52` makes a sample shop, measures everything in one run, and prints the table for
RESULTS.md. The stock line is `papermill` and `jupyter nbconvert` for each notebook, one after the other; for many weeks
it is the one measured week times their number.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
BOOKS = sorted((ROOT / "notebooks").glob("[0-8]*.ipynb"))  # those of a report
END = date(2026, 11, 5)
Cost = tuple[float, float | None]  # seconds, processor seconds


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--weeks", type=int, default=52)
    asked.add_argument("--agents", type=int, default=6)
    asked.add_argument("--buyers-per-day", type=int, default=60)
    asked.add_argument("--folder", type=Path, help="Keep shop and pages here.")
    given = asked.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="kpi-runner-"))
    data = shop(folder / "data", given)
    try:
        measured(data, folder, given.weeks)
    finally:
        if not given.folder:
            shutil.rmtree(folder)


def shop(data: Path, given: argparse.Namespace) -> Path:
    """A sample shop with a quarter more of history than the weeks that are made."""
    if not (data / "store" / "HEAD").exists():
        days = given.weeks * 7 + 91 + 7
        size = ["--agents", str(given.agents), "--buyers-per-day", str(given.buyers_per_day)]
        kpi("sample", "--days", str(days), *size, "--end", END.isoformat(), "--data", str(data))
        kpi("ingest", str(data / "sample"), "--data", str(data))
    kpi("compute", "sales", "--period", "2026-W44", "--data", str(data))  # unit tables are made before the clock starts
    return data


def measured(data: Path, folder: Path, weeks: int) -> None:
    """The table."""
    from kpi_helpers import kernels, periods
    from kpi_helpers.desk import open_desk
    from kpi_helpers.engine.nearby import sharing
    from kpi_helpers.runs import Wanted, make
    from kpi_helpers.runs.journal import read

    pages, many = folder / "reports", folder / "many"
    where = ["--data", str(data), "--reports"]
    stock = timed(lambda: [by_stock_tools(book, data, folder) for book in BOOKS])
    cold = timed(lambda: kpi("report", "--period", "2026-W44", "--force", *where, str(pages)))
    first = periods.parse("2026-W44").history(weeks)[0].label
    bulk = timed(lambda: kpi("backfill", first, "2026-W44", *where, str(many)))
    kernels.start()
    plain = Wanted(data_dir=str(data), reports_dir=pages, force=True)

    def one(period: str) -> None:  # as a command that makes several does
        with sharing():
            make(open_desk("", data), period, plain)

    one("2026-W43")  # the server is up, as it is for every report but the first
    warm = timed(lambda: one("2026-W44"))
    last, cost = list(read(pages))[-1], overhead(pages)
    made = [run for run in read(many) if run.outcome == "published"]
    show(stock, cold, (warm[0], None), bulk, weeks, len(made))
    print(
        f"\none warm report: {last.seconds:.1f} s, its cells {last.cell_seconds:.1f} s, two notebooks at a time; beyond"
    )
    print(f"its cells a notebook takes {cost:.2f} s. All weeks: cells {sum(run.cell_seconds for run in made):.0f} s.")


def overhead(pages: Path) -> float:
    """Mean seconds of a notebook of the newest report beyond its own cells: kernel, messages, papermill."""
    from kpi_helpers.report.record import published

    record = max((record for _, record in published(pages)), key=lambda record: record.made_at)
    return sum(entry.seconds - entry.cell_seconds for entry in record.pages) / len(record.pages)


def by_stock_tools(book: Path, data: Path, folder: Path) -> None:
    """A notebook as the two stock commands make it a page."""
    done = folder / book.name
    given = ["-p", "period", "2026-W44", "-p", "data_dir", str(data.resolve())]
    run(["papermill", str(book), str(done), *given, "--no-progress-bar"])
    run(["jupyter", "nbconvert", "--to", "html", str(done)])


def show(stock: Cost, cold: Cost, warm: Cost, bulk: Cost, weeks: int, made: int) -> None:
    """Markdown. Processor seconds compare fairly while others use the machine."""
    print(f"\n## {len(BOOKS)} notebooks a report, {date.today()}\n")
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}.\n")
    print("| | seconds | processor seconds | times the stock commands (seconds, processor) |")
    print("| --- | ---: | ---: | ---: |")
    row("stock commands, one report", stock, stock)
    row("`kpi report`, cold", cold, stock)
    row("the same with the server up", warm, stock)
    row(f"`kpi backfill`, {made} of {weeks} weeks", bulk, (stock[0] * weeks, stock[1] * weeks))


def row(name: str, cost: Cost, stock: Cost) -> None:
    """One line of the table."""
    processor = f"{cost[1]:.1f}" if cost[1] else ""
    ratios = [f"{was / now:.1f}" for was, now in zip(stock, cost, strict=True) if now]
    print(f"| {name} | {cost[0]:.1f} | {processor} | {', '.join(ratios)} |")


def kpi(*words: str) -> None:
    """A command of the kit, from its cold start."""
    run([sys.executable, "-m", "kpi_helpers", *words])


def run(command: list[str]) -> None:
    """A command of this environment; ends the benchmark when it fails."""
    found = Path(sys.executable).parent / command[0]
    real = [str(found) if found.exists() else command[0], *command[1:]]
    subprocess.run(real, check=True, cwd=ROOT, capture_output=True)


def timed(work) -> Cost:
    """Seconds that passed, and those that processors worked for the commands of `work`."""
    started, before = perf_counter(), os.times()
    work()
    after = os.times()
    return perf_counter() - started, sum(after[2:4]) - sum(before[2:4])


if __name__ == "__main__":
    main()
