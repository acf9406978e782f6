"""Reports by schedule and in bulk: `kpi run --due | runs | status | backfill`."""

import sys
from datetime import datetime
from pathlib import Path

import click

from kpi_helpers.cli.options import COMPARE, DATA, FORMAT, LANG, REPORTS


@click.command()
@click.option("--due", "due_only", is_flag=True, required=True, help="Make what the schedule asks for.")
@click.option("--shop", default="", help="One shop (default: all).")
@click.option(
    "--wait", "minutes", default=0, show_default=True, help="Minutes to wait for data that are still to come."
)
@click.option("--now", type=click.DateTime(), help="Another moment, to try a schedule out.")
@REPORTS
@DATA
@LANG
def run(due_only, shop, minutes, now, reports_dir, data_dir, lang) -> None:
    """Read new files of data/raw, then make every report that is due: for cron, systemd, the Task Scheduler, Airflow.

    Calling it again changes nothing. Exit status: 0 all is well or waits for data, 1 something failed or is late.
    """
    from kpi_helpers import kernels

    kernels.start()  # loads while the next lines do
    from kpi_helpers.runs.errand import run_due, until_settled
    from kpi_helpers.runs.notify import tell

    moment = now.astimezone() if now else None
    errand = until_settled(lambda: run_due(data_dir, Path(reports_dir), shop, moment, tell), minutes)
    for told in [*(run.told() for run in errand.runs), *errand.refused, *errand.untold]:
        click.echo(told)
    sys.exit(errand.status)


@click.command()
@click.option("--shop", default="")
@click.option("--last", "count", default=20, show_default=True)
@REPORTS
@FORMAT
@LANG
def runs(shop, count, reports_dir, form, lang) -> None:
    """List the last runs: what became of each, why, and how long it took."""
    from kpi_helpers.output import write
    from kpi_helpers.runs.listing import listed

    write([listed(Path(reports_dir), shop, count)], form)


@click.command()
@click.option("--shop", default="", help="One shop (default: all).")
@REPORTS
@DATA
@FORMAT
@LANG
def status(shop, reports_dir, data_dir, form, lang) -> None:
    """The dead-man check: every shop's newest good report, its age, until when the data reach, and what is late.

    Exit status: 0 nothing is late, 1 something is. Let a monitor on another machine call it.
    """
    from kpi_helpers.output import write
    from kpi_helpers.runs.listing import overdue

    frame = overdue(data_dir, Path(reports_dir), datetime.now().astimezone(), shop)
    write([frame], form)
    sys.exit(1 if frame["late"].astype(bool).any() else 0)


@click.command()
@click.argument("first")
@click.argument("last")
@click.option("--shop", default="", help="One shop (default: all).")
@COMPARE
@click.option("--workers", default=2, show_default=True, help="Reports at a time on this machine.")
@click.option("--scheduler", default="", help="tcp://… of a Dask scheduler, to use its workers instead.")
@click.option("--force", is_flag=True, help="Also those that are as the data are.")
@LANG
@REPORTS
@DATA
def backfill(first, last, shop, compare_to, workers, scheduler, force, lang, reports_dir, data_dir) -> None:
    """Make the reports of every period from FIRST to LAST (2026-W01 2026-W44); what is there already is kept."""
    from kpi_helpers import kernels

    kernels.start()
    from kpi_helpers.runs import Wanted
    from kpi_helpers.runs.backfill import backfill

    given = {"compare_to": compare_to} if compare_to else {}
    wanted = Wanted(lang, data_dir, Path(reports_dir), given, force=force)
    made = backfill(first, last, shop, wanted, workers, scheduler)
    for run in made:
        click.echo(run.told(), err=run.bad)
    sys.exit(1 if any(run.bad for run in made) else 0)
