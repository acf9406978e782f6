"""What exports go through on their way in: recognised and kept, made ready for questions, looked over."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kpi_helpers import quality, settings
from kpi_helpers.engine import lines
from kpi_helpers.sources import IngestReport, ingest, mapping
from kpi_helpers.sources.layouts import Layout
from kpi_helpers.sources.progress import no_progress
from kpi_helpers.store import Store


@dataclass
class Arrival:
    """What became of the files, and what the tables of each shop they speak of now say that cannot all be right."""

    report: IngestReport
    findings: dict[str, list[quality.Finding]] = field(default_factory=dict)


def zones(home: Path) -> Callable[[str], str]:
    """A shop's time zone by its name, from the settings of a data folder."""
    config = settings.find(home)
    return lambda name: settings.load(name, config).timezone


def take_in(
    paths: Iterable[str | Path],
    home: Path,
    shop: str | None = None,
    known: Sequence[Layout] = (),
    progress=no_progress,
) -> Arrival:
    """Read files into the store of the data folder `home`, then prepare and review the shops they speak of.

    `shop` names the shop of files that do not name theirs; `known` are the layouts to recognise files by (default: the
    folder's mapping files, then those of the kit). Raises KpiError for a mapping file or settings that cannot be read.
    """
    report = ingest(paths, home, shop, zones(home), progress, known or mapping.known(home))
    if not report.commit:
        return Arrival(report)
    shops, store, config = sorted({name for r in report.files for name in r.shops}), Store(home), settings.find(home)
    for name in shops:
        lines.prepare(store, name)
    return Arrival(
        report, quality.after_ingest(home, report.commit, {name: settings.load(name, config) for name in shops})
    )
