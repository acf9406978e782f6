"""Small results of `compute` to draw: what a notebook would hand to a chart."""

from datetime import date, timedelta

import pandas as pd

from kpi_helpers.stats import wilson

MONDAY = date(2026, 11, 16)
RATE = "inquiry_to_final_payment_rate"
NAMES = ("店:晓晓", "店:小鱼", "阿强", "王小明", "李雷", "小周", "新人")
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "<!--<script>",
    "$\\href{javascript:alert(1)}{x}$",
    "%{x}<b>bold</b>",
    "\u202eevil\u2066",
)


def row(metric: str, value: float | None, *, week: int = 0, **more: object) -> dict[str, object]:
    """One row of `compute` for the week `week` weeks ago; a count unless told otherwise."""
    start = MONDAY - timedelta(weeks=week)
    plain = {"numerator": value, "denominator": None, "low": None, "high": None}
    flags = {"provisional": False, "basis": "exact"}
    period = {"metric": metric, "shop": "旗舰店", "period_start": start, "period_end": start + timedelta(weeks=1)}
    return period | {"value": value} | plain | flags | more


def rate(hits: int, of: int, metric: str = RATE, **more: object) -> dict[str, object]:
    """One row of a rate with its Wilson interval."""
    low, high = (float(end) for end in wilson(hits, of))
    return row(metric, hits / of, **{"numerator": hits, "denominator": of, "low": low, "high": high} | more)


def frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Rows as `compute` types them."""
    numbers = ["numerator", "denominator", "value", "low", "high"]
    return pd.DataFrame(rows).astype(dict.fromkeys(numbers, "float64"))


def stages(*values: float | None) -> pd.DataFrame:
    """The five stages of the funnel."""
    names = ("consulted_buyers", "received_buyers", "inquiring_buyers", "inquiring_buyers_ordered")
    return frame([row(m, v) for m, v in zip((*names, "inquiring_buyers_paid"), values, strict=True)])


def weeks(count: int = 13) -> pd.DataFrame:
    """A rate over weeks, the last one provisional."""
    return frame([rate(400 + 7 * w, 1000, week=w, provisional=w == 0) for w in range(count)])


def agents(names: tuple[str, ...] = NAMES) -> pd.DataFrame:
    """A rate by agent, the last agent with nine inquiries."""
    sizes = [*[600, 500, 400, 300, 200, 100][: len(names) - 1], 9]
    pairs = enumerate(zip(names, sizes, strict=True))
    return frame([rate(int(n * (0.5 - 0.03 * i)), n, agent=name) for i, (name, n) in pairs])


def counts(names: tuple[str, ...] = NAMES) -> pd.DataFrame:
    """Buyers received by agent."""
    return frame([row("received_buyers", 900.0 - 100 * i, agent=name) for i, name in enumerate(names)])


def agent_weeks(names: tuple[str, ...] = NAMES, count: int = 6) -> pd.DataFrame:
    """A rate by agent over weeks."""
    parts = [agents(names).assign(week=w) for w in range(count)]
    for week, part in enumerate(parts):
        part["period_start"] = MONDAY - timedelta(weeks=week)
        part["period_end"] = MONDAY - timedelta(weeks=week - 1)
    return pd.concat(parts, ignore_index=True)


def steps() -> pd.DataFrame:
    """A change of sales in steps that add up."""
    parts = [("前一周", 1000.0, True), ("访客", 300.0, False), ("转化", -120.0, False), ("本周", 1180.0, True)]
    return pd.DataFrame(parts, columns=["step", "amount", "total"])


def cells() -> pd.DataFrame:
    """Chats by hour and weekday, closed on Sunday morning."""
    return pd.DataFrame(
        [
            {"hour": h, "weekday": d, "value": None if (h, d) == (9, 6) else 10.0 * h + d, "staff": 3}
            for h in range(9, 12)
            for d in range(7)
        ]
    )
