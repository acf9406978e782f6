"""Rows of a table as plain values: a small table is read by hand faster than by pandas, a row at a time."""

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
import pandas as pd


class Record(dict[Hashable, Any]):
    """A row: row["value"] and row.value are the same."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def records(frame: pd.DataFrame, *names: str) -> list[Record]:
    """The rows of a frame, in their order; only the columns named, where any are."""
    wanted = names or tuple(frame.columns)
    columns = [frame[name].tolist() for name in wanted]
    return [Record(zip(wanted, row, strict=True)) for row in zip(*columns, strict=True)]


def only(frame: pd.DataFrame, wanted: Iterable[bool]) -> pd.DataFrame:
    """The rows that are wanted."""
    return frame[np.fromiter(wanted, bool)]
