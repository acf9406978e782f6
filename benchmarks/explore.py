"""How long a change of each control of `kpi.explore()` takes until the number, and until everything, is shown anew."""

import argparse
import os
import platform
import statistics
import time
from pathlib import Path

HERE = Path(__file__).parent
CHANGES = [
    ("by", "agent"), ("by", "day"), ("by", "hour"), ("by", "weekday_hour"), ("by", "product"), ("by", "team"),
    ("by", "agent"), ("metric", "inquiry_to_final_payment_rate"), ("metric", "received_buyers"),
    ("metric", "mean_response_seconds"), ("metric", "sales_per_buyer"), ("metric", "sales"),
    ("attribution_rule", "payment"), ("attribution_rule", "order_first"), ("agent", 2), ("agent", 0), ("team", 1),
    ("team", 0), ("compare_to", "2026-W30"), ("earlier", None), ("later", None), ("view", "taobao"), ("view", ""),
]  # fmt: skip
TRIES = {"slow_seconds": ("mean_response_seconds", 60), "attribution_window_hours": ("sales", 24),
         "session_gap_minutes": ("inquiry_to_final_payment_rate", 15)}  # fmt: skip
PERIODS = ("latest-week", "latest-month", "latest-quarter")


def main() -> None:
    """Move every control, one after the other; print and keep a table per period."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("data", type=Path, help="a data folder with one shop, such as benchmarks/engine.py makes")
    given.add_argument("--periods", nargs="+", default=PERIODS)
    chosen = given.parse_args()
    write({period: measure(chosen.data, period) for period in chosen.periods}, _messages(chosen.data))


def measure(data: Path, period: str) -> dict[str, tuple[float, float, float]]:
    """control -> the longest of its changes: seconds until the number and until all of it, processor seconds."""
    import kpi_helpers as kpi
    from kpi_helpers.explorer.board import Board
    from kpi_helpers.explorer.question import Question

    desk = kpi.open_desk(data_dir=data)
    board = Board(desk, Question(desk.shop, desk.period(period), by="shop", data_dir=str(data)))
    found: dict[str, list[tuple[float, float, float]]] = {}
    stamps: list[float] = []
    for panel in (board.told, board.numbers):
        panel.observe(lambda _: stamps.append(time.perf_counter()), names="serial")
    for name, value in CHANGES:
        if isinstance(value, int) and value >= len(getattr(board.controls, name).options):
            continue  # a shop without teams
        board.worker.wait()
        stamps.clear()
        began, used = time.perf_counter(), time.process_time()
        _move(board.controls, name, value)
        board.worker.wait()
        took = (*(at - began for at in (stamps[:1] or [began]) + (stamps[-1:] or [began])), time.process_time() - used)
        found.setdefault(_label(name, value), []).append(took)
    tries = {f"what if {name}": _try(kpi, desk, period, name, *asked) for name, asked in TRIES.items()}
    return {label: max(times) for label, times in found.items()} | tries


def _try(kpi, desk, period: str, setting: str, metric: str, value: int) -> tuple[float, float, float]:
    began, used = time.perf_counter(), time.process_time()
    found = kpi.whatif(metric, desk, period, unmask=True, **{setting: value})
    shown = time.perf_counter() - began
    found.moved  # noqa: B018 - the rows that changed sides come after the numbers
    return shown, time.perf_counter() - began, time.process_time() - used


def _label(name: str, value: object) -> str:
    return f"{name} {value}" if name in ("by", "metric") or value == "taobao" else name


def _move(controls, name: str, value: object) -> None:
    box = getattr(controls, name)
    if value is None:
        box.click()
    else:
        box.value = box.options[value][1] if isinstance(value, int) else value


def _messages(data: Path) -> int:
    from kpi_helpers.store.store import Store

    store = Store(data)
    return store.rows(store.shops()[0])["messages"]


def write(found: dict[str, dict[str, tuple[float, float, float]]], messages: int) -> None:
    """Add the table to RESULTS.md and print it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    lines = [
        f"## The explorer on {messages:,} messages, {time.strftime('%Y-%m-%d')}",
        "",
        f"{os.cpu_count()} cores, {memory:.0f} GiB, load {os.getloadavg()[1]:.1f}, Python {platform.python_version()}.",
        "",
        "Seconds until the number is shown, until everything is (of counts: with what is usual), processor seconds,"
        " which compare fairly while others use the machine.",
        "",
        f"| change | {' | '.join(found)} |",
        f"| --- |{' ---: |' * len(found)}",
    ]
    for label in next(iter(found.values())):
        lines.append(f"| {label} | {' | '.join(_pair(times[label]) for times in found.values())} |")
    middle = " | ".join(
        _pair([statistics.median(parts) for parts in zip(*t.values(), strict=True)]) for t in found.values()
    )
    lines.append(f"| median | {middle} |")
    print("\n".join(lines))
    with (HERE / "RESULTS.md").open("a", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n\n")


def _pair(took: tuple[float, float, float]) -> str:
    return f"{took[0]:.2f}, {took[1]:.2f} ({took[2]:.2f})"


if __name__ == "__main__":
    main()
