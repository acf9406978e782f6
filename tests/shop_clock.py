"""The settings and the clock of a random shop: on which moments things happen, and how they are written."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHOP = "s1"
SIZES = {"tiny": (4, 6), "small": (18, 20), "large": (80, 80)}  # conversations, orders
DAY, HOUR = 24 * 3600, 3600
ZONES = {  # zone: first day of the week that is played
    "Asia/Shanghai": [date(2026, 11, 9), date(2026, 12, 28), date(2028, 2, 26)],
    "America/New_York": [date(2026, 10, 29), date(2026, 3, 5)],  # clocks change on the fourth day
    "Europe/Berlin": [date(2026, 10, 22)],
    "Australia/Adelaide": [date(2026, 4, 2)],
}
STEPS = (0, 0, 0, 0, 1, 1, 2, 5, 14, 15, 16, 29, 30, 31, 60, 179, 180, 181, 300)
TEXTS = (
    *("在吗", "这个有货吗？", "hello", "什么时候发货", "A" * 7, "请问 好的 吗", "亲，在的", "1", "２"),
    *(
        "谢谢",
        "谢谢！",
        "好的，谢谢你",
        "OK",
        "ok~ Thank you!",
        "嗯嗯",
        "!!!",
        "😊",
        "好 嘞",
        "THX bye",
        "亲亲",
    ),
)
ADVERT = "双11 大促开始了"


class ShopClock:
    """Choices of one random shop: settings and moments."""

    def __init__(self, seed: int, size: str):
        self.rng = random.Random(f"{seed}/{size}")
        self.odd = random.Random(f"odd {seed}/{size}")  # rare things, so that they move nothing else
        self.settings = self.make_settings()
        self.zone = ZoneInfo(self.settings.get("timezone", "Asia/Shanghai"))
        self.first = self.rng.choice(ZONES[self.zone.key])
        self.days = self.rng.choice((3, 5, 7))

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def some(self, *values):
        return self.rng.choice(values)

    # --- settings -------------------------------------------------------------------------------------------

    def make_settings(self) -> dict:
        choices = {
            "timezone": ("Asia/Shanghai", *ZONES),
            "business_day_cut": ("00:00", "04:00", "06:30"),
            "session_gap_minutes": (10, 10, 5, 30),
            "human_senders": (["agent", "assist"], ["agent", "assist"], ["agent"]),
            "zero_second_is_machine": (True, False),
            "ignore_closing_lines": (True, False),
            "closing_lines": (["谢谢", "好", "ok"],),
            "attribution_rule": ("order_first", "order", "payment"),
            "attribution_window_hours": (48, 48, 24, 1),
            "inquiry_window_days": (2, 2, 1, 3, 7),
            "payment_life_days": (3, 3, 1),
            "final_delay_days": (4, 4, 2),
            "after_sales_days": (15, 15, 2),
            "unanswered_in_mean": ("exclude", "cap600"),
            "slow_seconds": (180, 30, 700),
            "slow_count": (1, 2),
            "long_reception_minutes": (30, 1),
            "reception_filters": (self.make_filters(),),
        }
        if self.chance(0.3):  # the defaults
            return {"timezone": self.some(*ZONES)} if self.chance(0.3) else {}
        return {name: self.some(*values) for name, values in choices.items() if self.chance(0.4)}

    def make_filters(self) -> dict:
        choices = {
            "agent_monologue": (True, False),
            "bot_only": (True, False),
            "closing_only": (True, False),
            "own_accounts": (True,),
            "single_buyer_line": (True,),
            "transfer_only": (1, 2),
            "advert": ([ADVERT],),
        }
        return {name: self.some(*values) for name, values in choices.items() if self.chance(0.4)}

    def setting(self, name: str, default):
        return self.settings.get(name, default)

    # --- time -----------------------------------------------------------------------------------------------

    def start_of(self, day: date) -> int:
        """The moment a business day begins."""
        hours, minutes = map(int, self.setting("business_day_cut", "00:00").split(":"))
        wall = datetime.combine(day, time(hours, minutes), self.zone)
        return int(wall.timestamp())

    def text(self, moment: int) -> str:
        """Mostly shop time; now and then UTC or another offset, or with a fraction of a second."""
        local = datetime.fromtimestamp(moment, self.zone)
        twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
        fraction = self.some(".4", ".999999") if self.chance(0.05) else ""
        if twice or self.chance(0.1):
            zone = self.some(UTC, self.zone, ZoneInfo("Asia/Kolkata"))
            plain = datetime.fromtimestamp(moment, zone).isoformat(sep=" ")
            return plain[:19] + fraction + plain[19:]
        return local.strftime("%Y-%m-%d %H:%M:%S") + fraction

    def anchor(self) -> int:
        """A moment at which things like to happen."""
        start = self.start_of(self.first + timedelta(self.rng.randrange(self.days)))
        gap = self.setting("session_gap_minutes", 10) * 60
        return start + self.some(
            *(0, -1, -30, -gap, -gap - 1, 1, 90),  # around the border of the day
            *(10 * HOUR, 10 * HOUR, 10 * HOUR + 5, 10 * HOUR + gap, 10 * HOUR + 2 * gap + 1),
            *(2 * HOUR, 3 * HOUR - 20, 15 * HOUR, 24 * HOUR - 60),
        )
