"""Sections 5 to 7: metrics as rows (numerator, denominator, value, provisional) by group."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from . import facts as f
from .facts import Unit
from .orders import SILENT
from .rounds import mean_wait, percentile

RATIOS = {
    "within_30s_rate": ("rounds_within_30s", "rounds"),
    "within_3min_rate": ("rounds_within_3min", "rounds"),
    "first_response_within_15s_rate": ("first_rounds_within_15s", "chats_with_round"),
    "first_response_seconds": ("first_wait_seconds", "_first_waits"),
    "mean_response_seconds": ("response_wait_seconds", "_waits"),
    "slow_response_rate": ("slow_response_buyers", "received_buyers"),
    "reply_rate": ("answered_buyers", "received_buyers"),
    "answer_to_question_ratio": ("agent_messages", "buyer_messages"),
    "inquiry_to_same_day_order_rate": ("inquiring_buyers_ordered_same_day", "inquiring_buyers"),
    "inquiry_to_order_rate": ("inquiring_buyers_ordered", "inquiring_buyers"),
    "inquiry_to_next_day_payment_rate": ("inquiring_buyers_paid_next_day", "inquiring_buyers"),
    "inquiry_to_final_payment_rate": ("inquiring_buyers_paid", "inquiring_buyers"),
    "consult_to_payment_rate": ("received_buyers_paid", "received_buyers"),
    "order_to_payment_rate": ("ordering_buyers_paid", "ordering_buyers"),
    "paid_order_rate": ("orders_created_paid", "orders_created"),
    "inquiry_loss_rate": ("lost_buyers", "inquiring_buyers"),
    "sales_per_buyer": ("sales", "paying_buyers"),
    "items_per_buyer": ("items", "paying_buyers"),
    "sales_per_order": ("sales", "orders_paid"),
    "sales_per_item": ("sales", "items"),
    "agent_sales_share": ("_agent_sales", "sales"),
    "silent_sales_share": ("_silent_sales", "sales"),
    "reception_seconds_per_chat": ("reception_seconds", "received_chats"),
    "consultation_rate": ("received_buyers", "visitors"),
    "refund_rate_amount": ("refunded_amount", "sales"),
    "refund_rate_orders": ("orders_refunded", "orders_paid"),
    "paid_orders_refunded_rate": ("orders_paid_refunded", "orders_paid"),
    "service_rating": ("rating_score", "ratings"),
}
MONEY = ("sales_per_buyer", "sales_per_order", "sales_per_item")
MEDIANS = {
    "first_response_seconds_median": (True, 0.5),
    "first_response_seconds_p90": (True, 0.9),
    "response_seconds_median": (False, 0.5),
    "response_seconds_p90": (False, 0.9),
}
TRAILING = ("dispute_rate", "self_completion_rate", "refund_completion_hours")
FACTS = sorted(
    name
    for name in f.CHAT_FACTS | f.CREATED_FACTS | f.SALES_FACTS | f.REFUND_FACTS | f.RATING_FACTS | f.TRAFFIC_FACTS
    if not name.startswith("_")
)
METRICS = [*FACTS, *RATIOS, *MEDIANS, *TRAILING]
UNKNOWN = (None, None, None, True)


def divided(metric: str, numerator, denominator):
    """Section 6: 0 ÷ 0 is nothing; money stays decimal."""
    if numerator is None or not denominator:
        return None
    if metric in MONEY:
        return numerator / Decimal(denominator)
    return float(Fraction(numerator) / Fraction(denominator))


def possible(metric: str, by: tuple) -> bool:
    """Grains at which a metric does not exist."""
    if metric == "elsewhere_buyers":
        return "agent" in by
    if metric in (*f.TRAFFIC_FACTS, "consultation_rate"):
        return by in ((), ("day",))
    return metric != "silent_sales_share" or by in ((), ("day",), ("hour",))


class RatioMixin:
    """compute() and what it needs; mixed into Reference."""

    def compute(self, metric: str, start: date, end: date, by: tuple | None = None) -> dict[tuple, tuple]:
        """{group key: (numerator, denominator, value, provisional)} over [start, end).

        A group without a single unit is missing: its counts are 0, its ratios nothing. The shop and day
        grains always have all their rows; None stands for what is not available and for 0 ÷ 0."""
        by = tuple(by or ())
        if not possible(metric, by):
            return {}
        if "day" not in by:
            return self._range(metric, start, end, by)
        rows = {}
        for number in range((end - start).days):
            day = start + timedelta(number)
            for key, row in self._range(metric, day, day + timedelta(1), by, (start, end)).items():
                rows[key] = row
        return rows

    def _range(self, metric, start, end, by, whole=None) -> dict[tuple, tuple]:
        whole = whole or (start, end)
        if metric in TRAILING:
            return self._trailing(metric, end - timedelta(28), end, by)
        if metric in MEDIANS:
            return self._median(metric, start, end, by)
        if metric not in RATIOS:
            values = self._fact(metric, start, end, by, whole)
            late = self.is_provisional(metric, end, by)
            return {key: (value, None, value, late) for key, value in values.items()}
        return self._ratio(metric, start, end, by, whole)

    def _known(self, fact, start, end, by, whole) -> bool:
        return self.covered(fact, start, end, by) and self.buyers_known(fact, *whole)

    def _fact(self, fact, start, end, by, whole) -> dict[tuple, object]:
        """counts() with the rows that must exist, None where not available."""
        bare = [()] if not by else [(start,)] if by == ("day",) else []
        found = dict.fromkeys(bare, 0) | self.counts(fact, start, end, by)
        return found if self._known(fact, start, end, by, whole) else dict.fromkeys(found)

    def _ratio(self, metric, start, end, by, whole) -> dict[tuple, tuple]:
        above, below = RATIOS[metric]
        over = self._fact(above, start, end, by, whole)
        under = self._fact(below, start, end, by, whole)
        if metric == "agent_sales_share":
            over = {key: value for key, value in over.items() if SILENT not in key}
            shop = self._shop_sales(start, end, by, whole)
            under = {key: shop.get(self._without_agent(key, by)) for key in over}
        none_over, none_under = (0 if self._known(fact, start, end, by, whole) else None for fact in (above, below))
        late = self.is_provisional(above, end, by) or self.is_provisional(below, end, by)
        rows = {}
        for key in {**under, **over}:
            top, bottom = over.get(key, none_over), under.get(key, none_under)
            rows[key] = (top, bottom, divided(metric, top, bottom), late)
        return rows

    def _shop_sales(self, start, end, by, whole) -> dict[tuple, object]:
        rest = tuple(group for group in by if group not in f.OWN_GRAINS)
        return self._fact("sales", start, end, rest, whole)

    def _without_agent(self, key: tuple, by: tuple) -> tuple:
        return tuple(part for part, group in zip(key, by, strict=True) if group not in f.OWN_GRAINS)

    def _median(self, metric, start, end, by) -> dict[tuple, tuple]:
        only_first, share = MEDIANS[metric]
        rows = {key: UNKNOWN for key in ([()] if not by else [(start,)] if by == ("day",) else [])}
        if not self.covered("rounds", start, end, by):
            return rows
        pairs = self.rounds_of([chat for chat in self.all_chats if chat.received], only_first)
        waits = [(chat, one, mean_wait(one, self.settings)) for chat, one in pairs]
        units = [self._chat_unit(chat, wait, one.opened) for chat, one, wait in waits if wait is not None]
        late = self.is_provisional("rounds", end, by)
        rows = {key: (None, 0, None, late) for key in rows}
        for key, found in self.grouped(units, start, end, by).items():
            rows[key] = (None, len(found), percentile([unit.value for unit in found], share), late)
        return rows

    def _trailing(self, metric, start, end, by) -> dict[tuple, tuple]:
        """The 28 days that end with the range (or with each day); a day group is that last day."""
        last = end - timedelta(1)
        over, under = self._trailing_units(metric)
        rest = tuple(group for group in by if group != "day")
        top, bottom = self.grouped(over, start, end, rest), self.grouped(under, start, end, rest)
        keys = {**top, **bottom} or ({(): None} if not rest else {})
        rows, late = {}, self.is_provisional("refunds_completed", end, by)
        tables = ("refunds", "orders") if metric == "dispute_rate" else ("refunds", "refunds")
        known = [t in self.coverage and start <= self.span(t)[1] and self.span(t)[0] < end for t in tables]
        if metric == "dispute_rate":
            late = late or self.is_provisional("orders_created", end, by)  # by payment day: nothing to wait for
        for key in keys:
            # Each side by its own table, as in every other ratio: an uncovered one is unknown, the other stays.
            sums = [
                sum(unit.value for unit in side.get(key, [])) if there else None
                for side, there in zip((top, bottom), known, strict=True)
            ]
            whole_key = tuple(last if group == "day" else key[rest.index(group)] for group in by)
            rows[whole_key] = (*sums, divided(metric, *sums), late) if any(known) else UNKNOWN
        return rows

    def _trailing_units(self, metric) -> tuple[list[Unit], list[Unit]]:
        done = [refund for refund in self.all_refunds if refund.completed_at is not None]
        if metric == "dispute_rate":
            applied = [r for r in self.all_refunds if r.applied_at is not None and r.platform_intervened]
            paid = [order for order in self.all_orders if order.paid_at is not None]
            return (
                [self.refund_unit(r, r.applied_at) for r in applied],
                [self._order_unit(order, order.paid_at, order.owner) for order in paid],
            )
        if metric == "self_completion_rate":
            own = [refund for refund in done if refund.closed_by == "merchant"]
            return [self.refund_unit(r, r.completed_at) for r in own], [
                self.refund_unit(r, r.completed_at) for r in done
            ]
        timed = [(r, self.refund_unit(r, r.completed_at)) for r in done if r.applied_at is not None]
        for refund, unit in timed:
            unit.value = Fraction(refund.completed_at - refund.applied_at, 3600)
        return [unit for _, unit in timed], [
            self.refund_unit(r, r.completed_at) for r in done if r.applied_at is not None
        ]
