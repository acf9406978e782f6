"""The buyers of the sample shop: who is new, who may come back, who bought lately."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kpi_helpers.sample.world import DAY, Columns, stack, take, world

REST_DAYS = 16  # a returning buyer stayed away longer than the after-sales period of 15 days
RECENT_DAYS = 14


class Buyers:
    """Buyer numbers 0, 1, 2 … with what the simulation must remember of them, as arrays by number."""

    def __init__(self, plan_opens: int) -> None:
        self.opens = plan_opens
        self.count = 0
        self._seen = np.zeros(0, dtype=np.int32)
        self._paid = np.zeros(0, dtype=bool)
        self._recent: Columns = {"buyer": np.zeros(0, np.int64), "paid": np.zeros(0, np.int64)}
        self._again: Columns = {"buyer": np.zeros(0, np.int64), "kind": np.zeros(0, np.int64)}

    def new(self, size: int) -> np.ndarray:
        """`size` numbers never seen before."""
        first, self.count = self.count, self.count + size
        if self.count > len(self._seen):
            grow = max(self.count, 2 * len(self._seen)) - len(self._seen)
            self._seen = np.concatenate([self._seen, np.full(grow, -1, np.int32)])
            self._paid = np.concatenate([self._paid, np.zeros(grow, bool)])
        return np.arange(first, self.count)

    def returning(self, rng: np.random.Generator, size: int, day: int) -> np.ndarray:
        """Buyers who paid before and stayed away since; filled up with unknown ones in the first weeks."""
        known = np.flatnonzero(self._paid[: self.count] & (self._seen[: self.count] <= day - REST_DAYS))
        chosen = rng.choice(known, min(size, len(known)), replace=False)
        self._seen[chosen] = day
        return np.concatenate([chosen, self.new(size - len(chosen))])

    def recent(self, rng: np.random.Generator, size: int, day: int) -> np.ndarray:
        """Up to `size` different buyers with an order paid in the two weeks before this day."""
        today = self.opens + day * DAY
        self._recent = take(self._recent, self._recent["paid"] >= today - RECENT_DAYS * DAY)
        paid = self._recent["paid"]
        people = np.unique(self._recent["buyer"][paid < today])
        return rng.choice(people, min(size, len(people)), replace=False)

    def visited(self, buyers: np.ndarray, day: int) -> None:
        """Remember that buyers were here on a day."""
        self._seen[buyers] = day

    def bought(self, buyers: np.ndarray, paid_at: np.ndarray) -> None:
        """Remember payments."""
        self._paid[buyers] = True
        self._seen[buyers] = np.maximum(self._seen[buyers], (paid_at - self.opens) // DAY)
        self._recent = stack([self._recent, {"buyer": buyers, "paid": paid_at}])

    def will_return(self, buyers: np.ndarray, kinds: np.ndarray) -> None:
        """Keep buyers who will ask again tomorrow."""
        self._again = {"buyer": buyers, "kind": kinds}

    def again(self) -> Columns:
        """Those who ask again today, with the kind of their first visit."""
        return self._again


def nicks(numbers: np.ndarray) -> pa.Array:
    """The nick of each buyer number: different for different numbers below 10^8, the same in every run."""
    heads = pa.array(world()["names"]["nicks"])
    mixed = pa.array((numbers * 38_183 + 4_711_777) % 100_000_000)
    digits = pc.utf8_lpad(mixed.cast(pa.string()), width=8, padding="0")
    return pc.binary_join_element_wise(heads.take(pa.array(numbers % len(heads))), digits, "")
