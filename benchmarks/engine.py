"""How fast the engine is, and how much memory it takes, beside pandas and polars: one command, one run, one table."""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import rivals

from kpi_helpers import desk, settings
from kpi_helpers.facts import closing_pattern

HERE = Path(__file__).parent
END = date(2026, 11, 5)
COLUMNS = {"messages": "sent_at", "orders": "created_at"}
HISTORY = (3, 6)  # months; the whole shop has twelve
AT_ONCE = 2_500_000  # messages of a commit, so that making a large shop takes no more memory than a small one
FITTING = 15_000_000  # messages that pandas and polars have room for on a machine of 16 GB
OPEN = "from kpi_helpers import desk; desk.open_desk(data_dir={data!r})"
RIVAL = "import {name}; {name}.facts({messages!r}, {orders!r}, {closings!r}).{write}({out!r})"
PREPARE = (
    "from kpi_helpers.engine import lines; from kpi_helpers.store import Store; "
    "store = Store({data!r}); lines.prepare(store, store.shops()[0])"
)
TIMED = (
    "import json, re, sys, time; sys.path.insert(0, {here!r}); import kpi_helpers.desk, {library}; "
    "began, used = time.perf_counter(), time.process_time(); "
    "{code}; print(json.dumps([time.perf_counter() - began, time.process_time() - used, "
    # Not ru_maxrss: a process inherits it from the one that started it.
    "int(re.search('VmHWM:\\s+([0-9]+)', open('/proc/self/status').read())[1]) / 1e6]))"
)
Measured = tuple[float, float, float]  # seconds, processor seconds, peak memory in GB


def main() -> None:
    """Make the shop where it is not there yet, measure, print and keep a table."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--messages", type=int, default=1_000_000)
    given.add_argument("--folder", type=Path, default=Path("data/benchmark"), help="where shops are made, and kept")
    given.add_argument("--rivals", help="which to run beside the engine; empty: none (pandas,polars while they fit)")
    given.add_argument("--history", action="store_true", help="also a new day after fewer months")
    chosen = given.parse_args()
    data = chosen.folder / f"{chosen.messages}"
    if not (data / "store" / "HEAD").exists():
        make(data, chosen.messages)
    fitting = "pandas,polars" if chosen.messages <= FITTING else ""
    wanted = fitting if chosen.rivals is None else chosen.rivals
    names = ["prepare", "build", "new day", "open", *filter(None, wanted.split(","))]
    messages, found = measure(data, names)
    for months in HISTORY if chosen.history else ():
        _, shorter = measure(with_less_history(data, months), ["build", "new day"])
        found[f"new day after {months} months"] = shorter["new day"]
    write(messages, found)


def make(data: Path, messages: int) -> None:
    """A year of a sample shop and the day after it, in one store: the day is an ingest of its own."""
    from kpi_helpers.sample import generate

    buyers = max(1, round(messages / 365 / 12.2))
    print("making the shop", flush=True)
    generate(
        data / "sample", days=366, agents=max(2, buyers // 36), end=END, buyers_per_day=buyers, truth=False, text=True
    )
    fill(data, messages)
    shutil.rmtree(data / "sample")


def fill(data: Path, messages: int) -> None:
    """The year in commits of some days, and its last day in one of its own."""
    from kpi_helpers.engine.duck import connect

    con = connect()
    sample = {name: f"'{data}/sample/{name}.parquet'" for name in COLUMNS}
    rows = {name: f"SELECT * REPLACE ({zoned(con, file)}) FROM {file}" for name, file in sample.items()}
    commit(con, rows, data, END - timedelta(days=365), "TIMESTAMP '{}'", max(1, min(30, AT_ONCE * 365 // messages)))


def commit(
    con, rows: dict[str, str], data: Path, first: date, midnight: str = "TIMESTAMPTZ '{} 00:00:00+08'", days: int = 30
) -> None:
    """Rows (SQL by table, which ends where a condition may follow) since a day; so many days a commit.

    `midnight`: SQL of the moment at which a day begins in China, as the rows have it.
    """
    from kpi_helpers.store import Store

    store = Store(data)
    borders = [first + timedelta(days=n) for n in range(0, 366, days)]
    borders = [*[b for b in borders if b < END], END, END + timedelta(days=1)]
    for start, end in pairwise(borders):
        with store.writing() as batch:
            for name, column in COLUMNS.items():
                low, high = midnight.format(start), midnight.format(end)
                where = f"stored.{column} >= {low} AND stored.{column} < {high}"
                found = con.sql(f"{rows[name]} AS stored WHERE {where}").to_arrow_table()
                batch.add(name, found["shop_id"][0].as_py(), found)
            batch.commit()


def with_less_history(data: Path, months: int) -> Path:
    """The same shop with so many months before its last day, made from the store where it is not there yet."""
    from kpi_helpers.engine.duck import connect, read
    from kpi_helpers.store import Store

    folder, store = data.with_name(f"{data.name}-{months}-months"), Store(data)
    if not (folder / "store" / "HEAD").exists():
        files = store.tables(store.shops()[0])
        rows = {name: f"SELECT * EXCLUDE (row_order) FROM {read(files[name])}" for name in COLUMNS}
        commit(connect(), rows, folder, END - timedelta(days=30 * months))
    return folder


def zoned(con, file: str) -> str:
    """Shop time (China, eight hours ahead) as moments."""
    columns = con.sql(f"DESCRIBE SELECT * FROM {file}").fetchall()
    return ", ".join(f"({c[0]} - INTERVAL 8 HOUR)::TIMESTAMPTZ AS {c[0]}" for c in columns if c[1] == "TIMESTAMP")


def measure(data: Path, names: list[str]) -> tuple[int, dict[str, Measured]]:
    """The number of messages, and name -> what it took. The store is first as it was before its last day.

    `prepare` is the part of an ingest that is done for the engine; it is measured over all months at once.
    """
    from kpi_helpers.store import Store

    store = Store(data)
    for made in ("units", "lines"):
        shutil.rmtree(store.root / made, ignore_errors=True)
    head = int((store.root / "HEAD").read_text())
    found = {}
    (store.root / "HEAD").write_text(f"{head - 1}\n")
    try:
        for name in names:
            if name == "new day":
                (store.root / "HEAD").write_text(f"{head}\n")
                timed("prepare", store)
            found[name] = timed(name, store)
            print("{}: {:.2f} s, {:.2f} s of processors, {:.2f} GB".format(name, *found[name]), flush=True)
    finally:
        (store.root / "HEAD").write_text(f"{head}\n")
    return store.rows(store.shops()[0])["messages"], found


def timed(name: str, store) -> Measured:
    """One measurement in a fresh process, imports not counted; a rival's facts must be the engine's."""
    data, rival = str(store.root.parent), name in ("pandas", "polars")
    out = store.root.parent / f"{name}.parquet"
    if rival:
        tables, write = store.tables(store.shops()[0]), {"pandas": "to_parquet", "polars": "write_parquet"}[name]
        words = closing_pattern(tuple(settings.load().closing_lines))
        given = {"messages": tables["messages"], "orders": tables["orders"], "closings": words, "out": str(out)}
        code = RIVAL.format(name=f"in_{name}", write=write, **given)
    else:
        code = (PREPARE if name == "prepare" else OPEN).format(data=data)
    script = TIMED.format(here=str(HERE), library=name if rival else "duckdb", code=code)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    if done.returncode:
        print(f"{name} left out: {(done.stderr.strip().splitlines() or ['killed'])[-1]}")
        return float("nan"), float("nan"), float("nan")
    if rival:
        compare(name, data, out)
    return tuple(json.loads(done.stdout.splitlines()[-1]))


def compare(name: str, data: str, out: Path) -> None:
    """Stop where a rival's numbers are not the engine's."""
    con = desk.open_desk(data_dir=data).con
    expected, found = (con.sql(sql).df().fillna(0) for sql in (rivals.ENGINE, f"FROM '{out}'"))
    out.unlink()
    if wrong := rivals.differences(found, expected):
        raise SystemExit(f"{name} computes something else: {', '.join(wrong)}")
    print(f"{name}: {expected.shape[1] - 2} facts of {len(expected)} agent-days equal the engine's")


def write(messages: int, found: dict[str, Measured]) -> None:
    """Put the table into RESULTS.md in the place of an older one of the size, and print it."""
    cores, memory = os.cpu_count(), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    base, title = found["build"], f"## {round(messages, -6) // 10**6} million messages"
    lines = [
        f"{title}, {time.strftime('%Y-%m-%d')}",
        "",
        f"{messages:,} messages; {cores} cores, {memory:.0f} GiB, load {os.getloadavg()[1]:.1f}, "
        f"Python {platform.python_version()}.",
        "",
        "| | seconds | messages/s | processor seconds | peak GB | times the build's (seconds, processor) |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, (seconds, used, peak) in found.items():
        rate = "" if name.startswith(("new day", "open")) else f"{messages / seconds:,.0f}"
        ratio = f"{seconds / base[0]:.1f}, {used / base[1]:.1f}" if name in ("pandas", "polars") else ""
        lines.append(f"| {name} | {seconds:.2f} | {rate} | {used:.2f} | {peak:.2f} | {ratio} |")
    print("\n".join(lines))
    results = HERE / "RESULTS.md"
    kept = [part for part in re.split(r"(?m)^(?=## )", results.read_text("utf-8")) if not part.startswith(title)]
    results.write_text("".join(["\n".join(lines) + "\n\n", *kept]), "utf-8")


if __name__ == "__main__":
    main()
