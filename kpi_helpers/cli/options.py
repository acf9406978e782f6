"""Options that several commands share."""

from pathlib import Path

import click

from kpi_helpers.errors import speaking


def _speak(context: click.Context, _: click.Parameter, lang: str) -> str:
    """What the command says, errors too, is in the language asked for."""
    return context.with_resource(speaking(lang)) or lang


DATA = click.option(
    "--data", "data_dir", envvar="KPI_DATA", default="", help="Data folder (default: data/, or KPI_DATA)."
)
LANG = click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", envvar="KPI_LANG", show_default=True, callback=_speak
)
FORMAT = click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True
)
REPORTS = click.option("--reports", "reports_dir", envvar="KPI_REPORTS", default="reports", show_default=True)
COMPARE = click.option("--compare-to", default="", help="previous (default), year_before, or any period.")
AUDIENCE = click.option(
    "--audience",
    type=click.Choice(["shop", "external"]),
    default="shop",
    show_default=True,
    help="external: agents masked, no rows listed; in external/ of the reports folder.",
)


def reports_of(reports_dir: str, audience: str) -> Path:
    """Where the reports for an audience lie: those for outsiders apart."""
    return Path(reports_dir) / ("" if audience == "shop" else audience)
