"""The models before `tails`, of a part of a shop, by arrays over prepared lines (lines.py, talk.py, turns.py)."""

import duckdb
import numpy as np
import pyarrow as pa

from kpi_helpers import facts
from kpi_helpers.engine import talk
from kpi_helpers.engine.clock import DAY, offset_changes
from kpi_helpers.engine.lines import Month
from kpi_helpers.engine.talk import ACCOUNTS, BOT, UNASSIGNED, Rules
from kpi_helpers.engine.turns import Turns
from kpi_helpers.settings import Settings

# Models that run on what arrays found, in shops without adverts.
REST = [model for model in facts.CHATS[facts.CHATS.index("tails") :] if model != "adverts"]
NO_ADVERTS = pa.table({"pair": pa.array([], pa.int64()), "day": pa.array([], pa.int32())})


def able(settings: Settings) -> bool:
    """Whether arrays know these settings; the models do otherwise."""
    return not settings.reception_filters["advert"] and "buyer" not in settings.human_senders


def rules(settings: Settings, aliases: pa.Table, reach: tuple[int, int]) -> Rules:
    """The settings as arrays need them; `reach`: first and last second of any line, with some room."""
    borders, offsets = zip(*offset_changes(settings.zone, *reach), strict=True)
    local = np.array(offsets) - settings.cut_seconds

    def day_of(second: np.ndarray) -> np.ndarray:
        shift = local[0] if len(local) == 1 else local[np.searchsorted(borders[1:], second, "right")]
        return ((second + shift) // DAY).astype(np.int32)

    gap = settings.session_gap_minutes * 60
    return Rules(gap, settings.human_senders, settings.zero_second_is_machine, day_of, aliases)


class Part:
    """The lines of some seconds, understood."""

    def __init__(self, con: duckdb.DuckDBPyConnection, found: list[Month], span: tuple[int, int], how: Rules):
        self.con, self.rules = con, how
        self.talk = talk.load(con, found, *span, how)
        self.lines = talk.paired(self.talk, how)
        self.turns = Turns(self.lines, how)
        self.sessions = self.turns.all_sessions()
        con.register("all_sessions", self.sessions)

    def give(self, first: int, end: int) -> None:
        """The tables that stand for the models, for business days [first, end)."""
        turns = self.turns
        given = {
            "all_sessions": self.sessions,
            "all_rounds": turns.all_rounds(),
            "said": turns.said(),
            "early": turns.early(),
            "last_words": self._last_words(),
            "others": self._others(),
            "robots": self._robots(),
        }
        for name, table in given.items():
            day = table["day"].to_numpy()
            wanted = (day >= first) & (day < end)
            self.con.register(name, table if wanted.all() else table.filter(pa.array(wanted)))
        self.con.register("buyers", _numbered("buyer", self.talk.buyers, ACCOUNTS))
        self.con.register("adverts", NO_ADVERTS)
        self.con.register("accounts", _numbered("agent", self.talk.accounts, 1))

    def _last_words(self) -> pa.Table:
        chat, rows = self.turns.last_words()
        words, code = np.unique(self.lines.word[rows], return_inverse=True)
        texts = self.talk.words.take(pa.array(np.where(words < 0, 0, words), mask=words < 0)).combine_chunks()
        text = pa.DictionaryArray.from_arrays(code.astype(np.int32), texts)
        return pa.table({"pair": self.lines.pair[rows], "day": self.turns.chat_day[chat], "text": text})

    def _others(self) -> pa.Table:
        """Robots' lines under an agent's account (others.sql)."""
        talk, how = self.talk, self.rules
        rows = np.flatnonzero((talk.sender == BOT) & (talk.agent > 0) & ~how.human(talk.sender))
        pair, second = talk.buyer[rows].astype(np.int64) * ACCOUNTS + talk.agent[rows], talk.second[rows]
        inside, session = self.turns.session_at(pair, second)
        day = how.day_of(second)
        day[inside] = self.turns.session_day[session[inside]]
        return pa.table({"pair": pair, "day": day, "sender": pa.array(["bot"] * len(rows), pa.string())})

    def _robots(self) -> pa.Table:
        """Buyers with a line of nobody's robot, by day (robots.sql)."""
        bots = np.flatnonzero((self.talk.sender == BOT) & (self.talk.agent == 0))
        machine = np.flatnonzero(self.turns.machine & (self.lines.pair % ACCOUNTS == UNASSIGNED))
        buyer = np.concatenate([self.talk.buyer[bots], self.lines.pair[machine] // ACCOUNTS])
        day = self.rules.day_of(np.concatenate([self.talk.second[bots], self.lines.second[machine]]))
        found = np.unique(buyer.astype(np.int64) * 2**24 + day)
        return pa.table({"buyer": found // 2**24 * ACCOUNTS, "day": (found % 2**24).astype(np.int32)})


def _numbered(kind: str, names: pa.Array, step: int) -> pa.Table:
    return pa.table({f"{kind}_id": names, kind: np.arange(len(names), dtype=np.int64) * step})
