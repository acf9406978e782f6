"""The sample shop, day by day: visits, chats, orders and what follows, written as canonical tables."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from kpi_helpers.errors import KpiError
from kpi_helpers.sample import chats, later, orders, rows, second
from kpi_helpers.sample.buyers import Buyers
from kpi_helpers.sample.people import Team
from kpi_helpers.sample.reminders import reminder_turns
from kpi_helpers.sample.tables import FORMATS, TableFile
from kpi_helpers.sample.text import message_kinds, words
from kpi_helpers.sample.truth import write_truth
from kpi_helpers.sample.visits import visits_of_day
from kpi_helpers.sample.world import DAY, NEVER, Columns, Plan, stack, take, world

DAILY = ("messages", "orders", "order_lines", "refunds", "ratings", "reminders", "traffic")
BUYERS_PER_AGENT = 36


class Shop:
    """The state that lasts from one day to the next while a sample is made."""

    def __init__(self, plan: Plan, with_text: bool) -> None:
        self.plan, self.with_text = plan, with_text
        self.team, self.buyers = Team(plan), Buyers(plan.opens)
        self.waiting: Columns | None = None
        self.messages = self.orders = 0

    def day(self, number: int) -> dict[str, dict[str, pa.Array]]:
        """The rows a day adds to each daily table. Lines of the night after it wait for the next day."""
        rng = np.random.default_rng([self.plan.seed, number])
        visits, turns = self._chats(rng, number)
        bought, basket = self._orders(rng, visits, number)
        lines = self._lines(rng, turns, bought, number)
        back = later.refunds(rng, self.plan, bought, basket)
        rated = later.ratings(rng, self.plan, self.team, visits)
        bought["flag"] = rows.flags(rng, len(bought["id"]))
        bought, basket, back = self._with_second(bought, basket, back, number)
        return {
            "messages": rows.messages(self.plan, self.team, lines, self.with_text),
            "orders": rows.orders(self.plan, bought),
            "order_lines": rows.order_lines(self.plan, bought, basket),
            "refunds": rows.refunds(self.plan, bought, back),
            "ratings": rows.ratings(self.plan, self.team, rated),
            "reminders": rows.reminders(self.plan, self.team, bought),
            "traffic": self._traffic(rng, number),
        }

    def _chats(self, rng: np.random.Generator, number: int) -> tuple[Columns, Columns]:
        visits = visits_of_day(rng, self.plan, self.team, self.buyers, number)
        turns = chats.turns_of(rng, self.plan, self.team, visits)
        firsts = np.flatnonzero(np.diff(turns["visit"], prepend=-1))
        served = (turns["answers"] > 0) & ~turns["robot"]
        if len(firsts):
            visits["end"] = np.maximum.reduceat(turns["end"], firsts)
            visits["answered"] = np.maximum.reduceat(served, firsts)
        else:
            visits |= {"end": visits["start"], "answered": visits["first"]}
        return visits, turns

    def _orders(self, rng: np.random.Generator, visits: Columns, number: int) -> tuple[Columns, Columns]:
        asked, undecided = orders.from_chats(rng, self.plan, self.team, visits, number)
        bought = stack([asked, orders.silent(rng, self.plan, self.buyers, number)])
        bought = orders.with_payment(rng, self.plan, self.team, bought)
        bought["id"] = self.orders + np.arange(len(bought["buyer"]))
        self.orders += len(bought["id"])
        paid = bought["paid"] != NEVER
        self.buyers.bought(bought["buyer"][paid], bought["paid"][paid])
        again = rng.random(len(undecided["buyer"])) < world()["visits"]["comeback"]
        self.buyers.will_return(undecided["buyer"][again], undecided["kind"][again])
        return bought, orders.baskets(rng, bought)

    def _with_second(self, bought: Columns, basket: Columns, back: Columns, number: int) -> list[Columns]:
        """Orders, their lines and refunds with those of the second orders below them."""
        rng, shift = second.stream(self.plan, number), len(bought["id"])
        more, lines = second.second_orders(rng, self.plan, bought)
        returned = later.refunds(rng, self.plan, more, lines)
        lines["order"], returned["order"] = lines["order"] + shift, returned["order"] + shift
        return [stack([bought, more]), stack([basket, lines]), stack([back, returned])]

    def _lines(self, rng: np.random.Generator, turns: Columns, bought: Columns, number: int) -> Columns:
        reminding = reminder_turns(rng, bought)
        turns = stack([{name: turns[name] for name in reminding}, reminding])
        lines = chats.lines_of(turns)
        lines["word"] = words(rng, self.team, turns, lines)
        lines["kind"] = message_kinds(rng, turns, lines)
        return self._in_order(lines, self.plan.opens + (number + 1) * DAY)

    def _in_order(self, lines: Columns, until: int) -> Columns:
        """Lines before `until` by time, with their running number; the others wait."""
        lines = lines if self.waiting is None else stack([self.waiting, lines])
        self.waiting = take(lines, lines["sent_at"] >= until)
        lines = take(lines, lines["sent_at"] < until)
        lines = take(lines, np.argsort(lines["sent_at"], kind="stable"))
        lines["id"] = self.messages + np.arange(len(lines["sent_at"]))
        self.messages += len(lines["id"])
        return lines

    def _traffic(self, rng: np.random.Generator, number: int) -> dict[str, pa.Array]:
        today, shape = self.plan.day(number), world()["day"]
        mean = self.plan.buyers_per_day * shape["visitors_per_chat"] * self.plan.volume(number)
        visitors = int(rng.poisson(mean * self.plan.factor(today, "visitors")))
        return rows.traffic(self.plan, today, visitors, int(rng.binomial(visitors, shape["cart_share"])))


def generate(
    out_dir: Path | str,
    days: int = 90,
    agents: int = 12,
    seed: int = 1,
    end: date = date(2026, 11, 5),
    buyers_per_day: int | None = None,
    shop: str = "青禾家居旗舰店",
    format: str = "parquet",
    text: bool = True,
    truth: bool = True,
) -> list[Path]:
    """Write the canonical tables of an invented shop, and TRUTH.md with what was planted in them.

    The last day is `end`, included; nothing later is known (an order still open then has neither payment nor
    closing time). The same arguments give the same rows, always. `buyers_per_day` (36 an agent unless given)
    sets the size: about 13 messages each. Days are made and written one after the other, so memory depends on
    a day's size, not on the sample's. `text=False` leaves out the text of messages (and TRUTH.md),
    `truth=False` only TRUTH.md.

    Returns the paths of the tables (not of TRUTH.md), one file each, in `format` "parquet" or "csv".
    Raises KpiError when an argument makes no sense or the folder cannot be written to.
    """
    plan = Plan(days, agents, seed, end, buyers_per_day or BUYERS_PER_AGENT * agents, shop)
    _check(plan, format)
    folder = Path(out_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths = _write(Shop(plan, text), folder, format)
    except OSError as problem:
        raise KpiError(f"The sample cannot be written to {folder}: {problem.strerror}.") from problem
    if truth and text:
        write_truth(plan, paths, folder / "TRUTH.md")
    return paths


def _check(plan: Plan, file_format: str) -> None:
    if file_format not in FORMATS:
        raise KpiError(f"A sample is written as {' or '.join(FORMATS)}, not as {file_format!r}.")
    for name, least in (("days", 1), ("agents", 2), ("buyers_per_day", 1), ("seed", 0)):
        if getattr(plan, name) < least:
            raise KpiError(f"A sample needs {name} of at least {least}; {getattr(plan, name)} was asked for.")


def _write(shop: Shop, folder: Path, file_format: str) -> list[Path]:
    files = {name: TableFile(folder, name, file_format) for name in (*DAILY, "agents", "shifts")}
    files["agents"].add(rows.agents(shop.team))
    files["shifts"].add(rows.shifts(shop.team))
    for number in range(shop.plan.days):
        for name, columns in shop.day(number).items():
            files[name].add(columns)
    return [file.close() for file in files.values()]
