"""The reference itself: tables of one shop in, facts and ratios by group out."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from . import facts as f
from .chats import build_chats, group
from .facts import Unit
from .model import Agents, read_messages, read_orders, read_ratings, read_refunds, read_traffic
from .orders import SILENT, give_owners, judge
from .ratios import RatioMixin
from .rounds import build_rounds, peak
from .settings import Clock, with_defaults
from .views import ViewMixin

RARE = {"refunds": "orders", "ratings": "messages"}


class Reference(RatioMixin, ViewMixin):
    """One shop's numbers, straight from the specification."""

    def __init__(self, tables: dict[str, list[dict]], settings: dict | None = None):
        self.settings = with_defaults(settings or {})
        self.clock = Clock(self.settings["timezone"], self.settings["business_day_cut"])
        self.agents = Agents(tables.get("agents", []))
        rows = {name: tables.get(name, []) for name in ("messages", "orders", "refunds", "ratings", "traffic")}
        self.all_messages = read_messages(rows["messages"], self.clock, self.agents, self.settings)
        self.all_orders = read_orders(rows["orders"], tables.get("order_lines", []), self.clock)
        self.all_refunds = read_refunds(rows["refunds"], self.clock)
        self.all_ratings = read_ratings(rows["ratings"], self.clock, self.agents)
        self.traffic = read_traffic(rows["traffic"])
        self.all_chats = build_chats(self.all_messages, self.clock, self.settings, self.agents)
        self._finish()

    def _finish(self) -> None:
        """Rounds, owners and outcomes, which need one another's units."""
        for chat in self.all_chats:
            chat.rounds = build_rounds(chat, self.settings)
        give_owners(self.all_orders, self.all_sessions, self.settings)
        orders_of = group(self.all_orders, lambda order: order.buyer)
        for chat in self.all_chats:
            judge(chat, orders_of.get(chat.buyer, []), self.clock, self.settings)

    @property
    def all_sessions(self) -> list:
        return [session for chat in self.all_chats for session in chat.sessions]

    @cached_property
    def owners(self) -> dict[str, str]:
        return {order.order_id: order.owner for order in self.all_orders}

    def completed_refunds(self, order) -> list:
        return [r for r in self.all_refunds if r.order_id == order.order_id and r.completed_at is not None]

    def refunded(self, order) -> Decimal:
        """Completed refunds of an order, as of now."""
        return sum((refund.amount for refund in self.completed_refunds(order)), Decimal(0))

    # --- coverage -------------------------------------------------------------------------------------------

    @cached_property
    def coverage(self) -> dict[str, tuple[date, date]]:
        """First and last business day of every table that has rows, over all its time columns."""
        moments = {
            "messages": [m.sent_at for m in self.all_messages],
            "orders": [at for o in self.all_orders for at in (o.created_at, o.paid_at)],
            "refunds": [at for r in self.all_refunds for at in (r.applied_at, r.completed_at)],
            "ratings": [r.rated_at for r in self.all_ratings],
        }
        days = {name: [self.clock.day(at) for at in ats if at is not None] for name, ats in moments.items()}
        days["traffic"] = [row["day"] for row in self.traffic]
        return {name: (min(found), max(found)) for name, found in days.items() if found}

    def covered(self, fact: str, start: date, end: date, by: tuple) -> bool:
        """All needed tables exist and the one it is booked on covers a day of [start, end)."""
        tables = f.tables_of(fact, by)
        if any(table not in self.coverage for table in tables):
            return False
        first, last = self.span(tables[0])
        return start <= last and first < end and self.buyers_known(fact, start, end)

    def span(self, table: str) -> tuple[date, date]:
        """Days on which an empty count is 0: rare events are as quiet as the table they hang on says."""
        spans = [self.coverage[t] for t in (table, RARE.get(table)) if t in self.coverage]
        return min(first for first, _ in spans), max(last for _, last in spans)

    def buyers_known(self, fact: str, start: date, end: date) -> bool:
        """Section 7: facts that need buyers are not available where orders of the range have none;
        likewise items where an order has no count."""
        if fact == "cart_buyers":
            rows = [row for row in self.traffic if start <= row["day"] < end]
            return any(row["cart_buyers"] is not None for row in rows)
        if fact == "items":
            return all(order.items is not None for order in self._sold(start, end))
        if fact not in f.BUYER_FACTS:
            return True
        if fact in f.SALES_PEOPLE:
            return all(order.buyer for order in self._sold(start, end))
        nameless = [order for order in self.all_orders if not order.buyer]
        times = [o.created_at for o in nameless]
        if fact in f.INQUIRY_FACTS:
            times += [o.paid_at for o in nameless if o.paid_at is not None]
        return not any(start <= self.clock.day(at) < end for at in times)

    def is_provisional(self, fact: str, end: date, by: tuple) -> bool:
        """The window of the last day of the range is not closed at data-until."""
        tables = f.tables_of(fact, by)
        if any(table not in self.coverage for table in tables):
            return True
        data_until = min(self.coverage[table][1] for table in tables)
        return end - timedelta(1) + timedelta(f.settles_after(fact, self.settings)) > data_until

    # --- units ----------------------------------------------------------------------------------------------

    def _chat_unit(self, chat, value=1, moment=None) -> Unit:
        hour = self.clock.hour(chat.first if moment is None else moment)
        return Unit(chat.day, hour, chat.agent, chat.buyer, value)

    def _order_unit(self, order, moment: int, owner: str, value=1) -> Unit:
        return Unit(self.clock.day(moment), self.clock.hour(moment), owner, order.buyer, value)

    def _booked(self, order) -> int:
        """The moment a paid order is booked on."""
        return order.created_at if self.settings["attribution_rule"] == "order" else order.paid_at

    def _sold(self, start: date, end: date) -> list:
        paid = [order for order in self.all_orders if order.paid_at is not None]
        return [order for order in paid if start <= self.clock.day(self._booked(order)) < end]

    def units(self, fact: str, own: bool) -> list[Unit]:
        """Everything the fact counts, over all time; `own`: agent or team grain."""
        received = [chat for chat in self.all_chats if chat.received]
        if fact in f.PEOPLE:
            keep = f.PEOPLE[fact]
            return [self._chat_unit(c) for c in self.all_chats if keep(c, self.settings, own)]
        if fact in f.CHAT_SUMS:
            return [self._chat_unit(c, f.CHAT_SUMS[fact](c)) for c in received]
        if fact in f.ROUND_SUMS or fact in f.FIRST_ROUND_SUMS:
            value = (f.ROUND_SUMS | f.FIRST_ROUND_SUMS)[fact]
            pairs = self.rounds_of(received, only_first=fact in f.FIRST_ROUND_SUMS)
            return [self._chat_unit(c, value(one, self.settings), one.opened) for c, one in pairs]
        if fact in f.CREATED_FACTS:
            return self._created_units(fact)
        if fact in f.SALES_FACTS:
            value = f.SALES_SUMS.get(fact, lambda order, ref: 1)
            sold = [order for order in self.all_orders if order.paid_at is not None]
            return [self._order_unit(o, self._booked(o), o.owner, value(o, self)) for o in sold]
        return self._other_units(fact)

    def rounds_of(self, chats, only_first: bool) -> list[tuple]:
        return [(chat, one) for chat in chats for one in chat.rounds[: 1 if only_first else None]]

    def _created_units(self, fact: str) -> list[Unit]:
        value = (f.CREATED_SUMS | f.CREATED_PEOPLE)[fact]
        units = [self._order_unit(o, o.created_at, o.created_by[0] or SILENT, value(o, self)) for o in self.all_orders]
        return [unit for unit in units if unit.value] if fact in f.CREATED_PEOPLE else units

    def _other_units(self, fact: str) -> list[Unit]:
        """Refunds (the agent is the owner of the sale), ratings, traffic."""
        if fact in f.REFUND_FACTS:
            done = [r for r in self.all_refunds if r.completed_at is not None]
            units = [(r, self.refund_unit(r, r.completed_at)) for r in done]
            for refund, unit in units:
                unit.value = refund.amount if fact == "refunded_amount" else 1
                unit.buyer = refund.order_id  # orders_refunded counts orders once per day as if people
            return [unit for _, unit in units]
        if fact in f.RATING_FACTS:
            return [
                self._order_unit(r, r.rated_at, r.agent, r.score if fact == "rating_score" else 1)
                for r in self.all_ratings
            ]
        known = [row for row in self.traffic if row[fact] is not None]
        return [Unit(row["day"], None, None, None, row[fact]) for row in known]

    def refund_unit(self, refund, moment: int) -> Unit:
        owner = self.owners.get(refund.order_id, SILENT)
        return Unit(self.clock.day(moment), self.clock.hour(moment), owner, None)

    # --- counting -------------------------------------------------------------------------------------------

    def key(self, unit: Unit, by: tuple) -> tuple:
        team = self.agents.team(unit.agent, unit.day) if "team" in by else None
        parts = {"agent": unit.agent, "day": unit.day, "hour": unit.hour, "team": team}
        return tuple(parts[group] for group in by)

    def grouped(self, units: list[Unit], start: date, end: date, by: tuple) -> dict[tuple, list[Unit]]:
        groups: dict[tuple, list[Unit]] = {}
        for unit in units:
            if start <= unit.day < end:
                groups.setdefault(self.key(unit, by), []).append(unit)
        return groups

    def people(self, fact: str, start: date, end: date, by: tuple) -> dict[tuple, set]:
        """Section 2: each buyer once per day (and group)."""
        groups = self.grouped(self.units(fact, any(g in f.OWN_GRAINS for g in by)), start, end, by)
        once = fact == "orders_refunded"  # an order refunded in two parts is one order, whatever the days
        return {key: {(once or unit.day, unit.buyer) for unit in units} for key, units in groups.items()}

    def counts(self, fact: str, start: date, end: date, by: tuple) -> dict[tuple, object]:
        """The fact by group; groups without any unit are missing (they count 0)."""
        if fact in f.REST:
            whole, less = (self.people(part, start, end, by) for part in f.REST[fact])
            return {key: len(found - less.get(key, set())) for key, found in whole.items()}
        if fact in f.PEOPLE or fact in f.CREATED_PEOPLE or fact in f.SALES_PEOPLE or fact == "orders_refunded":
            return {key: len(found) for key, found in self.people(fact, start, end, by).items()}
        if fact == "peak_concurrent_chats":
            return self.peaks(start, end, by)
        groups = self.grouped(self.units(fact, False), start, end, by)
        return {key: sum(unit.value for unit in units) for key, units in groups.items()}

    def peaks(self, start: date, end: date, by: tuple) -> dict[tuple, int]:
        """Per group the greatest of its daily peaks."""
        units = [self._chat_unit(c, c.sessions) for c in self.all_chats if c.received]
        found = {}
        for key, members in self.grouped(units, start, end, by).items():
            days: dict[date, list] = {}
            for unit in members:
                days.setdefault(unit.day, []).extend(unit.value)
            found[key] = max(peak(sessions) for sessions in days.values())
        return found
