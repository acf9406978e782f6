"""Pages out: `kpi report`."""

import sys

import click

from kpi_helpers.cli.options import AUDIENCE, COMPARE, DATA, LANG, REPORTS, reports_of


@click.command()
@click.option(
    "--period",
    required=True,
    help="As for compute; also latest-week, latest-month: the last one the data hold.",
)
@click.option("--shop", default="", help="One shop (default: all).")
@COMPARE
@AUDIENCE
@click.option("--force", is_flag=True, help="Make it although nothing changed since the last time.")
@LANG
@REPORTS
@DATA
def report(period, shop, compare_to, audience, force, lang, reports_dir, data_dir) -> None:
    """Run every notebook for a period and publish the pages; the last good ones stay until then."""
    from kpi_helpers import kernels

    kernels.start()  # loads while the next lines do
    from kpi_helpers.engine.nearby import sharing
    from kpi_helpers.report.parameters import check_value
    from kpi_helpers.runs import Wanted
    from kpi_helpers.runs.shops import make_for_all

    check_value("period", period)
    given = {"compare_to": compare_to} if compare_to else {}
    given |= {"audience": audience} if audience == "external" else {}
    wanted = Wanted(lang, data_dir, reports_of(reports_dir, audience), given, force=force)
    with sharing():
        runs = make_for_all(shop, period, wanted, lambda run: click.echo(run.told(), err=run.bad))
    sys.exit(1 if any(run.bad for run in runs) else 0)
