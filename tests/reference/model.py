"""Section 1: rows of the canonical tables become records, aliases resolved and doubles gone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

BUYER, HUMAN, BOT, OTHER = "buyer", "human", "bot", "other"


@dataclass
class Message:
    message_id: str
    buyer: str
    agent: str | None
    sender: str
    sent_at: int
    text: str | None
    kind: str | None
    file_order: int
    role: str  # buyer, human, bot, other; machine seconds turn human into bot

    @property
    def order(self) -> tuple:
        """Section 2: (sent_at, buyer before the others, message_id, file order)."""
        return (self.sent_at, self.sender != "buyer", self.message_id, self.file_order)


@dataclass
class Order:
    order_id: str
    buyer: str | None
    created_at: int
    paid_at: int | None
    paid_amount: Decimal
    items: int | None
    closed_at: int | None
    created_by: tuple = ()  # (agent or None, step, session) of secured(created_at)
    paid_by: tuple = ()
    owner: str = ""
    assists: list = field(default_factory=list)


@dataclass
class Refund:
    refund_id: str
    order_id: str
    applied_at: int | None
    completed_at: int | None
    amount: Decimal
    platform_intervened: bool
    closed_by: str | None


@dataclass
class Rating:
    buyer: str
    agent: str
    rated_at: int
    score: Decimal


def clean(row: dict) -> dict:
    """A row as CSV gives it: an empty cell is nothing."""
    return {name: (None if value == "" else value) for name, value in row.items()}


def last_wins(pairs) -> list:
    """Section 1: of the rows with one key, the row read last."""
    kept = {}
    for key, record in pairs:
        kept.pop(key, None)
        kept[key] = record
    return list(kept.values())


def as_day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text[:10])


class Agents:
    """The agents table: aliases and teams, by business day where the rows have validity dates."""

    def __init__(self, rows: list[dict]):
        rows = [clean(row) for row in rows]
        self.rows = last_wins(((row["agent_id"], row.get("valid_from")), row) for row in rows)
        self.names = {row["agent_id"] for row in self.rows}
        self.names |= {row["alias_of"] for row in self.rows if row.get("alias_of")}

    def row_of(self, agent: str, day: date) -> dict:
        """The row of an agent valid on a day (half-open); of several the one valid from the latest day."""
        found, found_from = {}, date.min
        for row in self.rows:
            start = as_day(row.get("valid_from")) or date.min
            end = as_day(row.get("valid_to")) or date.max
            if row["agent_id"] == agent and start <= day < end and start >= found_from:
                found, found_from = row, start
        return found

    def resolve(self, agent: str | None, day: date) -> str | None:
        """Section 1: follow alias_of, chains too; a circle ends where it began."""
        seen = set()
        while agent is not None and agent not in seen:
            seen.add(agent)
            agent = self.row_of(agent, day).get("alias_of") or agent
        return agent

    def team(self, agent: str, day: date) -> str | None:
        return self.row_of(agent, day).get("team")


def read_messages(rows, clock, agents, settings) -> list[Message]:
    def record(place, row):
        sent_at = clock.moment(row["sent_at"])
        agent = agents.resolve(row.get("agent_id"), clock.day(sent_at))
        role = role_of(row["sender"], settings)
        shape = (row["buyer_id"], agent, row["sender"], sent_at, row.get("text"), row.get("kind"))
        message = Message(row.get("message_id") or "", *shape, place, role)
        return (("id", message.message_id) if message.message_id else shape), message

    return last_wins(record(place, clean(row)) for place, row in enumerate(rows))


def role_of(sender: str, settings: dict) -> str:
    """Section 2: human = sender in human_senders."""
    if sender == "buyer":
        return BUYER
    if sender in settings["human_senders"]:
        return HUMAN
    return BOT if sender == "bot" else OTHER


def read_orders(rows, line_rows, clock) -> list[Order]:
    lines = last_wins(((row["order_id"], row["line_id"]), row) for row in map(clean, line_rows))
    quantities: dict[str, int] = {}
    for line in lines:
        quantities[line["order_id"]] = quantities.get(line["order_id"], 0) + int(line["quantity"])

    def record(row):
        counted = row.get("item_count")
        return row["order_id"], Order(
            row["order_id"],
            row.get("buyer_id"),
            clock.moment(row["created_at"]),
            clock.moment(row.get("paid_at")),
            Decimal(row.get("paid_amount") or 0),
            quantities.get(row["order_id"]) if counted is None else int(counted),
            clock.moment(row.get("closed_at")),
        )

    return last_wins(record(clean(row)) for row in rows)


def read_refunds(rows, clock) -> list[Refund]:
    def record(row):
        return row["refund_id"], Refund(
            row["refund_id"],
            row["order_id"],
            clock.moment(row.get("applied_at")),
            clock.moment(row.get("completed_at")),
            Decimal(row["amount"]),
            row.get("platform_intervened") in ("1", "true", "True"),
            row.get("closed_by"),
        )

    refunds = last_wins(record(clean(row)) for row in rows)
    own = {r.order_id for r in refunds if r.refund_id != f"{r.order_id}:refund"}
    return [r for r in refunds if r.refund_id != f"{r.order_id}:refund" or r.order_id not in own]


def read_ratings(rows, clock, agents) -> list[Rating]:
    def record(row):
        rated_at = clock.moment(row["rated_at"])
        agent = agents.resolve(row["agent_id"], clock.day(rated_at))
        return (row["buyer_id"], agent, rated_at), Rating(row["buyer_id"], agent, rated_at, Decimal(row["score"]))

    return last_wins(record(clean(row)) for row in rows)


def read_traffic(rows) -> list[dict]:
    def record(row):
        day, carts = as_day(row["day"]), row.get("cart_buyers")
        return day, {
            "day": day,
            "visitors": int(row["visitors"]),
            "cart_buyers": None if carts is None else int(carts),
        }

    return last_wins(record(clean(row)) for row in rows)
