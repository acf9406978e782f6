"""旺旺/千牛 chats as text: what the old client saved, what the clipboard holds, what the 聊天记录查询 page shows.

All three become rows under HEADER, which layouts/qianniu_chats.toml reads like any table.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from kpi_helpers.errors import KpiError
from kpi_helpers.sources.book import BookSheet
from kpi_helpers.sources.coding import encoding

HEADER = ["客户名", "发送时间", "发送账号", "接待客服", "发送内容"]
SNIFFED = 1 << 16
LARGEST = 256 << 20
DAY = r"\d{4}-\d{1,2}-\d{1,2}"
CLOCK = r"\d{1,2}:\d\d:\d\d"
OLD = re.compile(rf"(\d{{4}}年\d{{1,2}}月\d{{1,2}}日)\s*({CLOCK})\s+(?:(.+?):\s(.*)|(.+?):(.*))$")
CLIP = re.compile(rf"([^\t,;|\"]{{1,64}}?)(?:\s*-->\s*([^\t,;|\"]{{1,64}}?))?\s*({DAY}\s+{CLOCK})$")
MOMENT = re.compile(rf"{DAY}\s+{CLOCK}$")
DATE = re.compile(rf"({DAY})(?:\s*(?:星期|周).)?$")
TIME = re.compile(rf"{CLOCK}$")
RECEIPTS = {"已读", "未读", "发送中"}  # what the page prints beside a message; nobody said it


@dataclass
class Said:
    """One message as it stands in a transcript."""

    at: str
    by: str
    to: str = ""
    section: str = ""
    lines: list[str] = field(default_factory=list)


def sheets(path: Path) -> list[BookSheet] | None:
    """The transcript in a text file as one sheet, or None when it is none."""
    if path.stat().st_size > LARGEST:
        return None
    with path.open("rb") as file:
        reader = _reader([line.strip("\ufeff ") for line in _decoded(file.read(SNIFFED)).splitlines()])
    if reader is None:
        return None
    try:
        text = path.read_text(encoding=encoding(path))
    except UnicodeDecodeError:
        raise KpiError("the file is neither UTF-8 nor GB18030; save it as UTF-8") from None
    lines = [line.strip("\ufeff\u200b ") for line in text.splitlines()]
    return [BookSheet("", [HEADER, *_rows(list(reader(lines)))])]


def _decoded(start: bytes) -> str:
    """A file's beginning, well enough to see its shape; whether all of it can be decoded is asked only then."""
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return start.decode("gb18030", errors="replace")


def _reader(lines: list[str]):
    """Which of the three shapes this is, by its first lines."""
    if any(map(OLD.match, lines)):
        return _old
    if any(DATE.match(a) and TIME.match(b) for a, b in pairwise(filter(None, lines))):
        return _page
    clips = sum(bool(CLIP.match(line) or MOMENT.match(line)) for line in lines)
    return _clipboard if clips and clips >= len([line for line in lines if line]) / 20 else None


def _old(lines: list[str]) -> Iterator[Said]:
    """`2011年11月11日10:10:10 nick: text`, below a line with the agent's account."""
    senders = {m[3] or m[5] for line in lines if (m := OLD.match(line))}
    section, said = "", None
    for line in lines:
        if hit := OLD.match(line):
            if said:
                yield said
            said = Said(f"{hit[1]} {hit[2]}", hit[3] or hit[5], "", section, [hit[4] or hit[6] or ""])
        elif ":" in line and (line in senders or said is None):
            section = line
        elif said:
            said.lines.append(line)
    if said:
        yield said


def _clipboard(lines: list[str]) -> Iterator[Said]:
    """`nick 2026-11-1 9:05:07` or `A --> B 2026-11-1 9:05:07` or nick and time on two lines, the text below."""
    said = None
    for line in lines:
        if MOMENT.match(line) and said and said.lines:
            by, to = said.lines.pop(), ""
        elif MOMENT.match(line) and said is None:
            continue
        elif hit := CLIP.match(line):
            by, to = hit[1].strip(), (hit[2] or "").strip()
        elif said is None:
            said = Said("", "", lines=[line])  # a nick may stand alone above the first time
            continue
        else:
            said.lines.append(line)
            continue
        if said and said.at:
            yield said
        said = Said(re.search(rf"{DAY}\s+{CLOCK}$", line)[0], by, to)
    if said and said.at:
        yield said


def _page(lines: list[str]) -> Iterator[Said]:
    """A line with the day; then blocks of time, text, and the account that wrote it."""
    day, said = "", None
    for line in filter(None, lines):
        if hit := DATE.match(line):
            day = hit[1]
        elif TIME.match(line):
            if said:
                yield _signed(said)
            said = Said(f"{day} {line}", "")
        elif said and line not in RECEIPTS:
            said.lines.append(line)
    if said:
        yield _signed(said)


def _signed(said: Said) -> Said:
    """The last line of a block is who wrote it."""
    return Said(said.at, said.lines[-1] if said.lines else "", lines=said.lines[:-1])


def _rows(said: list[Said]) -> Iterator[list[str]]:
    """Each message with its buyer: the other side where it is named, else the only one here who is no agent."""
    agents = {account for s in said for account in (s.by, s.to, s.section) if ":" in account}
    agents |= {account.partition(":")[0].removeprefix("cntaobao") for account in agents}
    buyers: dict[str, set[str]] = {}
    for s in said:
        buyers.setdefault(s.section, set()).update({s.by, s.to} - agents - {""})
    for s in said:
        alone = buyers[s.section]
        other = s.to if s.by in agents else s.by
        buyer = other if other and other not in agents else next(iter(alone)) if len(alone) == 1 else ""
        served = s.section or (s.to if s.by not in agents else "")
        yield [buyer, s.at, s.by, served, "\n".join(s.lines).strip("\n")]
