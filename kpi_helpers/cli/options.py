"""Options that several commands share."""

import click

DATA = click.option(
    "--data", "data_dir", envvar="KPI_DATA", default="", help="Data folder (default: data/, or KPI_DATA)."
)
LANG = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
FORMAT = click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True
)
