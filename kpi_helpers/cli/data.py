"""Exports in: `kpi sample | ingest | map | agents | coverage | history | undo`."""

import sys
from datetime import date
from pathlib import Path

import click

from kpi_helpers.cli.options import DATA, FORMAT, LANG
from kpi_helpers.errors import said

FILES = 6  # of an ingest that are named in a table


@click.command()
@click.option("--days", default=90, show_default=True)
@click.option("--agents", default=12, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--end", type=click.DateTime(["%Y-%m-%d"]), default="2026-11-05", show_default=True, help="Last day.")
@click.option("--buyers-per-day", type=int, help="Size of the shop (default 36 an agent).")
@click.option("--shop", default="青禾家居旗舰店", show_default=True)
@click.option("--csv", "form", flag_value="csv", default="parquet", help="Write CSV instead of Parquet.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder (default: sample/ in the data folder).")
@DATA
def sample(days, agents, seed, end, buyers_per_day, shop, form, out, data_dir) -> None:
    """Write an invented shop to try the kit on, with TRUTH.md saying what is planted in it."""
    from kpi_helpers.desk import find_data
    from kpi_helpers.sample import generate

    folder = out or find_data(data_dir) / "sample"
    last = date(end.year, end.month, end.day)
    for path in generate(folder, days, agents, seed, last, buyers_per_day, shop, format=form or "parquet"):
        click.echo(path)
    click.echo(f"Read it in with: kpi ingest {folder}")


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--shop", help="The shop of files that do not name theirs.")
@click.option("--map", "mapping", type=click.Path(path_type=Path), help="Read by this mapping file (see kpi map).")
@click.option("--explain", "only_explain", is_flag=True, help="Say how each column would be read; write nothing.")
@DATA
@LANG
def ingest(paths, shop, mapping, only_explain, data_dir, lang) -> None:
    """Read exports (files or folders) into the store. Reading the same file again changes nothing."""
    from kpi_helpers import arrival, quality
    from kpi_helpers.desk import find_data
    from kpi_helpers.sources import mapping as mappings
    from kpi_helpers.sources.progress import bar
    from kpi_helpers.sources.summary import render

    home = find_data(data_dir)
    known = (mappings.load(mapping),) if mapping else mappings.known(home)
    if only_explain:
        sys.exit(_explain(paths, shop, arrival.zones(home), known, lang))
    done = arrival.take_in(paths, home, shop, known, bar)
    click.echo(render(done.report, lang))
    for name, findings in done.findings.items():
        for finding in findings:
            click.echo(f"{name}: {quality.told(finding, lang)}")
    sys.exit(done.report.status)


def _explain(paths, shop, zone, known, lang) -> int:
    from kpi_helpers.sources.explain import explain
    from kpi_helpers.sources.explained import render

    found = explain(paths, shop, zone, known)
    click.echo(render(found, lang), nl=False)
    return 0 if any(record.used for record, _ in found) else 2


@click.command("map")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "table", default="", help="The table its rows are for, such as orders (default: the best guess).")
@click.option("--sheet", default="", help="The sheet of a workbook (default: the widest).")
@click.option("--out", type=click.Path(path_type=Path), help="Where to write (default: layouts/ in the data folder).")
@DATA
@LANG
def map_file(file, table, sheet, out, data_dir, lang) -> None:
    """Write a mapping file for an export nobody knows, with best guesses to correct by hand."""
    from kpi_helpers.desk import find_data
    from kpi_helpers.sources.drafted import write

    click.echo("\n".join(write(file, find_data(data_dir), lang, table, sheet, out)))


@click.command()
@click.option("--shop", default="", help="One shop (default: all).")
@FORMAT
@DATA
@LANG
def coverage(shop, form, data_dir, lang) -> None:
    """Show which days every table of every shop covers, and what in the data disagrees."""
    from kpi_helpers import quality
    from kpi_helpers.desk import find_data, open_desks
    from kpi_helpers.output import covered, write

    write((covered(desk) for desk in open_desks(shop, data_dir)), form)
    if form == "table":
        for name, findings in quality.kept(find_data(data_dir)).items():
            for finding in findings if shop in ("", name) else ():
                click.echo(f"{name}: {quality.told(finding, lang)}")


@click.command()
@click.option("--shop", default="", help="One shop (default: all).")
@click.option(
    "--template",
    is_flag=False,
    flag_value="agents.csv",
    type=click.Path(path_type=Path),
    help="Write the agents table to fill instead (default: agents.csv); read it in with kpi ingest.",
)
@FORMAT
@DATA
def agents(shop, template, form, data_dir) -> None:
    """List the nicknames in the data that match nobody in the agents table, with the nearest known name."""
    from kpi_helpers import roster
    from kpi_helpers.desk import open_desks
    from kpi_helpers.output import write

    if template:
        new = roster.template(open_desks(shop, data_dir), template)
        click.echo(said(f"{template}: {new} new accounts to fill in"))
        return
    write((roster.strangers(desk) for desk in open_desks(shop, data_dir)), form)


@click.command()
@click.option("--of", "table", default="", help="The values a row of this table had, first to last …")
@click.option("--where", multiple=True, metavar="COLUMN=VALUE", help="… the row meant, such as order_id=4890.")
@click.option("--shop", default="", help="The shop of the row (default: the only one).")
@click.option("--unmask", is_flag=True, help="Show buyers by name.")
@FORMAT
@DATA
def history(table, where, shop, unmask, form, data_dir) -> None:
    """List what was read into the store, newest last; with --of, what became of a row."""
    from kpi_helpers.desk import find_data
    from kpi_helpers.output import commits, write
    from kpi_helpers.store import Store
    from kpi_helpers.versions import values

    home = find_data(data_dir)
    most = FILES if form == "table" else None
    write([values(home, table, where, shop, unmask) if table else commits(Store(home).commits(), most)], form)


@click.command()
@DATA
def undo(data_dir) -> None:
    """Take back the last ingest: the store is as it was before, and the history says so."""
    from kpi_helpers.desk import find_data
    from kpi_helpers.store import Store

    click.echo(said(f"commit {Store(find_data(data_dir)).undo().number}: the last ingest is undone"))
