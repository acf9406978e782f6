"""What few random shops have: name chains, team changes, negative amounts, order lines, self-talk."""

from __future__ import annotations

from datetime import timedelta

from shop_clock import HOUR, SHOP


class OddThings:
    """Mixed into the shop maker; drawn from `self.odd`, so that nothing else of the shop changes."""

    def add_odd_things(self, tables: dict[str, list[dict]]) -> None:
        """What few shops have; drawn apart, so that it changes nothing else of the shop."""
        for share, change in (
            (0.06, self.add_chain),
            (0.06, self.add_team_history),
            (0.06, self.add_negative_amount),
            (0.06, self.add_order_lines),
            (0.06, self.add_self_talk),
            (0.03, self.add_lonely_day),
        ):
            if self.odd.random() < share:
                change(tables)

    def add_chain(self, tables) -> None:
        """A former name of a former name."""
        if "agents" in tables and self.alias_rows:
            tables["agents"].append(self.agent_row("older", None, self.alias_rows[0]["agent_id"]))
            for row in self.odd.sample(tables["messages"], len(tables["messages"]) // 10):
                row["agent_id"] = row["agent_id"] and "older"

    def add_team_history(self, tables) -> None:
        """An agent who changes the team in the middle."""
        middle = str(self.first + timedelta(self.days // 2))
        rows = [row for row in tables.get("agents", []) if row["agent_id"] != self.agents[0]]
        if rows:
            before = self.agent_row(self.agents[0], "红队", valid_to=middle)
            rows += [before, self.agent_row(self.agents[0], "blue", valid_from=middle)]
            tables["agents"] = rows

    def add_negative_amount(self, tables) -> None:
        self.odd.choice(tables["orders"])["paid_amount"] = "-3.50"

    def add_order_lines(self, tables) -> None:
        """Order lines, the only place where some orders say how many items they have."""
        tables["order_lines"] = []
        for number, row in enumerate(tables["orders"]):
            line = {"shop_id": SHOP, "order_id": row["order_id"], "line_id": str(number), "item_id": "i1"}
            tables["order_lines"].append(line | {"quantity": self.odd.choice("123"), "paid_amount": "1"})
            row["item_count"] = self.odd.choice((None, row["item_count"]))

    def add_self_talk(self, tables) -> None:
        """An agent who is the buyer, too."""
        for row in self.odd.sample(tables["messages"], 4):
            row["buyer_id"] = self.agents[0]

    def add_lonely_day(self, tables) -> None:
        """One line weeks later: the days between are covered and empty."""
        late = self.start_of(self.first + timedelta(20)) + 9 * HOUR
        row = tables["messages"][0] | {"message_id": "late", "sent_at": self.text(late)}
        tables["messages"].append(row)
