"""Section 4: who gets the sale. Section 3: inquiry or after-sales, and what became of it."""

from __future__ import annotations

from datetime import timedelta

from .chats import UNASSIGNED, group
from .model import BUYER, HUMAN

SILENT = "(silent)"
HOUR, DAY = 3600, 24 * 3600


def may_qualify(session) -> bool:
    """Filtered chats too, advert and unassigned ones never."""
    return session.agent != UNASSIGNED and "advert" not in session.chat.reasons


def qualifies(session, event: int, order, is_payment: bool) -> bool:
    """A conversation by the time of the event, or (payment) a reminder of this very order."""
    said = [line.sent_at for line in session.lines if line.role == HUMAN and line.sent_at <= event]
    asked = [line for line in session.chat.of(BUYER) if line.sent_at <= event]
    if said and asked:
        return True
    return is_payment and any(at > order.created_at for at in said)


def secured(event: int | None, order, sessions, settings, is_payment=False) -> tuple:
    """(agent or None, step, session) for created_at or paid_at; sessions: all of the order's buyer."""
    if event is None:
        return None, "unpaid", None
    able = [s for s in sessions if may_qualify(s)]
    able = [s for s in able if qualifies(s, event, order, is_payment)]
    limit = settings["attribution_window_hours"] * HOUR
    during = [s for s in able if s.first <= event <= s.last]
    before = [s for s in able if s.last < event and event - s.last <= limit]
    for step, found in (("in conversation", during), ("earlier", before)):
        if found:
            best = min(found, key=lambda s: (-s.last, -s.first, s.agent))
            return best.agent, step, best
    return None, "silent", None


def give_owners(orders, sessions, settings) -> None:
    """Exactly one owner per order, by the rule of the shop."""
    sessions_of = group(sessions, lambda session: session.buyer)
    for order in orders:
        mine = sessions_of.get(order.buyer, [])
        order.created_by = secured(order.created_at, order, mine, settings)
        order.paid_by = secured(order.paid_at, order, mine, settings, is_payment=True)
        choice = {
            "order": order.created_by[0],
            "payment": order.paid_by[0],
            "order_first": order.created_by[0] or order.paid_by[0],
        }
        order.owner = choice[settings["attribution_rule"]] or SILENT


def judge(chat, own, clock, settings) -> None:
    """Inquiry or not and why; its orders; the outcomes. `own`: all orders of the chat's buyer."""
    t = chat.first_buyer_line
    end = clock.start_of(chat.day + timedelta(settings["inquiry_window_days"]))
    pay_end = clock.start_of(chat.day + timedelta(1 + settings["final_delay_days"]))
    chat.window_end = end
    if t is None:
        chat.why = "no buyer line"
        return
    inside = [order for order in own if t <= order.created_at < end]
    chat.why = "new order" if inside else after_sales_reason(own, t, settings)
    chat.inquiry = bool(inside) or not chat.why
    chat.order_ids = [order.order_id for order in inside]
    chat.any_order = outcomes(inside, chat, clock, pay_end)
    chat.mine = outcomes([o for o in inside if o.created_by[0] == chat.agent], chat, clock, pay_end)
    chat.pays = any(o.paid_at is not None and t <= o.paid_at < pay_end and o.created_at < end for o in own)


def after_sales_reason(own, t: int, settings) -> str:
    """Why a chat without an order in its window is after-sales; empty: it is an inquiry."""
    for order in own:
        unpaid = order.paid_at is None or order.paid_at > t
        unclosed = order.closed_at is None or order.closed_at > t
        age = t - order.created_at
        if order.created_at < t and unpaid and unclosed and age <= settings["payment_life_days"] * DAY:
            return f"unpaid order {order.order_id}"
        paid = order.paid_at is not None and order.paid_at <= t
        if paid and t - order.paid_at <= settings["after_sales_days"] * DAY:
            return f"paid order {order.order_id}"
    return ""


def outcomes(orders, chat, clock, pay_end: int) -> dict[str, bool]:
    """The four successes of section 3 over the given orders of an inquiry."""
    paid = [order.paid_at for order in orders if order.paid_at is not None]
    next_day_end = clock.start_of(chat.day + timedelta(2))
    return {
        "ordered_same_day": any(clock.day(order.created_at) == chat.day for order in orders),
        "ordered": bool(orders),
        "paid_next_day": any(at < next_day_end for at in paid),
        "paid": any(at < pay_end for at in paid),
    }


def pays_in_time(order, clock, settings) -> bool:
    """Order cohort: paid before the start of day O + 1 + payment_life_days."""
    if order.paid_at is None:
        return False
    last = clock.day(order.created_at) + timedelta(1 + settings["payment_life_days"])
    return order.paid_at < clock.start_of(last)
