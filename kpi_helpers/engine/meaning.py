"""What the models say of a part's names and texts, asked of each once: arrays know only their numbers."""

from functools import cached_property

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kpi_helpers import facts
from kpi_helpers.engine.talk import Names
from kpi_helpers.settings import Settings

UNASKED = -1
FEW = 5000  # texts that are asked together at the first question: another one takes as long as some thousand texts


class Meaning:
    """Answers by number of a buyer or a text."""

    def __init__(self, con: duckdb.DuckDBPyConnection, names: Names, settings: Settings) -> None:
        self.con, self.names, self.settings = con, names, settings
        self.known = np.full(len(names.words) + 1, UNASKED, np.int8)
        self.known[-1] = False  # no text

    @cached_property
    def own(self) -> np.ndarray:
        """The buyers that are the shop's own accounts."""
        names = self.con.sql("FROM own_agents").to_arrow_table()["agent_id"]
        return np.flatnonzero(pc.is_in(self.names.buyers, value_set=names.combine_chunks()))

    def closing(self, word: np.ndarray) -> np.ndarray:
        """Whether each text is a closing (tails.sql)."""
        texts = np.unique(word[np.flatnonzero(self.known.take(word) == UNASKED)])
        if len(texts):
            texts = np.arange(len(self.names.words)) if len(self.names.words) <= FEW else texts
            asked = pa.table({"pair": texts, "day": texts, "text": self.names.words.take(pa.array(texts))})
            self.con.register("last_words", asked)
            tails = self.con.execute(facts.render("tails", self.settings)).fetchnumpy()
            self.known[tails["pair"]] = tails["closing"]
            self.con.unregister("last_words")
        return self.known.take(word) == 1
