"""What the cells of a column look like: times, numbers, durations, words."""

import re
from dataclasses import dataclass

import pyarrow as pa

from kpi_helpers.store import kinds

DAY_FIRST = r"^\d\d?[-/.](\d\d?|[A-Za-z]{3})[-/.](\d\d)?\d\d\b"  # looks like a day, and is refused when read


@dataclass
class Shape:
    """What the first cells of a column look like: shares of the filled ones that read as a time, a number …"""

    name: str
    filled: int
    time: float
    number: float
    duration: float
    decimals: float
    distinct: float
    day_first: float
    examples: list[str]  # the first different ones

    def fits(self, kind: str) -> float:
        """1: the cells read as `kind`; 0: they do not; between: there are none to tell."""
        if not self.filled:
            return 0.5
        if kind in ("time", "day"):
            return float(self.time >= 0.8)
        if kind == "duration":
            return float(max(self.duration, self.number) >= 0.8)
        if kind in ("money", "integer", "number", "rate"):
            return float(self.number >= 0.8 and not (kind == "integer" and self.decimals > 0.2))
        return float(self.time < 0.8)


def look(names: list[str], columns: list[list[str]]) -> list[Shape]:
    """The shape of every column."""
    with kinds.connect() as con:
        every = pa.table({f"c{at}": pa.array(cells, pa.string()) for at, cells in enumerate(columns)})
        con.register("cells", every)
        parts = [
            SHAPE.format(at=at, missing=kinds.among("t", "missing"), time=IS_TIME, first=DAY_FIRST)
            for at in range(len(columns))
        ]
        rows = con.sql(" UNION ALL ".join(parts) + " ORDER BY 1").fetchall()
    firsts = [[*dict.fromkeys(cell.strip() for cell in cells if cell.strip())][:12] for cells in columns]
    return [Shape(name, *(v or 0 for v in row[1:]), seen) for name, row, seen in zip(names, rows, firsts, strict=True)]


IS_TIME = (
    r"regexp_matches(h, '[-/:年]|^20[0-9]{6,12}$') AND k_naive(h) IS NOT NULL OR k_has_offset(h) "
    f"OR regexp_matches(h, '{DAY_FIRST}')"
)
SHAPE = """SELECT {at}, count(*), avg(coalesce({time}, false)::INT), avg((k_number(rtrim(h, '%')) IS NOT NULL)::INT),
    avg((k_duration(h, 1) IS NOT NULL)::INT), avg(contains(h, '.')::INT), count(DISTINCT h) / nullif(count(*), 0),
    avg(regexp_matches(h, '{first}')::INT)
    FROM (SELECT t, k_half(t) AS h FROM (SELECT k_trim(c{at}) AS t FROM cells)) WHERE t IS NOT NULL AND NOT {missing}"""


def day_first(shape: Shape) -> str:
    """The strptime format of times such as 26/08/2023 11:15 and 26-Aug-23; "" where the year comes first."""
    if shape.day_first < 0.5 or not shape.examples:
        return ""
    sign, month, year, rest = re.match(r"\d+([-/.])(\w+)[-/.](\d+)(.*)", shape.examples[0]).groups()
    clock = {0: "", 1: " %H:%M", 2: " %H:%M:%S"}.get(rest.count(":"), "")
    return sign.join(["%d", "%m" if month.isdigit() else "%b", "%Y" if len(year) == 4 else "%y"]) + clock
