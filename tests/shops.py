"""Small adversarial shops for differential tests: everything happens on a border.

`random_shop(seed)` gives (tables, settings) as the reference takes them: rows as a CSV would give, settings
over the defaults of specification section 8. Same seed, same shop.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import strategies as st
from shop_clock import ADVERT, DAY, HOUR, SHOP, SIZES, STEPS, TEXTS, ShopClock
from shop_odd import OddThings


def random_shop(seed: int, size: str = "small") -> tuple[dict[str, list[dict]], dict]:
    """One shop of a few days: tables as lists of rows (strings or None) and settings."""
    return ShopMaker(seed, size).make()


def shops(size: str = "small") -> st.SearchStrategy:
    """A hypothesis strategy of shops."""
    return st.integers(min_value=0, max_value=10**9).map(lambda seed: random_shop(seed, size))


def played_days(tables: dict[str, list[dict]]) -> tuple[date, date]:
    """[start, end): a day before the first message to a day after the last one, as dates of the texts."""
    days = [date.fromisoformat(row["sent_at"][:10]) for row in tables["messages"]]
    return min(days) - timedelta(2), max(days) + timedelta(3)


class ShopMaker(OddThings, ShopClock):
    """The rows of one random shop."""

    def __init__(self, seed: int, size: str):
        super().__init__(seed, size)
        self.talks, self.sales = SIZES[size]
        self.agents = self.rng.sample(["A", "a", "b", "a10", "a9", "客服二"], self.rng.choice((2, 3, 4)))
        self.buyers = [f"b{n}" for n in range(1, self.rng.choice((3, 5, 9)))] + ["买家"]
        self.ids = self.rng.choice(("all", "all", "none", "some"))
        self.lines: list[dict] = []
        self.moments: dict[str, list[int]] = {buyer: [] for buyer in self.buyers}
        self.alias_rows: list[dict] = []

    # --- messages -------------------------------------------------------------------------------------------

    def talk(self) -> None:
        """One conversation of one buyer, perhaps with a bot first and a hand-over in the middle."""
        buyer, now = self.some(*self.buyers), self.anchor()
        agent = self.some(*self.agents)
        gap = self.setting("session_gap_minutes", 10) * 60
        if self.chance(0.25):
            now = self.bot_talk(buyer, now)
        for _ in range(self.rng.choice((1, 2, 3, 4, 6, 8, 10))):
            if self.chance(0.12):
                agent = self.some(*self.agents)
            self.say(buyer, self.agent_name(agent), now)
            now += self.some(*STEPS) if self.chance(0.85) else self.some(gap - 1, gap, gap + 1, 2 * gap)

    def bot_talk(self, buyer: str, now: int) -> int:
        for sender in self.some(("buyer", "bot"), ("bot",), ("buyer", "bot", "buyer"), ("system", "buyer", "bot")):
            self.line(buyer, None, sender, now)
            now += self.some(0, 0, 1, 5)
        return now

    def say(self, buyer: str, agent: str, now: int) -> None:
        sender = self.some(*["buyer"] * 9, *["agent"] * 7, "assist", "assist", "bot", "system", "note")
        unassigned = {"buyer": 0.4, "bot": 0.4, "system": 0.5}.get(sender, 0.04)
        self.line(buyer, None if self.chance(unassigned) else agent, sender, now)

    def line(self, buyer: str, agent: str | None, sender: str, now: int) -> None:
        text = None if self.chance(0.1) else self.some(*TEXTS, *[ADVERT] * (sender == "agent"))
        kind = self.some("image", "card") if text is None and self.chance(0.5) else self.some("text", None)
        number = f"m{self.rng.randrange(10**6):06}"
        named = self.ids == "all" or (self.ids == "some" and self.chance(0.5))
        row = {"shop_id": SHOP, "message_id": number if named else None, "buyer_id": buyer, "agent_id": agent}
        row |= {"sender": sender, "sent_at": self.text(now), "text": text, "kind": kind}
        self.lines.append(row)
        self.moments[buyer].append(now)

    def agent_name(self, agent: str) -> str:
        """The agent under the own or a former name."""
        names = [row["agent_id"] for row in self.alias_rows if row["alias_of"] == agent]
        return self.some(*names) if names and self.chance(0.3) else agent

    def make_messages(self) -> list[dict]:
        for _ in range(self.talks):
            self.talk()
        rows = list(self.lines)
        for row in self.rng.sample(rows, len(rows) // 12):  # doubles and newer exports of the same line
            copy = dict(row)
            if row["message_id"] and self.chance(0.4):
                copy |= {"text": self.some(*TEXTS), "sender": self.some("buyer", "agent", row["sender"])}
            rows.append(copy)
        if self.chance(0.5):
            self.rng.shuffle(rows)
        return rows

    def make_agents(self) -> list[dict]:
        """Aliases first, sometimes with validity dates; the last agent may be unknown to the table."""
        for agent in self.agents[:2]:
            if self.chance(0.4):
                middle = str(self.first + timedelta(self.days // 2))
                dates = self.some((None, None), (None, None), (middle, None), (None, middle))
                self.alias_rows.append(self.agent_row(f"{agent}-old", None, agent, *dates))
        known = self.agents[: len(self.agents) - self.chance(0.3)]
        rows = [self.agent_row(agent, self.some("红队", "blue", None)) for agent in known]
        return rows + self.alias_rows + [self.agent_row("买家", "blue")] * self.chance(0.1)

    def agent_row(self, agent, team, alias_of=None, valid_from=None, valid_to=None) -> dict:
        row = {"agent_id": agent, "name": agent, "team": team, "role": None, "alias_of": alias_of}
        return row | {"valid_from": valid_from, "valid_to": valid_to}

    # --- orders ---------------------------------------------------------------------------------------------

    def event(self, buyer: str) -> int:
        """A moment on a border of some window of one of the buyer's messages."""
        if not self.moments[buyer]:
            return self.anchor()
        at = self.some(*self.moments[buyer])
        day = (datetime.fromtimestamp(at, self.zone)).date()
        hours = self.setting("attribution_window_hours", 48) * HOUR
        life = self.setting("payment_life_days", 3) * DAY
        after = self.setting("after_sales_days", 15) * DAY
        inquiry = self.setting("inquiry_window_days", 2)
        delay = self.setting("final_delay_days", 4)
        border = self.start_of(day + timedelta(self.some(0, 1, 2, inquiry, 1 + delay)))
        moment = self.some(at, at, at, at + 60, at + hours, at + hours, at - life, at - after, at - 600, border)
        return moment + self.some(0, 0, 0, 1, -1)

    def order(self, number: int) -> dict:
        buyer = self.some(*self.buyers)
        created = self.event(buyer)
        paid = closed = None
        if self.chance(0.75):
            waits = (0, 1, 45, 600, DAY, self.setting("payment_life_days", 3) * DAY + self.some(0, 1, -1))
            paid = created + self.some(*waits) if self.chance(0.6) else self.event(buyer)
            if paid < created and self.chance(0.8):
                paid = created + 30
        if paid is None and self.chance(0.6):
            closed = created + self.some(0, 60, HOUR, DAY, 3 * DAY)
        row = {
            "shop_id": SHOP,
            "order_id": f"o{number:03}",
            "buyer_id": buyer,
            "created_at": self.text(created),
        }
        row["paid_at"] = None if paid is None else self.text(paid)
        row["paid_amount"] = self.some("0", "0.01", "9.90", "19.99", "100", "33.3333", "1234.5678")
        row["item_count"] = self.some("1", "1", "2", "3", "0")
        row["closed_at"] = None if closed is None else self.text(closed)
        return row

    def make_orders(self) -> list[dict]:
        rows = [self.order(number) for number in range(self.sales)]
        for row in self.rng.sample(rows, len(rows) // 8):  # an older export comes first
            rows.insert(0, row | {"paid_at": None, "paid_amount": "7", "closed_at": None})
        nameless = self.some(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.1, 1)
        uncounted = self.some(0, 0, 0, 0, 0, 0, 0, 1)
        for row in rows:
            row["buyer_id"] = None if self.chance(nameless) else row["buyer_id"]
            row["item_count"] = None if self.chance(uncounted) else row["item_count"]
        return rows

    # --- the rest -------------------------------------------------------------------------------------------

    def refund(self, number: int, orders: list[dict]) -> dict:
        applied = self.anchor() + self.some(0, 3 * DAY)
        done = self.some(None, applied, applied + 5400, applied + 2 * DAY)
        row = {"shop_id": SHOP, "refund_id": f"r{number}", "order_id": self.some(*orders)["order_id"]}
        row |= {"applied_at": self.text(applied), "completed_at": None if done is None else self.text(done)}
        row |= {"amount": self.some("1", "9.90", "0.01", "50"), "quantity": self.some(None, "1")}
        row |= {"stage": self.some("before_receipt", "after_receipt"), "kind": self.some("refund_only", None)}
        row |= {"platform_intervened": self.some("0", "1"), "reason": None}
        return row | {"closed_by": None if done is None else self.some("merchant", "platform", "buyer")}

    def rating(self) -> dict:
        row = {"shop_id": SHOP, "buyer_id": self.some(*self.buyers), "rated_at": self.text(self.anchor())}
        return row | {"agent_id": self.agent_name(self.some(*self.agents)), "score": self.some(*"12345")}

    def visits(self) -> list[dict]:
        days = [str(self.first + timedelta(number)) for number in range(-1, self.days + 1)]
        carts = self.some(None, "3")
        return [
            {"shop_id": SHOP, "day": day, "visitors": self.some("0", "10", "37"), "cart_buyers": carts} for day in days
        ]

    def make(self) -> tuple[dict[str, list[dict]], dict]:
        agents = self.make_agents()
        tables = {"messages": self.make_messages(), "agents": agents}
        tables["orders"] = self.make_orders()
        tables["refunds"] = [self.refund(number, tables["orders"]) for number in range(6)]
        tables["ratings"] = [self.rating() for _ in range(8)]
        tables["traffic"] = self.visits()
        for name in ("agents", "refunds", "ratings", "traffic"):
            if self.chance(0.1):
                del tables[name]
        self.add_odd_things(tables)
        return tables, self.settings
