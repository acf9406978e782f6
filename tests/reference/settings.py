"""Settings of specification section 8 and the shop's clock."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CLOSING_LINES = [
    *("谢谢", "谢谢你", "谢谢您", "多谢", "谢啦", "好", "好的", "好吧", "好滴", "好哒", "好嘞", "嗯", "嗯嗯"),
    *(
        "ok",
        "okay",
        "知道了",
        "明白",
        "明白了",
        "收到",
        "没事了",
        "再见",
        "拜拜",
        "啦",
        "哈",
        "呢",
        "哦",
        "呀",
    ),
    *("亲", "thanks", "thankyou", "thx", "bye"),
]

RECEPTION_FILTERS = {
    "agent_monologue": True,
    "bot_only": True,
    "closing_only": True,
    "own_accounts": False,
    "single_buyer_line": False,
    "transfer_only": 0,  # n human lines; 0 or False is off
    "advert": [],  # texts
}

DEFAULTS = {
    "timezone": "Asia/Shanghai",
    "business_day_cut": "00:00",
    "session_gap_minutes": 10,
    "reception_filters": RECEPTION_FILTERS,
    "human_senders": ["agent", "assist"],
    "zero_second_is_machine": True,
    "closing_lines": CLOSING_LINES,
    "ignore_closing_lines": True,
    "attribution_rule": "order_first",
    "attribution_window_hours": 48,
    "inquiry_window_days": 2,
    "payment_life_days": 3,
    "final_delay_days": 4,
    "after_sales_days": 15,
    "unanswered_in_mean": "exclude",
    "slow_seconds": 180,
    "slow_count": 1,
    "long_reception_minutes": 30,
}


def with_defaults(settings: dict) -> dict:
    """Return every setting, the given ones over the defaults."""
    filters = RECEPTION_FILTERS | settings.get("reception_filters", {})
    return DEFAULTS | settings | {"reception_filters": filters}


class Clock:
    """Shop time: texts to moments (whole seconds since 1970 UTC), moments to days and hours."""

    def __init__(self, timezone: str, business_day_cut: str):
        self.zone = ZoneInfo(timezone)
        hours, minutes = business_day_cut.split(":")[:2]
        self.cut = timedelta(hours=int(hours), minutes=int(minutes))

    def moment(self, text: str | None) -> int | None:
        """Section 1: naive times are shop time, others are converted, all are truncated to the second."""
        if text is None:
            return None
        when = datetime.fromisoformat(text)
        if when.tzinfo is None:
            when = when.replace(tzinfo=self.zone)  # fold 0: the first of two equal wall times
        return int(when.replace(microsecond=0).timestamp())

    def wall(self, moment: int) -> datetime:
        """The wall clock of the shop at a moment."""
        return datetime.fromtimestamp(moment, self.zone).replace(tzinfo=None)

    def day(self, moment: int) -> date:
        """Section 2: business day = local date after subtracting the cut."""
        return (self.wall(moment) - self.cut).date()

    def hour(self, moment: int) -> int:
        """Section 7: the local hour."""
        return self.wall(moment).hour

    def start_of(self, day: date) -> int:
        """The moment a business day begins: its date plus the cut, on the wall clock."""
        wall = datetime.combine(day, time()) + self.cut
        return int(wall.replace(tzinfo=self.zone).timestamp())
