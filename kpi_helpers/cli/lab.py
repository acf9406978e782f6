"""The analyst's desk: `kpi lab`."""

import click

from kpi_helpers.cli.options import DATA
from kpi_helpers.errors import KpiError


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the Lab (default: the first free one from 8888).")
@click.option("--no-browser", is_flag=True, help="Only start it; print the address.")
@DATA
def lab(port, no_browser, data_dir) -> None:
    """Open the notebooks in JupyterLab at their start page."""
    import subprocess
    import sys

    from kpi_helpers.explorer.lab import command, environment

    done = subprocess.run(command(port, no_browser), env=environment(data_dir))
    if done.returncode not in (0, 130, -2):
        raise KpiError(f"JupyterLab stopped with status {done.returncode}; its own words stand above")
    sys.exit(0)
