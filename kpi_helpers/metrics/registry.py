"""The registry: every fact and metric of metrics.toml, checked when loaded."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from kpi_helpers.errors import unknown
from kpi_helpers.platforms.rules import definitions
from kpi_helpers.settings import Settings

EVERY_GRAIN = ("shop", "day", "agent", "team", "hour")
UNIT_OF_KIND = {"rate": "fraction", "share": "fraction", "money": "money"}
DECIMALS = {"fraction": 1, "money": 2, "seconds": 1, "count": 0, "hours": 1, "points": 2, "ratio": 2}


@dataclass(frozen=True)
class Fact:
    """A count or a sum over unit rows; additive over days, unless a peak, a quantile or distinct."""

    name: str
    label: dict[str, str]
    rows: str = ""  # empty: only vendors' daily tables have it
    measure: str = "rows"
    where: str = "TRUE"
    agent_where: str = ""
    without: str = ""
    day: str = "day"
    settles: str = "day"
    needs: tuple[str, ...] = ()
    column: str = ""
    buyers: bool = False
    complete: bool = False
    over: str = ""
    window_days: int = 0
    grains: tuple[str, ...] = EVERY_GRAIN
    unit: str = "count"
    better: str = "higher"
    vendor: str = ""

    @property
    def columns(self) -> frozenset[str]:
        """The optional columns ("table.column") without which it is not known; sales rest on payment times."""
        paid = {"orders.paid_at"} if self.rows in ("sold", "assists") else set()
        return frozenset(paid | ({self.column} if self.column else set()))

    def rows_where(self, by_agent: bool) -> str:
        """Which unit rows count at a grain."""
        return self.agent_where if by_agent and self.agent_where else self.where

    def settle_days(self, settings: Settings) -> int:
        """Days after a day's end until its value is final (sections 3 and 4)."""
        window = settings.inquiry_window_days - 1
        days = {
            "day": 0,
            "inquiry": window,
            "next_day": max(1, window),
            "paid": settings.final_delay_days,
            "final": max(settings.final_delay_days, window),
            "order": settings.payment_life_days,
        }
        # 下单判定 books a payment on the day of its order: final when unpaid orders of that day have closed.
        late = self.rows == "sold" and settings.attribution_rule == "order" and not self.window_days
        return days["order" if late else self.settles]

    def tables(self, by_agent: bool = False) -> tuple[str, ...]:
        """Tables it needs, the one it is booked on first; who owns an order is in the chats."""
        by_owner = by_agent and self.rows in ("sold", "placed") and "messages" not in self.needs
        return (*self.needs, "messages") if by_owner else self.needs


@dataclass(frozen=True)
class Metric:
    """What a name means: a ratio of two facts, a fact itself, or a quantile of waits."""

    name: str
    label: dict[str, str]
    kind: str  # rate, ratio, mean, money, share, count, quantile
    numerator: str
    denominator: str = ""
    unit: str = "count"
    better: str = "neither"
    flat: float = 0.03
    at: float = 0.0
    platform: str = ""  # whose rules it follows; empty: the house view
    why: dict[str, str] = field(default_factory=dict)
    caveat: dict[str, str] = field(default_factory=dict)

    @property
    def decimals(self) -> int:
        """Decimals a reader wants (of a percentage, for fractions)."""
        return DECIMALS[self.unit]

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts it rests on."""
        return tuple(name for name in (self.numerator, self.denominator) if name)

    @property
    def formula(self) -> dict[str, str]:
        """The definition in words, from its facts' labels."""
        labels = [fact(name).label for name in self.facts]
        return {lang: " ÷ ".join(label[lang] for label in labels) for lang in ("zh", "en")}

    def settles_after_days(self, settings: Settings) -> int:
        """Days after a day's end until its value is final."""
        return max(fact(name).settle_days(settings) for name in self.facts)


@cache
def _file() -> dict[str, dict]:
    return tomllib.loads(files("kpi_helpers.metrics").joinpath("metrics.toml").read_text("utf-8"))


@cache
def facts() -> dict[str, Fact]:
    """Every fact by name, the platforms' after the house's."""
    entries = _file()["facts"] | definitions()[0]
    return {name: Fact(name, **_tuples(entry)) for name, entry in entries.items()}


@cache
def metrics() -> dict[str, Metric]:
    """Every metric by name: the ratios first, then facts under their own names, then quantiles."""
    entries = _file()["metrics"] | definitions()[1]
    ratios = {name: _ratio(name, entry) for name, entry in entries.items()}
    counts = {
        fact.name: Metric(fact.name, fact.label, "count", fact.name, unit=fact.unit, better=fact.better)
        for fact in facts().values()
    }
    quantiles = {
        name: Metric(name, e["label"], "quantile", e["of"], unit="seconds", better="lower", at=e["at"])
        for name, e in _file()["quantiles"].items()
    }
    return ratios | counts | quantiles


def fact(name: str) -> Fact:
    """One fact. Raises KpiError with the nearest names when there is none."""
    if name not in facts():
        raise unknown("fact", name, list(facts()))
    return facts()[name]


def get(name: str) -> Metric:
    """One metric. Raises KpiError with the nearest names when there is none."""
    if name not in metrics():
        raise unknown("metric", name, list(metrics()))
    return metrics()[name]


def _ratio(name: str, entry: dict) -> Metric:
    unit = entry.get("unit", UNIT_OF_KIND.get(entry["kind"], "ratio"))
    return Metric(name, **{**entry, "unit": unit})


def _tuples(entry: dict) -> dict:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
