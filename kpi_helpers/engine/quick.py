"""The unit tables of chats, of a part of a shop, by arrays: lines.py, talk.py, turns.py, heard.py, chat_tables.py."""

import duckdb
import numpy as np
import pyarrow as pa

from kpi_helpers.engine import talk
from kpi_helpers.engine.chat_tables import ChatTables
from kpi_helpers.engine.clock import DAY, offset_changes
from kpi_helpers.engine.heard import Heard
from kpi_helpers.engine.lines import Month
from kpi_helpers.engine.talk import Rules
from kpi_helpers.engine.turns import Turns
from kpi_helpers.settings import Settings


def able(settings: Settings) -> bool:
    """Whether arrays know these settings; the models do otherwise."""
    return not settings.reception_filters["advert"] and "buyer" not in settings.human_senders


def rules(settings: Settings, aliases: pa.Table, reach: tuple[int, int]) -> Rules:
    """The settings as arrays need them; `reach`: first and last second of any line, with some room."""
    borders, offsets = map(np.array, zip(*offset_changes(settings.zone, *reach), strict=True))

    def local(second: np.ndarray) -> np.ndarray:
        return second + (offsets[0] if len(offsets) == 1 else offsets[np.searchsorted(borders[1:], second, "right")])

    def day_of(second: np.ndarray) -> np.ndarray:
        return ((local(second) - settings.cut_seconds) // DAY).astype(np.int32)

    def hour_of(second: np.ndarray) -> np.ndarray:
        return (local(second) % DAY // 3600).astype(np.int32)

    gap = settings.session_gap_minutes * 60
    return Rules(gap, settings.human_senders, settings.zero_second_is_machine, day_of, hour_of, aliases)


class Part:
    """The lines of some seconds, understood."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        found: list[Month],
        span: tuple[int, int],
        settings: Settings,
        reach: tuple[int, int],
    ):
        how = rules(settings, con.sql("FROM aliases").to_arrow_table(), reach)
        said = talk.load(con, found, *span, how)
        self.turns = Turns(talk.paired(said, how), how)
        self.heard = Heard(con, said, self.turns, settings, how)

    def session_ends(self) -> pa.Table:
        """First and last second of every session."""
        at, second = self.turns.sessions, self.turns.lines.second
        return pa.table({"started_at": second[at.first], "ended_at": second[at.end - 1]})

    def tables(self, first: int, end: int) -> dict[str, pa.Table]:
        """The unit tables of business days [first, end)."""
        return ChatTables(self.heard).of_days(first, end)
