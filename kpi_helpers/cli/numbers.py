"""Numbers out: `kpi compute | rows | metrics`."""

from pathlib import Path

import click

from kpi_helpers.cli.options import DATA, FORMAT, LANG


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="METRIC...")
@click.option(
    "--period",
    required=True,
    help="2026-11-20, 2026-W47, 2026-11, 2026-Q4, 2026, a..b, yesterday, last-week …",
)
@click.option("--shop", default="", help="One shop (default: a row for each).")
@click.option("--by", default="shop", show_default=True, help="shop, agent, day, agent,day, team or hour.")
@click.option("--settled", is_flag=True, help="Only days whose window is closed: rates as they will stay.")
@click.option("--as-of", type=int, help="As the data were after this commit (kpi history): as first published.")
@FORMAT
@DATA
def compute(names, period, shop, by, settled, as_of, form, data_dir) -> None:
    """Print metrics of a period: numerator, denominator, value, interval, provisional, basis."""
    from kpi_helpers.desk import open_as_of, open_desks
    from kpi_helpers.metrics.compute import compute
    from kpi_helpers.output import write

    desks = open_desks(shop, data_dir) if as_of is None else [open_as_of(as_of, shop, data_dir)]
    write((compute(names, desk, period, by, settled=settled) for desk in desks), form)


@click.command()
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


@click.command()
@click.argument("names", nargs=-1, metavar="[METRIC]...")
@FORMAT
@LANG
def metrics(names, form, lang) -> None:
    """List every metric, or the full definition of some."""
    from kpi_helpers.output import definitions, write

    write([definitions(names, lang)], form)
