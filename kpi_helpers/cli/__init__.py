"""The command line: `kpi`, one module per kind of command.

Commands import what they need when they run, so that `kpi --help` answers at once.
Exit status: 0 done, 1 failed, 2 wrong input or usage. People get a sentence, never a traceback.
"""

import gc
import os
import sys

import click

from kpi_helpers.cli import data, lab, numbers, reports, runs, share
from kpi_helpers.errors import KpiError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="kpi-notebooks")
def cli() -> None:
    """客服数据分析工具包: e-commerce customer-service KPIs, from exports to reports."""


for room in (data, numbers, reports, share, runs, lab):
    for command in [found for found in vars(room).values() if isinstance(found, click.Command)]:
        cli.add_command(command)


def main() -> None:
    """Entry point of `kpi`: errors people can put right become one sentence and exit status 2."""
    gc.set_threshold(100_000, 20, 100)  # what a command loads stays: to look for garbage in it is a tenth of its start
    try:
        cli()
    except KpiError as error:
        click.echo(f"kpi: {error}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
