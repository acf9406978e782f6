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
BOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
END = date(2026, 11, 5)


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
    from kpi_helpers.runs.backfill import backfill
    from kpi_helpers.runs.journal import read

    pages = folder / "reports"
    stock = timed(lambda: [by_stock_tools(book, data, folder) for book in BOOKS])
    cold = timed(lambda: kpi("report", "--period", "2026-W44", "--force", "--data", str(data), "--reports", str(pages)))
    kernels.start()
    desk = open_desk("", data)
    plain = Wanted(data_dir=str(data), reports_dir=pages, force=True)
    make(desk, "2026-W43", plain)  # the server is up, as it is for every report but the first
    warm = timed(lambda: make(desk, "2026-W44", plain))
    last = list(read(pages))[-1]
    cost = overhead(pages)
    with sharing():
        first = periods.parse("2026-W44")
        first = first.history(weeks)[0].label
        many = timed(lambda: backfill(first, "2026-W44", "", Wanted(data_dir=str(data), reports_dir=folder / "many")))
    made = [run for run in read(folder / "many") if run.outcome == "published"]
    show(stock, cold, warm, many, weeks, len(made))
    print(
        f"\none warm report: cells {last.cell_seconds:.1f} s of {last.seconds:.1f} s (two at a time); beyond its cells"
    )
    print(f"a notebook takes {cost:.2f} s. {weeks} weeks: cells {sum(run.cell_seconds for run in made):.0f} s in all.")


def overhead(pages: Path) -> float:
    """Mean seconds of a notebook of the newest report beyond its own cells: kernel, messages, papermill."""
    from kpi_helpers.report.record import published

    record = max((record for _, record in published(pages)), key=lambda record: record.made_at)
    return sum(entry.seconds - entry.cell_seconds for entry in record.pages) / len(record.pages)


def by_stock_tools(book: Path, data: Path, folder: Path) -> None:
    """A notebook as the two stock commands make it a page."""
    done = folder / book.name
    env = {**os.environ, "PLOTLY_RENDERER": "notebook"}
    given = ["-p", "period", "2026-W44", "-p", "data_dir", str(data.resolve())]
    run(["papermill", str(book), str(done), *given, "--no-progress-bar"], env)
    run(["jupyter", "nbconvert", "--to", "html", str(done)], env)


def show(stock: float, cold: float, warm: float, many: float, weeks: int, made: int) -> None:
    """Markdown."""
    print(f"\n## {len(BOOKS)} notebooks a report, {date.today()}\n")
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}.\n")
    print("| | seconds | times the stock commands |\n| --- | ---: | ---: |")
    lines = [("stock commands, one report", stock, 1), ("`kpi report`, cold", cold, stock / cold)]
    lines += [("the same with the server up", warm, stock / warm)]
    lines += [(f"`kpi backfill`, {made} of {weeks} weeks", many, stock * weeks / many)]
    for name, seconds, ratio in lines:
        print(f"| {name} | {seconds:.1f} | {ratio:.1f} |")


def kpi(*words: str) -> None:
    """A command of the kit, from its cold start."""
    run([sys.executable, "-m", "kpi_helpers", *words])


def run(command: list[str], env: dict[str, str] | None = None) -> None:
    """A command of this environment; ends the benchmark when it fails."""
    found = Path(sys.executable).parent / command[0]
    real = [str(found) if found.exists() else command[0], *command[1:]]
    subprocess.run(real, check=True, env=env, cwd=ROOT, capture_output=True)


def timed(work) -> float:
    """Seconds that passed."""
    started = perf_counter()
    work()
    return perf_counter() - started


if __name__ == "__main__":
    main()
