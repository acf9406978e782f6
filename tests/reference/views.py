"""The units as plain dicts, to look at when two implementations differ."""

from __future__ import annotations

from .orders import HOUR, may_qualify, qualifies


class ViewMixin:
    """chats(), sessions(), rounds(), orders(); mixed into Reference. Times are shop time."""

    def _text(self, moment: int | None) -> str | None:
        return None if moment is None else str(self.clock.wall(moment))

    def chats(self) -> list[dict]:
        return [
            {
                "buyer": chat.buyer,
                "agent": chat.agent,
                "day": chat.day,
                "received": chat.received,
                "reasons": chat.reasons,
                "answered": chat.answered,
                "first": self._text(chat.first),
                "t": self._text(chat.first_buyer_line),
                "window_end": self._text(chat.window_end),
                "inquiry": chat.inquiry,
                "why": chat.why,
                "orders": chat.order_ids,
                "any_order": chat.any_order,
                "mine": chat.mine,
                "pays": chat.pays,
                "lines": [(self._text(line.sent_at), line.role, line.text) for line in chat.lines],
                "others": [(self._text(line.sent_at), line.role, line.text) for line in chat.others],
            }
            for chat in self.all_chats
        ]

    def sessions(self) -> list[dict]:
        return [
            {
                "buyer": session.buyer,
                "agent": session.agent,
                "day": session.day,
                "first": self._text(session.first),
                "last": self._text(session.last),
                "lines": len(session.lines),
                "received": session.chat.received,
            }
            for session in self.all_sessions
        ]

    def rounds(self) -> list[dict]:
        return [
            {
                "buyer": chat.buyer,
                "agent": chat.agent,
                "day": chat.day,
                "number": number,
                "opened": self._text(one.opened),
                "closed": self._text(one.closed),
                "wait": one.wait,
            }
            for chat in self.all_chats
            if chat.received
            for number, one in enumerate(chat.rounds)
        ]

    def orders(self) -> list[dict]:
        return [
            {
                "order_id": order.order_id,
                "buyer": order.buyer,
                "created_at": self._text(order.created_at),
                "paid_at": self._text(order.paid_at),
                "paid_amount": order.paid_amount,
                "secured_created": order.created_by[:2],
                "secured_paid": order.paid_by[:2],
                "owner": order.owner,
                "assists": self._assists(order),
                "inquiries": [
                    (chat.agent, chat.day)
                    for chat in self.all_chats
                    if chat.received and chat.inquiry and order.order_id in chat.order_ids
                ],
            }
            for order in self.all_orders
        ]

    def _assists(self, order) -> list[str]:
        """Section 4: agents who served the buyer in the window of either event without being the owner."""
        limit = self.settings["attribution_window_hours"] * HOUR
        found = set()
        for event, is_payment in ((order.created_at, False), (order.paid_at, True)):
            for s in self.all_sessions if event is not None else []:
                near = s.first <= event and event - s.last <= limit
                if s.buyer == order.buyer and near and may_qualify(s) and qualifies(s, event, order, is_payment):
                    found.add(s.agent)
        return sorted(found - {order.owner})
