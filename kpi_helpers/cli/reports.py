"""Pages out: `kpi report`."""

import sys

import click

from kpi_helpers.cli.options import DATA, LANG
from kpi_helpers.errors import KpiError


@click.command()
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
    from kpi_helpers import kernels

    kernels.start()  # loads while the next lines do
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
