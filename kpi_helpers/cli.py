"""The command line: `kpi sample | ingest | status | history | undo | compute | rows | metrics | report`.

Exit status: 0 done, 1 failed, 2 wrong input or usage. People get a sentence, never a traceback.
"""

import os
import sys
from datetime import date
from pathlib import Path

import click

from kpi_helpers.errors import KpiError

DATA = click.option(
    "--data", "data_dir", envvar="KPI_DATA", default="", help="Data folder (default: data/, or KPI_DATA)."
)
LANG = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
FORMAT = click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="kpi-notebooks")
def cli() -> None:
    """客服数据分析工具包: e-commerce customer-service KPIs, from exports to reports."""


@cli.command()
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


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--shop", help="The shop of files that do not name theirs.")
@DATA
@LANG
def ingest(paths, shop, data_dir, lang) -> None:
    """Read exports (files or folders) into the store. Reading the same file again changes nothing."""
    from kpi_helpers import settings, sources
    from kpi_helpers.desk import find_data
    from kpi_helpers.sources.progress import bar
    from kpi_helpers.sources.summary import render

    home = find_data(data_dir)
    config = settings.find(home)
    report = sources.ingest(paths, home, shop, lambda name: settings.load(name, config).timezone, progress=bar)
    click.echo(render(report, lang))
    sys.exit(report.status)


@cli.command()
@click.option("--shop", default="", help="One shop (default: all).")
@FORMAT
@DATA
def status(shop, form, data_dir) -> None:
    """Show which days every table of every shop covers: the data-until of each."""
    from kpi_helpers.desk import open_desks
    from kpi_helpers.output import covered, write

    write((covered(desk) for desk in open_desks(shop, data_dir)), form)


@cli.command()
@FORMAT
@DATA
def history(form, data_dir) -> None:
    """List what was read into the store, newest last."""
    from kpi_helpers.desk import find_data
    from kpi_helpers.output import commits, write
    from kpi_helpers.store import Store

    write([commits(Store(find_data(data_dir)).commits())], form)


@cli.command()
@DATA
def undo(data_dir) -> None:
    """Take back the last ingest: the store is as it was before, and the history says so."""
    from kpi_helpers.desk import find_data
    from kpi_helpers.store import Store

    click.echo(f"commit {Store(find_data(data_dir)).undo().number}: the last ingest is undone")


@cli.command()
@click.argument("names", nargs=-1, required=True, metavar="METRIC...")
@click.option(
    "--period",
    required=True,
    help="2026-11-20, 2026-W47, 2026-11, 2026-Q4, 2026, a..b, yesterday, last-week …",
)
@click.option("--shop", default="", help="One shop (default: a row for each).")
@click.option("--by", default="shop", show_default=True, help="shop, agent, day, agent,day, team or hour.")
@click.option("--settled", is_flag=True, help="Only days whose window is closed: rates as they will stay.")
@FORMAT
@DATA
def compute(names, period, shop, by, settled, form, data_dir) -> None:
    """Print metrics of a period: numerator, denominator, value, interval, provisional, basis."""
    from kpi_helpers.desk import open_desks
    from kpi_helpers.metrics.compute import compute
    from kpi_helpers.output import write

    write((compute(names, desk, period, by, settled=settled) for desk in open_desks(shop, data_dir)), form)


@cli.command()
@click.argument("name")
@click.option("--period", required=True)
@click.option("--shop", default="")
@click.option("--agent", default="", help="Only this agent's.")
@click.option("--team", default="", help="Only this team's.")
@click.option("--hour", type=click.IntRange(0, 23), help="Only this clock hour.")
@click.option("--unmask", is_flag=True, help="Show buyers by name.")
@click.option("--of", "side", type=click.Choice(["numerator", "denominator"]), default="numerator", show_default=True)
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Write a .csv or .parquet file instead.")
@LANG
@DATA
def rows(name, period, shop, agent, team, hour, side, unmask, form, out, lang, data_dir) -> None:
    """List the chats, rounds or orders behind a number, with what decided each."""
    from kpi_helpers.desk import open_desk
    from kpi_helpers.metrics.rows import rows
    from kpi_helpers.output import save, write

    desk = open_desk(shop, data_dir)
    found = rows(name, desk, period, agent, side, team=team, hour=hour, lang=lang, unmask=unmask)
    save(found, out) if out else write([found], form)


@cli.command()
@click.argument("names", nargs=-1, metavar="[METRIC]...")
@FORMAT
@LANG
def metrics(names, form, lang) -> None:
    """List every metric, or the full definition of some."""
    from kpi_helpers.output import definitions, write

    write([definitions(names, lang)], form)


@cli.command()
@click.option(
    "--period",
    required=True,
    help="As for compute; also latest-week, latest-month: the last one the data hold.",
)
@click.option("--shop", default="", help="One shop (default: all).")
@LANG
@click.option("--reports", "reports_dir", envvar="KPI_REPORTS", default="reports", show_default=True)
@DATA
def report(period, shop, lang, reports_dir, data_dir) -> None:
    """Run every notebook for a period and publish the pages; the last good ones stay until then."""
    from kpi_helpers.desk import open_desks
    from kpi_helpers.report import report

    failed = []
    for desk in open_desks(shop, data_dir):
        try:
            published = report(desk, period, lang, data_dir, reports_dir)
            click.echo(published.index)
        except KpiError as error:
            failed.append(desk.shop)
            click.echo(f"{desk.shop}: {error}", err=True)
    sys.exit(1 if failed else 0)


def main() -> None:
    """Entry point of `kpi`: errors people can put right become one sentence and exit status 2."""
    try:
        cli()
    except KpiError as error:
        click.echo(f"kpi: {error}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
