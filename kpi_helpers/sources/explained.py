"""The words of `kpi ingest --explain`."""

import re
from pathlib import Path
from shutil import get_terminal_size

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kpi_helpers.errors import said
from kpi_helpers.metrics import metrics
from kpi_helpers.sources.columns import target
from kpi_helpers.sources.explain import Look, Reading, is_hidden
from kpi_helpers.sources.record import FileRecord
from kpi_helpers.wording.book import Book

MOST, MANY = 12, 40  # names in a list
HEADS = ("place", "name", "kind", "target", "printed", "value")
CUT = 28  # characters of an example
say = Book(Path(__file__).with_name("explain.toml"), spaces=False)


def render(found: list[tuple[FileRecord, Look | None]], lang: str, width: int | None = None) -> str:
    """Everything about every file, as text."""
    width = width or max(100, get_terminal_size((120, 24)).columns)
    console = Console(width=width, no_color=True, highlight=False, emoji=False, soft_wrap=True)
    with console.capture() as captured:
        for record, look in found:
            console.print(f"[bold]{escape(record.name)}[/bold]")
            for part in _parts(record, look, lang):
                console.print(part if isinstance(part, Table) else escape(f"  {part}"))
            console.print()
        console.print(say("line.nothing", lang))
    return captured.get()


def _parts(record: FileRecord, look: Look | None, lang: str) -> list[str | Table]:
    if record.skipped:
        return [say("line.skipped", lang, why=said(record.skipped, lang))]
    if look is None:
        return [say("line.refused", lang, error=said(record.error, lang))]
    if not look.layout:
        return _unknown(record, look, lang)
    return [
        _form(look, lang),
        _table(look.readings, lang),
        *_unread(look, lang),
        *_lost(look, lang),
        *_rows(record, lang),
    ]


def _unknown(record: FileRecord, look: Look, lang: str) -> list[str]:
    """What a file nobody knows consists of, what it comes nearest to, and what to do."""
    lines = [say("line.unknown", lang, names=_listed([name[:40] for name in look.names if name], lang, MANY) or "–")]
    for near in look.near:
        lacking = _listed([say("line.either", lang).join(group) for group in near.lacks], lang) or "–"
        lines.append(say("line.near", lang, label=near.layout.label[lang], n=near.has, lacking=lacking))
    return [*lines, say("line.map", lang, file=record.name)]


def _form(look: Look, lang: str) -> str:
    key = "line.form" if look.header else "line.table_form"
    named = {"label": look.layout.label[lang], "layout": look.layout.name, "form": look.form.upper()}
    return say(key, lang, **named, header=look.header, first=look.header + 1)


def _table(readings: list[Reading], lang: str) -> Table:
    """The columns that are read: where, what they are called, as what, what for, and an example."""
    shown = Table(show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    for key in HEADS:
        shown.add_column(say(f"head.{key}", lang), overflow="fold")
    for reading in readings:
        if reading.how == "read":
            shown.add_row(*map(escape, _cells(reading, lang)))
    return shown


def _cells(reading: Reading, lang: str) -> tuple[str, ...]:
    kind = say(f"kind.{reading.kind}", lang)
    kind = kind if reading.scale == 1 else say("kind.scaled", lang, kind=kind, scale=f"{reading.scale:g}")
    into = [re.sub(r"（.*）|\(.*\)", "", target(name, lang)).strip() for name in reading.targets]
    used = _listed(into, lang, 2) or say("kind.check", lang)
    printed = say("kind.hidden", lang) if is_hidden(reading.kind, reading.targets) else _visible(reading.printed)
    return reading.place, reading.name, kind, used, printed, _value(reading, lang)


def _visible(cell: str) -> str:
    """A cell with its tabs and line breaks to be seen, and no room taken by them."""
    return cell.translate({ord("\t"): "⇥", ord("\n"): "↵", ord("\r"): None})[:CUT]


def _value(reading: Reading, lang: str) -> str:
    """What the cell became; of a column that only fills another's blanks, which one."""
    if reading.spare:
        return say("kind.spare", lang, name=reading.spare)
    if reading.kind == "money":
        return re.sub(r"(\.\d\d)0+$", r"\1", reading.value)
    if reading.kind in ("number", "rate", "duration") and reading.value:
        return f"{float(reading.value):.10g}"
    return _visible(reading.value)


def _unread(look: Look, lang: str) -> list[str]:
    kinds = {"unused": "line.unread", "ignored": "line.ignored", "private": "line.private"}
    found = {how: [r.name for r in look.readings if r.how == how and r.name] for how in kinds}
    return [say(kinds[how], lang, names=_listed(names, lang, MANY)) for how, names in found.items() if names]


def _lost(look: Look, lang: str) -> list[str]:
    """A line for every group of missing columns that cost the same metrics, and one for what are only counts."""
    groups: dict[tuple[str, ...], tuple[dict, list]] = {}
    for fields, lost in look.lost.items():
        key = fields if any(metrics()[name].denominator for name in lost) else ()
        columns, names = groups.setdefault(key, ({}, []))
        columns.update(dict.fromkeys(_titles(look, field, lang) for field in fields))
        names += [target(name, lang) for name in lost]
    last = [groups.pop(())] if () in groups else []
    return [
        say("line.lost", lang, columns=_listed(list(columns), lang, MANY), metrics=_listed(names, lang))
        for columns, names in [*groups.values(), *last]
    ]


def _titles(look: Look, field: str, lang: str) -> str:
    return say("line.either", lang).join(look.layout.title(name) for name in field.split("|"))


def _rows(record: FileRecord, lang: str) -> list[str]:
    notes = [
        say("line.note", lang, note=said(note, lang))
        for note in record.notes
        if not note.startswith("columns not used")
    ]
    if record.error:
        return [*notes, say("line.refused", lang, error=said(record.error, lang))]
    counts = say("line.rows", lang, read=f"{record.read:,}", used=f"{record.used:,}", aside=f"{record.set_aside:,}")
    whys = [say("line.why", lang, n=f"{n:,}", reason=said(reason, lang)) for reason, n in record.reasons.items()]
    return [*notes, counts, *whys]


def _listed(names: list[str], lang: str, most: int = MOST) -> str:
    joined = ("、" if lang == "zh" else ", ").join(names[:most])
    return joined if len(names) <= most else f"{joined} … {say('line.more', lang, n=len(names))}"
