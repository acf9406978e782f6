"""The columns of each canonical table, from the arrays the simulation keeps."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from kpi_helpers.sample import later
from kpi_helpers.sample.chats import SENDERS
from kpi_helpers.sample.people import Team
from kpi_helpers.sample.tables import chosen, money, numbered, order_ids, people, same, times
from kpi_helpers.sample.text import KIND_NAMES, TEXT, phrases
from kpi_helpers.sample.world import NEVER, Columns, Plan, take, world

Arrow = dict[str, pa.Array]
FLAGS = ("red", "yellow", "green")


def messages(plan: Plan, team: Team, lines: Columns, with_text: bool) -> Arrow:
    """`messages`, one row a line of chat."""
    table = {
        "shop_id": same(plan.shop, len(lines["id"])),
        "message_id": numbered(1_000_000_000_000, lines["id"]),
        "buyer_id": people(lines["buyer"]),
        "agent_id": chosen(team.ids, lines["agent"]),
        "sender": chosen(list(SENDERS), lines["sender"]),
        "sent_at": times(lines["sent_at"]),
        "text": chosen(phrases(), np.where(lines["kind"] == TEXT, lines["word"], -1)),
        "kind": chosen(list(KIND_NAMES), lines["kind"]),
    }
    return table if with_text else {name: column for name, column in table.items() if name != "text"}


def flags(rng: np.random.Generator, size: int) -> np.ndarray:
    """The flag that agents gave each order, -1 for none."""
    return np.where(rng.random(size) < 0.04, rng.integers(0, len(FLAGS), size), -1)


def orders(plan: Plan, bought: Columns) -> Arrow:
    """`orders`, one row an order; paid_amount = its lines' amounts + postage."""
    size = len(bought["id"])
    return {
        "shop_id": same(plan.shop, size),
        "order_id": order_ids(bought["id"]),
        "buyer_id": people(bought["buyer"]),
        "created_at": times(bought["created"]),
        "paid_at": times(bought["paid"]),
        "paid_amount": money(bought["cents"]),
        "item_count": pa.array(bought["item_count"]),
        "postage": money(bought["postage"]),
        "flag": chosen(list(FLAGS), bought["flag"]),
        "closed_at": times(bought["closed"]),
    }


def order_lines(plan: Plan, bought: Columns, basket: Columns) -> Arrow:
    """`order_lines`, one row an item of an order."""
    items = world()["items"]
    return {
        "shop_id": same(plan.shop, len(basket["order"])),
        "order_id": order_ids(bought["id"][basket["order"]]),
        "line_id": chosen(["1", "2", "3", "4"], basket["line"] - 1),
        "item_id": chosen([str(680_000_000_001 + 7_919 * i) for i in range(len(items))], basket["item"]),
        "item_title": chosen([item["title"] for item in items], basket["item"]),
        "category": chosen([item["category"] for item in items], basket["item"]),
        "quantity": pa.array(basket["quantity"]),
        "paid_amount": money(basket["cents"]),
    }


def refunds(plan: Plan, bought: Columns, back: Columns) -> Arrow:
    """`refunds`, one row a refund, at most one an order."""
    before, after = later.reasons()
    why = np.where(back["stage"] == 0, back["reason"] % len(before), len(before) + back["reason"] % len(after))
    return {
        "shop_id": same(plan.shop, len(back["order"])),
        "refund_id": numbered(190_000_000_000_000, bought["id"][back["order"]], 101),
        "order_id": order_ids(bought["id"][back["order"]]),
        "applied_at": times(back["applied"]),
        "completed_at": times(back["completed"]),
        "amount": money(back["cents"]),
        "quantity": pa.array(back["quantity"]),
        "stage": chosen(list(later.STAGES), back["stage"]),
        "kind": chosen(list(later.REFUND_KINDS), back["kind"]),
        "platform_intervened": pa.array(back["intervened"]),
        "closed_by": chosen(list(later.CLOSERS), back["closed_by"]),
        "reason": chosen(before + after, why),
    }


def ratings(plan: Plan, team: Team, rated: Columns) -> Arrow:
    """`ratings`, one row a score."""
    return {
        "shop_id": same(plan.shop, len(rated["buyer"])),
        "buyer_id": people(rated["buyer"]),
        "agent_id": chosen(team.ids, rated["agent"]),
        "rated_at": times(rated["rated_at"]),
        "score": pa.array(rated["score"]),
    }


def reminders(plan: Plan, team: Team, bought: Columns) -> Arrow:
    """`reminders`, one row a reminder; its line of chat is in `messages`."""
    sent = take(bought, bought["reminded"] != NEVER)
    return {
        "shop_id": same(plan.shop, len(sent["id"])),
        "order_id": order_ids(sent["id"]),
        "agent_id": chosen(team.ids, sent["reminder"]),
        "script": chosen([script["name"] for script in world()["scripts"]], sent["script"]),
        "sent_at": times(sent["reminded"]),
    }


def traffic(plan: Plan, day: date, visitors: int, cart_buyers: int) -> Arrow:
    """`traffic`, one row a day."""
    numbers = {"visitors": pa.array([visitors]), "cart_buyers": pa.array([cart_buyers])}
    return {"shop_id": pa.array([plan.shop]), "day": pa.array([day])} | numbers


def agents(team: Team) -> Arrow:
    """`agents`, one row an account."""
    days = {"valid_from": pa.date32(), "valid_to": pa.date32()}
    return {name: pa.array(column, days.get(name, pa.string())) for name, column in team.table().items()}


def shifts(team: Team) -> Arrow:
    """`shifts`, one row a shift."""
    table = team.shift_table()
    return {
        "agent_id": chosen(team.ids, table["agent_id"]),
        "start_at": times(table["start_at"]),
        "end_at": times(table["end_at"]),
    }
