"""How fast the engine is, and how much memory it takes, beside pandas and polars: one command, one run, one table."""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

HERE = Path(__file__).parent
END = date(2026, 11, 5)
CODE = {
    "build": "from kpi_helpers import desk; desk.open_desk(data_dir={data!r})",
    "new day": "from kpi_helpers import desk; desk.open_desk(data_dir={data!r})",
    "open": "from kpi_helpers import desk; desk.open_desk(data_dir={data!r})",
    "pandas": "import rivals; rivals.with_pandas({files!r})",
    "polars": "import rivals; rivals.with_polars({files!r})",
}
TIMED = (
    "import json, resource, sys, time; sys.path.insert(0, {here!r}); import kpi_helpers.desk, {library}; "
    "began, used = time.perf_counter(), time.process_time(); "
    "{code}; print(json.dumps([time.perf_counter() - began, time.process_time() - used, "
    "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6]))"
)


def main() -> None:
    """Make the shop where it is not there yet, measure, print and keep a table."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--messages", type=int, default=1_000_000)
    given.add_argument("--folder", type=Path, default=Path("data/benchmark"), help="where shops are made, and kept")
    given.add_argument("--rivals", default="pandas,polars", help="which to run beside the engine; empty: none")
    chosen = given.parse_args()
    data = chosen.folder / f"{chosen.messages}"
    if not (data / "store" / "HEAD").exists():
        make(data, chosen.messages)
    names = ["build", "new day", "open", *filter(None, chosen.rivals.split(","))]
    write(chosen.messages, measure(data, names))


def make(data: Path, messages: int) -> None:
    """A year of a sample shop and the day after it, in one store: the day is an ingest of its own."""
    from kpi_helpers.sample import generate

    buyers = max(1, round(messages / 365 / 12.2))
    print("making the shop", flush=True)
    generate(
        data / "sample", days=366, agents=max(2, buyers // 36), end=END, buyers_per_day=buyers, truth=False, text=True
    )
    fill(data)
    shutil.rmtree(data / "sample")


def fill(data: Path) -> None:
    """The year month by month, then its last day, as commits of their own."""
    from kpi_helpers.engine.duck import connect
    from kpi_helpers.store import Store

    store, con = Store(data), connect()
    first = END - timedelta(days=365)
    borders = [first + timedelta(days=30 * n) for n in range(13)]
    borders = [*[b for b in borders if b < END], END, END + timedelta(days=1)]
    for start, end in pairwise(borders):
        with store.writing() as batch:
            for name, column in (("messages", "sent_at"), ("orders", "created_at")):
                rows = con.sql(
                    f"SELECT * REPLACE ({zoned(con, data, name)}) FROM '{data}/sample/{name}.parquet' "
                    f"WHERE {column} >= '{start}' AND {column} < '{end}'"
                ).to_arrow_table()
                batch.add(name, rows["shop_id"][0].as_py(), rows)
            batch.commit()


def zoned(con, data: Path, name: str) -> str:
    """Shop time (China, eight hours ahead) as moments."""
    columns = con.sql(f"DESCRIBE SELECT * FROM '{data}/sample/{name}.parquet'").fetchall()
    return ", ".join(f"({c[0]} - INTERVAL 8 HOUR)::TIMESTAMPTZ AS {c[0]}" for c in columns if c[1] == "TIMESTAMP")


def measure(data: Path, names: list[str]) -> dict[str, tuple[float, float, float]]:
    """name -> (seconds, processor seconds, peak memory in GB). The store is first as it was before its last day."""
    from kpi_helpers.store import Store

    store = Store(data)
    shutil.rmtree(store.root / "units", ignore_errors=True)
    head = int((store.root / "HEAD").read_text())
    found = {}
    (store.root / "HEAD").write_text(f"{head - 1}\n")
    try:
        for name in names:
            if name == "new day":
                (store.root / "HEAD").write_text(f"{head}\n")
            files = store.tables(store.shops()[0])["messages"]
            found[name] = timed(name, data, files)
            print(
                f"{name}: {found[name][0]:.2f} s, {found[name][1]:.2f} s of processors, {found[name][2]:.2f} GB",
                flush=True,
            )
    finally:
        (store.root / "HEAD").write_text(f"{head}\n")
    return found


def timed(name: str, data: Path, files: list[str]) -> tuple[float, float, float]:
    """One measurement in a fresh process, imports not counted."""
    library = name if name in ("pandas", "polars") else "duckdb"
    code = CODE[name].format(data=str(data), files=files)
    script = TIMED.format(here=str(HERE), library=library, code=code)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    if done.returncode:
        print(f"{name} left out: {(done.stderr.strip().splitlines() or ['killed'])[-1]}")
        return float("nan"), float("nan"), float("nan")
    return tuple(json.loads(done.stdout.splitlines()[-1]))


def write(messages: int, found: dict[str, tuple[float, float, float]]) -> None:
    """Add the table to RESULTS.md and print it."""
    cores, memory = os.cpu_count(), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    base = found["build"]
    lines = [
        f"## {messages:,} messages, {time.strftime('%Y-%m-%d')}",
        "",
        f"{cores} cores, {memory:.0f} GiB, load {os.getloadavg()[1]:.1f}, Python {platform.python_version()}.",
        "",
        "Processor seconds compare fairly while others use the machine; seconds are what passed.",
        "",
        "| | seconds | messages/s | processor seconds | peak GB | times the engine's (seconds, processor) |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, (seconds, used, peak) in found.items():
        rate = "" if name in ("new day", "open") else f"{messages / seconds:,.0f}"
        ratio = f"{seconds / base[0]:.1f}, {used / base[1]:.1f}" if name in ("pandas", "polars") else ""
        lines.append(f"| {name} | {seconds:.2f} | {rate} | {used:.2f} | {peak:.2f} | {ratio} |")
    print("\n".join(lines))
    with (HERE / "RESULTS.md").open("a", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n\n")


if __name__ == "__main__":
    main()
