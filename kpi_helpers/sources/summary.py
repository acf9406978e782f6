"""The table an ingest ends with: file, recognised as, rows read, used, set aside, why."""

from shutil import get_terminal_size

from rich.markup import escape
from rich.table import Table

from kpi_helpers.errors import said
from kpi_helpers.sources.intake import IngestReport
from kpi_helpers.sources.record import FileRecord

HEAD = {
    "en": ("file", "recognised as", "shop", "read", "used", "set aside", "why"),
    "zh": ("文件", "识别为", "店铺", "读取行", "采用行", "搁置行", "原因"),
}
NOTHING_NEW = {"en": "nothing new: the store has not changed", "zh": "没有新内容：数据库未改变"}
COMMITTED = {
    "en": "stored as commit {n} (kpi undo takes it back)",
    "zh": "已存为第 {n} 次提交（kpi undo 可撤销）",
}
REFUSED = {"en": "not used: see below", "zh": "没有采用，见下"}
SKIPPED = {"en": "skipped {n}: {names}", "zh": "跳过 {n} 个：{names}"}
MAP = {
    "en": "unknown files: kpi map FILE writes a mapping file with best guesses; correct it and read the file again",
    "zh": "认不出的文件：运行 kpi map 文件名，会写出一份猜好的对照文件，改好后再读一次",
}
NAMES_SHOWN = 5


def _cells(record: FileRecord, lang: str) -> tuple[str, ...]:
    if record.error:
        return (record.name, record.label.get(lang, "–"), "", "", "", "", REFUSED[lang])
    why = "; ".join(f"{said(reason, lang)}: {count:,}" for reason, count in record.reasons.items())
    counts = (f"{n:,}" for n in (record.read, record.used, record.set_aside))
    return (record.name, record.label[lang], ", ".join(record.shops[:3]), *counts, why)


def table(report: IngestReport, lang: str = "en") -> Table:
    """The summary as a rich table, a row a file."""
    shown = Table(show_edge=False, pad_edge=False)
    for at, name in enumerate(HEAD[lang]):
        shown.add_column(name, justify="right" if 3 <= at <= 5 else "left", overflow="fold")
    for record in report.files:
        if not record.skipped:
            shown.add_row(*map(escape, _cells(record, lang)))
    return shown


def notes(report: IngestReport, lang: str = "en") -> list[str]:
    """What else there is to say: decisions per file, what was skipped, and which commit it became."""
    lines = [f"{record.name}: {said(record.error, lang)}" for record in report.refused]
    lines += [f"{record.name}: {said(note, lang)}" for record in report.files for note in record.notes]
    skipped = [f"{record.name} ({said(record.skipped, lang)})" for record in report.files if record.skipped]
    if skipped:
        more = [f"… {len(skipped) - NAMES_SHOWN}"] if len(skipped) > NAMES_SHOWN else []
        lines.append(SKIPPED[lang].format(n=len(skipped), names=", ".join(skipped[:NAMES_SHOWN] + more)))
    lines += [MAP[lang]] if any(record.unknown for record in report.files) else []
    lines.append(COMMITTED[lang].format(n=report.commit) if report.commit else NOTHING_NEW[lang])
    return lines


def render(report: IngestReport, lang: str = "en", width: int | None = None) -> str:
    """The whole summary as text: the table, then the notes."""
    from rich.console import Console

    width = width or max(60, get_terminal_size((120, 24)).columns)
    console = Console(width=width, no_color=True, highlight=False, emoji=False)
    with console.capture() as captured:
        console.print(table(report, lang))
        for line in notes(report, lang):
            console.print(escape(line), soft_wrap=True)
    return captured.get()
