"""A shop in which exactly one thing happens in the reported week, and what the overview's first screen says of it.

The past is made once; the reported week and the days after it are made anew for every cause. Everybody is as good and
as fast as everybody else, and no day is special, so that whatever a page names is what was planted.
"""

import json
import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from html import unescape
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kpi_helpers import settings
from kpi_helpers.desk import from_tables
from kpi_helpers.sample import rows
from kpi_helpers.sample.people import POST, PRE
from kpi_helpers.sample.shop import DAILY, Shop
from kpi_helpers.sample.world import DAY, Plan
from kpi_helpers.study import Study

NAME, WEEK = "青禾家居旗舰店", "2026-W44"
MONDAY, END, DAYS = date(2026, 10, 26), date(2026, 11, 5), 67
PAST = (MONDAY - END).days + DAYS - 1
RECRUITS = (7, 8)  # sellers who are not there before somebody plants them
NOTEBOOK = Path(__file__).parents[1] / "notebooks/00_overview.ipynb"
Tables = dict[str, pa.Table]


@dataclass(frozen=True)
class Calm(Plan):
    """A plan without promotion, outage, closed day or special week; `more` multiplies kinds of visits in the week."""

    more: dict[str, float] = field(default_factory=dict)

    outage = promotion = closed = joined = property(lambda self: [])

    def factor(self, day: date, what: str) -> float:
        """How much more there is of something on a day."""
        return self.more.get(what, 1.0) if 0 <= (day - MONDAY).days < 7 else 1.0


class PlantedShop(Shop):
    """A shop whose agents may have other traits in the week: (trait, agent) -> value."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan, with_text=True)
        self.habits: dict[tuple[str, int], float] = {}
        for trait, usual in self.team.NEUTRAL.items():
            getattr(self.team, trait)[:] = usual
        self.team.alias.clear()
        roster(self, lambda who, begin, end: None if who in RECRUITS else (begin, end))

    def day(self, number: int) -> dict[str, dict[str, pa.Array]]:
        """As the sample's, with the habits of the week."""
        inside = 0 <= number - PAST < 7
        for (trait, who), value in self.habits.items():
            getattr(self.team, trait)[who] = value if inside else self.team.NEUTRAL.get(trait, 0.0)
        return super().day(number)


def second(day: int, hour: float = 0) -> int:
    """A moment of the week's days, counted from 0."""
    return int((MONDAY - date(1970, 1, 1)).days + day) * DAY + int(hour * 3600)


def roster(shop: Shop, change: Callable[[int, int, int], tuple[int, int] | None]) -> None:
    """Every agent's planned shifts as `change` (agent, first second, end) leaves them; None takes one away."""
    team = shop.team
    planned = [shift for day in range(shop.plan.days) for shift in team._of_day(day)]
    kept = [(who, change(who, begin, end)) for who, begin, end in planned]
    team.shifts = [(who, *span) for who, span in kept if span and span[0] < span[1]]
    team._duty = {name: team._table(name) for name in (PRE, POST)}


@cache
def past(seed: int, good: int | None = None) -> tuple[Shop, dict[str, list[pa.Table]]]:
    """The shop on the Sunday before the week, and its rows until then; `good` always sells to a third more buyers."""
    shop, made = PlantedShop(Calm(DAYS, 12, seed, END, 260, NAME)), {name: [] for name in DAILY}
    if good is not None:
        shop.team.order[good] = 1.3
    for number in range(PAST):
        for name, columns in shop.day(number).items():
            made[name].append(pa.table(columns))
    return shop, made


def tables(plant: Callable[[Shop], None] = lambda shop: None, seed: int = 1, good: int | None = None) -> Tables:
    """The canonical tables of a shop in which `plant` changed something on the Sunday before the week."""
    shop, before = past(seed, good)
    shop, made = deepcopy(shop), {name: list(parts) for name, parts in before.items()}
    plant(shop)
    for number in range(PAST, DAYS):
        for name, columns in shop.day(number).items():
            made[name].append(pa.table(columns))
    made |= {"agents": [pa.table(rows.agents(shop.team))], "shifts": [pa.table(rows.shifts(shop.team))]}
    return {name: _stored(pa.concat_tables(parts).unify_dictionaries()) for name, parts in made.items()}


def _stored(table: pa.Table) -> pa.Table:
    """As the store keeps it: no dictionaries, times in UTC, rows numbered."""
    columns = {name: _column(table[name]) for name in table.column_names}
    return pa.table(columns | {"row_order": pa.array(np.arange(len(table)))})


def _column(values: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_timestamp(values.type):
        return pc.assume_timezone(values, "Asia/Shanghai").cast(pa.timestamp("us", "UTC"))
    return values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values


def study_of(found: Tables, lang: str = "zh", period: str = WEEK) -> Study:
    """A study of the reported week."""
    return Study(from_tables(found, NAME, settings.Settings(settings.defaults())), period, lang=lang)


def first_screen(study: Study) -> list[str]:
    """The sentences of the overview's headline, as its notebook asks for them, the first one first."""
    cells = ["".join(cell["source"]) for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]]
    numbers = next(cell for cell in cells if cell.startswith("numbers =")).replace("study.cards(*numbers)", "")
    headline = next(cell for cell in cells if cell.startswith("study.headline("))
    space: dict = {"study": study}
    exec(f"{numbers}\nfound = {headline}", space)
    return [unescape(said) for said in re.findall(r"<(?:p|li)[^>]*>(.*?)</(?:p|li)>", str(space["found"]))]
