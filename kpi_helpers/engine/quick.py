"""Unit tables of a part of a shop, by arrays: chats from prepared lines, orders and outcomes from stored tables.

Chats: lines.py, talk.py, turns.py, heard.py, chat_tables.py; orders: sales.py; outcomes: asked.py.
"""

import duckdb
import pyarrow as pa

from kpi_helpers.engine import talk
from kpi_helpers.engine.chat_tables import ChatTables
from kpi_helpers.engine.clock import ShopTime
from kpi_helpers.engine.heard import Heard
from kpi_helpers.engine.lines import Month
from kpi_helpers.engine.talk import Rules
from kpi_helpers.engine.turns import Turns
from kpi_helpers.settings import Settings


def able(settings: Settings) -> bool:
    """Whether arrays know these settings; the models do otherwise."""
    return not settings.reception_filters["advert"] and "buyer" not in settings.human_senders


class Part:
    """The lines of some seconds, understood."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        found: list[Month],
        span: tuple[int, int],
        settings: Settings,
        time: ShopTime,
    ):
        how = rules(settings, con.sql("FROM aliases").to_arrow_table(), time)
        said = talk.load(found, *span, how)
        self.turns = Turns(talk.paired(said, how), how)
        self.heard = Heard(con, said, self.turns, settings, how)

    def session_ends(self) -> pa.Table:
        """First and last second of every session."""
        at, second = self.turns.sessions, self.turns.lines.second
        return pa.table({"started_at": second[at.first], "ended_at": second[at.end - 1]})

    def tables(self, first: int, end: int) -> dict[str, pa.Table]:
        """The unit tables of business days [first, end)."""
        return ChatTables(self.heard).of_days(first, end)


def rules(settings: Settings, aliases: pa.Table, time: ShopTime) -> Rules:
    """The settings as arrays need them."""
    gap = settings.session_gap_minutes * 60
    return Rules(gap, settings.human_senders, settings.zero_second_is_machine, time, aliases)
