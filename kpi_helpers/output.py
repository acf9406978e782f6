"""Results as people and programs read them: a table, CSV, JSON, Parquet."""

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import click
import pandas as pd

from kpi_helpers import metrics
from kpi_helpers.desk import Desk
from kpi_helpers.engine.clock import to_date
from kpi_helpers.errors import KpiError
from kpi_helpers.store.commits import Commit


def write(frames: Iterable[pd.DataFrame], form: str) -> None:
    """Print frames as one: `table` for eyes, `csv` for Excel, `json` as a list of records (null: not available)."""
    frame = pd.concat(list(frames), ignore_index=True)
    if form == "json":
        click.echo(json.dumps(records(frame), ensure_ascii=False, indent=1))
    elif form == "csv":
        click.echo(_whole(frame).to_csv(index=False), nl=False)
    else:
        _table(_whole(frame))


def save(frame: pd.DataFrame, path: Path) -> None:
    """Write to a .csv (UTF-8 with a mark, so that Excel reads it) or .parquet file."""
    if path.suffix == ".csv":
        _whole(frame).to_csv(path, index=False, encoding="utf-8-sig")
    elif path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
    else:
        raise KpiError(f"{path.name}: write rows to a name that ends in .csv or .parquet")
    click.echo(f"{path}: {len(frame)} rows")


def records(frame: pd.DataFrame) -> list[dict]:
    """One dict per row: dates as ISO text, whole numbers without a fraction, None for what is missing."""
    return [{name: _plain(value) for name, value in row.items()} for row in frame.to_dict("records")]


def covered(desk: Desk) -> pd.DataFrame:
    """First and last business day of every table of a shop that speaks of days."""
    spans = sorted(desk.coverage.spans.items())
    lines = [{"shop": desk.shop, "table": t, "from": to_date(a), "until": to_date(b)} for t, (a, b) in spans]
    return pd.DataFrame(lines, columns=["shop", "table", "from", "until"])


def commits(found: Iterable[Commit], most: int | None = None) -> pd.DataFrame:
    """The store's history: number, moment, what was done, and the files with the rows used of each, at most `most`."""
    lines = [{"commit": c.number, "at": c.at, "what": c.kind, "files": _files(c.files, most)} for c in found]
    return pd.DataFrame(lines, columns=["commit", "at", "what", "files"])


def _files(files: list[dict], most: int | None) -> str:
    shown = [f"{file['name']} ({file['used']})" for file in files[:most]]
    return ", ".join([*shown, *([f"… {len(files)}"] if len(shown) < len(files) else [])])


def definitions(names: Iterable[str], lang: str) -> pd.DataFrame:
    """The registry as a table: name, label, definition, kind, unit, direction, and what to know about it."""
    chosen = [metrics.get(name) for name in names] or list(metrics.metrics().values())
    return pd.DataFrame(
        {
            "metric": m.name,
            "label": m.label[lang],
            "definition": m.formula[lang],
            "kind": m.kind,
            "unit": m.unit,
            "better": m.better,
            "why": m.why.get(lang, ""),
            "caveat": m.caveat.get(lang, ""),
        }
        for m in chosen
    )


def _whole(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame as plain values, so that a whole number prints without a fraction and a missing one as nothing."""
    return pd.DataFrame(records(frame), columns=frame.columns, dtype=object)


def _plain(value: object) -> object:
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def _table(frame: pd.DataFrame) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in frame.columns:
        numeric = frame[name].map(lambda v: isinstance(v, (int, float)) or v is None).all()
        table.add_column(str(name), justify="right" if numeric else "left", no_wrap=True)
    for row in frame.itertuples(index=False):
        table.add_row(*map(_cell, row))
    # Long lines beat folded ones: a number cut in two is a wrong number.
    Console(width=4000, soft_wrap=True, markup=False, emoji=False).print(table)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    return (
        "–" if value is None else f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    )
