"""Good and bad examples (优秀案例 / 反面教材): marked by whoever reads the chat, kept beside the store's tables.

<data>/store/marks/<shop>.json is replaced as a whole, under a lock: a mark is there or it is not. Taking back an ingest
leaves marks alone.
"""

import json
from datetime import date
from pathlib import Path

import pandas as pd

from kpi_helpers.desk import Desk, open_desk
from kpi_helpers.errors import KpiError, unknown
from kpi_helpers.metrics.buyers import coded
from kpi_helpers.store.commits import now, replace
from kpi_helpers.store.lock import only_writer
from kpi_helpers.store.names import slug

VERDICTS = ("good", "bad")
COLUMNS = ["day", "buyer", "agent", "verdict", "note", "marked_at"]
LONGEST = 2000  # characters of a note


def mark(desk: Desk, buyer: str, agent: str, day: date, verdict: str, note: str = "") -> None:
    """Mark a chat good or bad, with a note; the newest mark of a chat counts. "" takes the mark away.

    Raises KpiError for another verdict, a note that is too long, and a desk that is not from a store.
    """
    if verdict not in ("", *VERDICTS):
        raise unknown("verdict", verdict, list(VERDICTS))
    if len(note) > LONGEST:
        raise KpiError(f"the note has {len(note)} characters; write at most {LONGEST}")
    path = _path(desk)
    with only_writer(path.parent):
        kept = [entry for entry in _read(path) if _chat(entry) != (buyer, agent, day.isoformat())]
        entry = dict(zip(COLUMNS, (day.isoformat(), buyer, agent, verdict, note.strip(), now()), strict=True))
        replace(path, json.dumps([*kept, *([entry] if verdict else [])], ensure_ascii=False, indent=1))


def marks(desk: Desk | str = "", verdict: str = "", data_dir: str | Path = "", *, unmask: bool = False) -> pd.DataFrame:
    """Marked chats for training, newest first: day, buyer, agent, verdict (good, bad), note, marked_at (shop's clock).

    Of a desk, or of the shop named. Buyers are masked unless `unmask` or the setting mask_buyers is off. Raises
    KpiError for another verdict or a damaged file.
    """
    of = desk if isinstance(desk, Desk) else open_desk(desk, data_dir)
    if verdict not in ("", *VERDICTS):
        raise unknown("verdict", verdict, list(VERDICTS))
    found = pd.DataFrame([e for e in _read(_path(of)) if verdict in ("", e["verdict"])], columns=COLUMNS)
    at = (
        pd.to_datetime(found["marked_at"], utc=True, errors="coerce")
        .dt.tz_convert(of.settings.zone)
        .dt.tz_localize(None)
    )
    found = found.assign(day=[date.fromisoformat(day) for day in found["day"]], marked_at=at)
    if of.settings.mask_buyers and not unmask:
        found["buyer"] = found["buyer"].map(coded(found["buyer"]))
    return found.iloc[::-1].reset_index(drop=True)


def mark_of(desk: Desk, buyer: str, agent: str, day: date) -> dict | None:
    """The mark of one chat, or None; also for desks without a store."""
    entries = _read(_path(desk)) if desk.home else []
    return next((entry for entry in entries if _chat(entry) == (buyer, agent, day.isoformat())), None)


def _path(desk: Desk) -> Path:
    if not desk.home:
        raise KpiError("marks are kept beside a store; open the shop with open_desk first")
    return Path(desk.home) / "store" / "marks" / f"{slug(desk.shop)}.json"


def _read(path: Path) -> list[dict]:
    try:
        found = json.loads(path.read_text("utf-8")) if path.exists() else []
        return [{name: str(entry[name]) for name in COLUMNS} for entry in found]
    except (ValueError, KeyError, TypeError):
        raise KpiError(f"the marks in {path} cannot be read; put back a good copy, or delete the file") from None


def _chat(entry: dict) -> tuple[str, str, str]:
    return entry["buyer"], entry["agent"], entry["day"]
