"""Who works in the sample shop: accounts, their traits and shifts, and who is on duty at a moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpi_helpers.sample.world import DAY, Columns, Plan, world

SLOT = 1800
HOUR = 3600
DOZEN = 12
PRE, POST = "售前组", "售后组"
#: Shifts as hours from the midnight of their day. Nights end on the next morning.
EARLY, LATE, NIGHT = (8, 16.5), (15, 23.5), (23.5, 32)
DESK = [(9, 18), (12, 21), (10, 19)]


@dataclass(frozen=True)
class Account:
    """One sub-account. `owner` numbers the account its person is known by (itself, unless an alias)."""

    number: int
    owner: int
    name: str
    team: str
    trait: dict

    @property
    def role(self) -> str:
        """The team's role in the canonical table."""
        return "pre_sales" if self.team == PRE else "after_sales"


def _names(count: int) -> list[str]:
    given = world()["names"]["agents"]
    return [given[i % len(given)] + (str(i // len(given) + 1) if i >= len(given) else "") for i in range(count)]


def _trait(place: int) -> dict:
    """The trait of the seller hired at a place: each once, then a night agent in every dozen."""
    traits = world()["traits"]
    if place >= len(traits) and place % DOZEN == [one["trait"] for one in traits].index("night"):
        return {"trait": "night"}
    return traits[place] if place < len(traits) else {"trait": "ordinary"}


def hire(count: int) -> list[Account]:
    """The accounts of a team of `count`: a quarter after-sales, the others with the traits given."""
    sellers = count - count // 4
    people = [
        Account(i, i, name, *((PRE, _trait(i)) if i < sellers else (POST, {"trait": "ordinary"})))
        for i, name in enumerate(_names(count))
    ]
    doubles = [one for one in people if one.trait["trait"] == "alias"]
    return people + [Account(count, one.number, one.name + "2号", one.team, one.trait) for one in doubles]


class Team:
    """The accounts with their traits as arrays, and a table of who is on duty in every half hour.

    `wait`, `lines`, `unanswered`, `order`, `auto`, `auto_first`, `assist`, `cross` and `short` are arrays by
    account number; a last element stands for "nobody" (-1).
    """

    NEUTRAL = {"wait": 1.0, "lines": 1.0, "unanswered": 1.0, "order": 1.0, "auto": 0.0, "auto_first": 0.0} | {
        "assist": 0.0,
        "cross": 0.0,
        "short": 0.0,
    }

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.accounts = hire(plan.agents)
        self.ids = [f"{plan.brand}:{account.name}" for account in self.accounts]
        self.alias = {one.owner: one.number for one in self.accounts if one.owner != one.number}
        for trait, usual in self.NEUTRAL.items():
            values = [account.trait.get(trait, usual) for account in self.accounts]
            setattr(self, trait, np.array([*values, usual], dtype=float))
        self.shifts = [shift for day in range(plan.days) for shift in self._of_day(day)]
        self._duty = {team: self._table(team) for team in (PRE, POST)}

    def by_trait(self, trait: str) -> Account | None:
        """The person with a planted trait, if the team is large enough to have one."""
        return next((one for one in self.accounts if one.trait["trait"] == trait), None)

    def _of_day(self, day: int) -> list[tuple[int, int, int]]:
        people = [one for one in self.accounts if one.owner == one.number and self._employed(one, day)]
        return [(one.number, *self._span(day, one)) for one in people if self._hours(day, one)]

    def _employed(self, account: Account, day: int) -> bool:
        joined = self.plan.joined if account.trait["trait"] == "joins" else []
        return not joined or self.plan.day(day) >= joined[0]

    def _hours(self, day: int, account: Account) -> tuple[float, float] | None:
        """A day's shift in hours, None on a day off. The second agent stands in for the night."""
        night_off = day % 7 == 6
        if self.plan.day(day) in self.plan.closed:
            return None
        if account.trait["trait"] == "night":
            return None if night_off else NIGHT
        if night_off and account.number == 1 and self.by_trait("night"):
            return NIGHT
        if (day + account.number) % 7 == 5:
            return None
        return DESK[account.number % 3] if account.team == POST else (EARLY, LATE)[(day // 7 + account.number) % 2]

    def _span(self, day: int, account: Account) -> tuple[int, int]:
        begin, end = self._hours(day, account)
        midnight = self.plan.opens + day * DAY
        return int(midnight + begin * HOUR), int(midnight + end * HOUR)

    def _table(self, team: str) -> tuple[np.ndarray, np.ndarray]:
        """Who of a team is on duty: a row of account numbers a half hour, and how many of them are valid."""
        slots = (self.plan.days + 2) * DAY // SLOT
        duty: list[list[int]] = [[] for _ in range(slots)]
        for number, begin, end in self.shifts:
            if self.accounts[number].team == team:
                for slot in range((begin - self.plan.opens) // SLOT, (end - self.plan.opens) // SLOT):
                    duty[slot].append(number)
        counts = np.array([len(row) for row in duty])
        rows = np.full((slots, max(counts.max(), 1)), -1, dtype=np.int64)
        for slot, row in enumerate(duty):
            rows[slot, : len(row)] = row
        return rows, counts

    def on_duty(self, rng: np.random.Generator, moments: np.ndarray, team: str) -> np.ndarray:
        """One account on duty at each moment, drawn evenly; -1 where nobody of the team is."""
        rows, counts = self._duty[team]
        slots = np.clip((moments - self.plan.opens) // SLOT, 0, len(counts) - 1)
        drawn = (rng.random(len(moments)) * counts[slots]).astype(np.int64)
        found = rows[slots, np.minimum(drawn, rows.shape[1] - 1)]
        return self._some_as_alias(rng, np.where(counts[slots] > 0, found, -1))

    def _some_as_alias(self, rng: np.random.Generator, found: np.ndarray) -> np.ndarray:
        for owner, alias in self.alias.items():
            found = np.where((found == owner) & (rng.random(len(found)) < 0.25), alias, found)
        return found

    def table(self) -> Columns:
        """The canonical `agents` table."""
        one = self.accounts
        joined = self.plan.joined[0] if self.plan.joined else None
        return {
            "agent_id": np.array(self.ids, dtype=object),
            "name": np.array([account.name for account in one], dtype=object),
            "team": np.array([account.team for account in one], dtype=object),
            "role": np.array([account.role for account in one], dtype=object),
            "alias_of": np.array([self.ids[a.owner] if a.owner != a.number else None for a in one], dtype=object),
            "valid_from": np.array([joined if a.trait["trait"] == "joins" else None for a in one], dtype=object),
            "valid_to": np.array([None] * len(one), dtype=object),
        }

    def shift_table(self) -> Columns:
        """The canonical `shifts` table."""
        numbers, begins, ends = (np.array(column, dtype=np.int64) for column in zip(*self.shifts, strict=True))
        return {"agent_id": numbers, "start_at": begins, "end_at": ends}
