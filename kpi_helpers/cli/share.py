"""What goes beside a report: `kpi share`."""

from pathlib import Path

import click

from kpi_helpers.cli.options import AUDIENCE, DATA, LANG, REPORTS, reports_of


@click.command()
@click.option("--period", required=True, help="Of a report that was made; as for report.")
@click.option("--shop", default="", help="Whose (default: the only shop).")
@AUDIENCE
@click.option("--png", is_flag=True, help="Also a long picture of the first page, for chats (needs Chromium).")
@click.option("--pdf", is_flag=True, help="Also the whole report on A4 (needs Chromium).")
@click.option("--out", default="share", show_default=True, help="Folder to write to.")
@LANG
@REPORTS
@DATA
def share(period, shop, audience, png, pdf, out, lang, reports_dir, data_dir) -> None:
    """Five lines to paste, and every figure of a report as CSV and xlsx; picture and PDF on request."""
    from kpi_helpers.desk import open_desk
    from kpi_helpers.report import browser
    from kpi_helpers.report import share as shared
    from kpi_helpers.report.files import period_slug
    from kpi_helpers.store.names import slug

    desk = open_desk(shop, data_dir)
    when = desk.period(period)
    page = reports_of(reports_dir, audience) / slug(desk.shop) / period_slug(when.label) / f"report-{lang}.html"
    found = shared.read(page)
    folder, name = Path(out), f"{slug(desk.shop)}-{period_slug(when.label)}-{lang}"
    name += "-external" * (audience == "external")
    folder.mkdir(parents=True, exist_ok=True)
    text, rows = shared.summary(found), shared.figures(found, lang)
    (folder / f"{name}.txt").write_text(text + "\n", "utf-8")
    shared.write_csv(rows, folder / f"{name}.csv")
    shared.write_xlsx(rows, folder / f"{name}.xlsx")
    for wanted, ending, make in ((png, "png", browser.picture), (pdf, "pdf", browser.paper)):
        if wanted:
            (folder / f"{name}.{ending}").write_bytes(make(page))
    click.echo(text + "\n")
    for path in sorted(folder.glob(f"{name}.*")):
        click.echo(path)
