"""What each fact counts. Every fact is a list of units (day, hour, agent, buyer, value) or sets of people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from .model import BOT, BUYER, HUMAN
from .orders import SILENT, pays_in_time
from .rounds import is_slow, mean_wait


@dataclass
class Unit:
    """One thing that is counted: where it is booked, whose it is, how much it is."""

    day: date
    hour: int | None
    agent: str | None
    buyer: str | None
    value: object = 1


def _seconds(chat) -> int:
    return sum(session.last - session.first for session in chat.sessions)


def _outcome(name):
    """Agent and team grain count the agent's own orders, every other grain anybody's."""
    return lambda chat, s, own: (
        chat.received and chat.inquiry and (chat.mine if own else chat.any_order).get(name, False)
    )


# People facts: a chat counts when ... (chat, settings, own orders only)
PEOPLE = {
    "consulted_buyers": lambda chat, s, own: True,
    "received_buyers": lambda chat, s, own: chat.received,
    "answered_buyers": lambda chat, s, own: chat.received and chat.answered,
    "inquiring_buyers": lambda chat, s, own: chat.received and chat.inquiry,
    "slow_response_buyers": lambda chat, s, own: chat.received and is_slow(chat, s),
    "long_reception_buyers": lambda chat, s, own: chat.received and _seconds(chat) > s["long_reception_minutes"] * 60,
    "received_buyers_paid": lambda chat, s, own: chat.received and chat.pays,
    "inquiring_buyers_ordered_same_day": _outcome("ordered_same_day"),
    "inquiring_buyers_ordered": _outcome("ordered"),
    "inquiring_buyers_paid_next_day": _outcome("paid_next_day"),
    "inquiring_buyers_paid": _outcome("paid"),
    "_inquiring_buyers_with_any_order": lambda chat, s, own: chat.received and chat.inquiry and bool(chat.order_ids),
}

# People of the first that are not among the second, group by group.
REST = {
    "unanswered_buyers": ("received_buyers", "answered_buyers"),
    "filtered_buyers": ("consulted_buyers", "received_buyers"),
    "after_sales_buyers": ("received_buyers", "inquiring_buyers"),
    "lost_buyers": ("inquiring_buyers", "_inquiring_buyers_with_any_order"),
    "elsewhere_buyers": ("_inquiring_buyers_with_any_order", "inquiring_buyers_ordered"),
}

# Sums over received chats.
CHAT_SUMS = {
    "received_chats": lambda chat: 1,
    "buyer_messages": lambda chat: len(chat.of(BUYER)),
    "agent_messages": lambda chat: len(chat.of(HUMAN)),
    "bot_messages": lambda chat: len(chat.of(BOT)),
    "agent_characters": lambda chat: sum(len(line.text or "") for line in chat.of(HUMAN)),
    "sessions": lambda chat: len(chat.sessions),
    "reception_seconds": _seconds,
}

# Sums over rounds of received chats; None: not counted.
ROUND_SUMS = {
    "rounds": lambda one, s: 1,
    "answered_rounds": lambda one, s: int(one.wait is not None),
    "response_wait_seconds": lambda one, s: mean_wait(one, s) or 0,
    "rounds_within_30s": lambda one, s: int(one.within(30)),
    "rounds_within_3min": lambda one, s: int(one.within(180)),
    "_waits": lambda one, s: int(mean_wait(one, s) is not None),
}
FIRST_ROUND_SUMS = {
    "chats_with_round": lambda one, s: 1,
    "chats_first_answered": lambda one, s: int(one.wait is not None),
    "first_wait_seconds": lambda one, s: mean_wait(one, s) or 0,
    "first_rounds_within_15s": lambda one, s: int(one.within(15)),
    "_first_waits": lambda one, s: int(mean_wait(one, s) is not None),
}

# Orders by creation (order day, secured(created_at)) and by the attribution rule (paid orders only).
CREATED_SUMS = {
    "orders_created": lambda order, ref: 1,
    "orders_created_paid": lambda order, ref: int(pays_in_time(order, ref.clock, ref.settings)),
}
CREATED_PEOPLE = {
    "ordering_buyers": lambda order, ref: True,
    "ordering_buyers_paid": lambda order, ref: pays_in_time(order, ref.clock, ref.settings),
}
SALES_SUMS = {
    "orders_paid": lambda order, ref: 1,
    "sales": lambda order, ref: order.paid_amount,
    "items": lambda order, ref: order.items or 0,
    "net_sales": lambda order, ref: order.paid_amount - ref.refunded(order),
    "orders_paid_refunded": lambda order, ref: int(bool(ref.completed_refunds(order))),
    "_agent_sales": lambda order, ref: order.paid_amount if order.owner != SILENT else 0,
    "_silent_sales": lambda order, ref: order.paid_amount if order.owner == SILENT else 0,
}
SALES_PEOPLE = ("paying_buyers",)

CHAT_FACTS = {*PEOPLE, *REST, *CHAT_SUMS, *ROUND_SUMS, *FIRST_ROUND_SUMS, "peak_concurrent_chats"}
INQUIRY_FACTS = {
    "inquiring_buyers",
    "after_sales_buyers",
    "inquiring_buyers_ordered_same_day",
    "inquiring_buyers_ordered",
    "inquiring_buyers_paid_next_day",
    "inquiring_buyers_paid",
    "_inquiring_buyers_with_any_order",
    "elsewhere_buyers",
    "lost_buyers",
    "received_buyers_paid",
}
CREATED_FACTS = {*CREATED_SUMS, *CREATED_PEOPLE}
SALES_FACTS = {*SALES_SUMS, *SALES_PEOPLE}
BUYER_FACTS = {*INQUIRY_FACTS, *CREATED_PEOPLE, *SALES_PEOPLE}  # not available without buyers on orders
REFUND_FACTS = {"refunds_completed", "refunded_amount", "orders_refunded"}
RATING_FACTS = {"ratings", "rating_score"}
TRAFFIC_FACTS = {"visitors", "cart_buyers"}
OWN_GRAINS = ("agent", "team")


def settles_after(fact: str, settings: dict) -> int:
    """Days after the booked day on which the fact's window closes (section 3)."""
    inquiry = settings["inquiry_window_days"] - 1
    special = {
        "inquiring_buyers_paid_next_day": max(1, inquiry),
        "inquiring_buyers_paid": max(settings["final_delay_days"], inquiry),
        "received_buyers_paid": settings["final_delay_days"],
        "ordering_buyers_paid": settings["payment_life_days"],
        "orders_created_paid": settings["payment_life_days"],
    }
    if fact in SALES_FACTS and settings["attribution_rule"] == "order":
        return settings["payment_life_days"]
    return special.get(fact, inquiry if fact in INQUIRY_FACTS else 0)


def tables_of(fact: str, by: tuple) -> tuple[str, ...]:
    """The tables a fact needs; the first one is the table whose days it is booked on."""
    if fact in INQUIRY_FACTS:
        return ("messages", "orders")
    if fact in CHAT_FACTS:
        return ("messages",)
    if fact in CREATED_FACTS | SALES_FACTS:
        by_owner = any(g in OWN_GRAINS for g in by) or fact in ("_agent_sales", "_silent_sales")
        return ("orders", "refunds")[: 1 + (fact in ("net_sales", "orders_paid_refunded"))] + ("messages",) * by_owner
    if fact in REFUND_FACTS:
        return ("refunds",)
    return ("ratings",) if fact in RATING_FACTS else ("traffic",)
