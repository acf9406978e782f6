"""Unit tables of a part of a shop, by arrays: chats from prepared lines, orders and outcomes from stored tables.

Chats: lines.py, pieces.py, talk.py, turns.py, heard.py, chat_tables.py; orders: sales.py; outcomes: asked.py.
"""

from collections.abc import Callable

import duckdb
import numpy as np
import pyarrow as pa

from kpi_helpers.engine import pieces, talk
from kpi_helpers.engine.clock import ShopTime
from kpi_helpers.engine.heard import Heard
from kpi_helpers.engine.lines import Month, Span
from kpi_helpers.engine.meaning import Meaning
from kpi_helpers.engine.talk import Rules
from kpi_helpers.engine.turns import Turns
from kpi_helpers.settings import Settings


def able(settings: Settings) -> bool:
    """Whether arrays know these settings; the models do otherwise."""
    return not settings.reception_filters["advert"] and "buyer" not in settings.human_senders


class Part:
    """The lines of some seconds, understood a piece after the other; `made`: what `make` made of each.

    `spans`: the seconds to look at, and among them the days whose sessions are asked for.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        found: list[Month],
        spans: tuple[Span, Span],
        settings: Settings,
        time: ShopTime,
        make: Callable[[Heard], dict | list],
    ):
        how = rules(settings, con.sql("FROM aliases").to_arrow_table(), time)
        loaded = pieces.load(found, *spans, how)
        self.names, known = loaded.names, Meaning(con, loaded.names, settings)
        self.ends, self.made = [], []
        for piece in loaded.pieces():
            heard = Heard(piece, Turns(talk.paired(piece, how), how), known, settings, how)
            self.ends.append(heard.turns.session_ends)
            self.made.append(make(heard))

    def session_ends(self) -> tuple[np.ndarray, ...]:
        """First and last second of every session."""
        return tuple(np.concatenate(side) for side in zip(*self.ends, strict=True))


def rules(settings: Settings, aliases: pa.Table, time: ShopTime) -> Rules:
    """The settings as arrays need them."""
    gap = settings.session_gap_minutes * 60
    return Rules(gap, settings.human_senders, settings.zero_second_is_machine, time, aliases)
