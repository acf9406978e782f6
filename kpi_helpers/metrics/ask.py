"""Questions to a desk with the counts found for them: one query serves many periods."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kpi_helpers import metrics
from kpi_helpers.desk import Desk
from kpi_helpers.engine.clock import day_number
from kpi_helpers.metrics import Fact, Metric, aggregates, derived, spread
from kpi_helpers.metrics.aggregates import Grain, Group
from kpi_helpers.periods import Period

SIGNS = ("consulted_buyers", "orders_created", "orders_paid", "refunds_completed", "ratings")
Counts = dict[str, dict[Group, float]]


@dataclass
class Ask:
    """One question to one desk about one period, with what was counted for it."""

    desk: Desk
    period: Period
    grain: Grain
    counts: Counts
    shop_counts: Counts
    quantiles: Counts
    sure: dict[str, dict[Group, spread.Interval]]  # intervals by buyer
    active: set[Group]  # groups with a chat, an order placed or sold, or a rating in the period

    @property
    def start(self) -> int:
        return day_number(self.period.start)

    @property
    def end(self) -> int:
        return day_number(self.period.end)


def asks(desk: Desk, periods: Sequence[Period], by: tuple[str, ...], wanted: Sequence[Metric]) -> list[Ask]:
    """An Ask for each of the periods; counted together where no two of them overlap."""
    ends = sorted((span.start, span.end) for span in periods)
    if any(a[1] > b[0] for a, b in pairwise(ends)):
        return [one for span in periods for one in asks(desk, [span], by, wanted)]
    spans = [(day_number(span.start), day_number(span.end)) for span in periods]
    grain, start, end = Grain(by, spans), min(spans)[0], max(span[1] for span in spans)
    facts = {name: metrics.fact(name) for metric in wanted for name in metric.facts}
    derived.ensure(desk, facts.values(), start, end)
    own, at_shop = _countable(facts.values(), grain)
    quantiles = [(m, metrics.fact(m.numerator)) for m in wanted if m.kind == "quantile"]
    signs = [metrics.fact(name) for name in SIGNS] if grain.open_ended else []
    active = {"": _active(desk, signs, grain, start, end)}
    found = (
        aggregates.count(desk.con, own, grain, start, end),
        aggregates.count(desk.con, at_shop, grain.shop_level(), start, end),
        aggregates.quantiles(desk.con, quantiles, grain, start, end),
        spread.by_buyer(desk.con, wanted, grain, start, end),
    )
    parts = zip(*(_apart(counts, len(spans)) for counts in (*found, active)), strict=True)
    return [
        Ask(desk, span, Grain(by), *counts, {group for groups in signs.values() for group in groups})
        for span, (*counts, signs) in zip(periods, parts, strict=True)
    ]


def _active(desk: Desk, signs: list[Fact], grain: Grain, start: int, end: int) -> dict[Group, None]:
    """The groups in which any of the signs was seen, asked once: every question by agent needs them."""
    key = ("active", grain.by, tuple(grain.spans), start, end)
    if signs and key not in desk.remembered:
        desk.remembered[key] = dict.fromkeys(aggregates.groups(desk.con, signs, grain, start, end))
    return desk.remembered.get(key, {})


def _countable(facts: Iterable[Fact], grain: Grain) -> tuple[list[Fact], list[Fact]]:
    """Facts that can be counted at a grain, and those of the whole shop."""
    counted = [fact for fact in facts if fact.rows and (fact.over == "shop" or grain.within(fact))]
    return [fact for fact in counted if fact.over != "shop"], [fact for fact in counted if fact.over == "shop"]


def _apart(found: dict[str, dict[Group, object]], periods: int) -> list[dict[str, dict[Group, object]]]:
    """The same for each period alone; groups begin with the period's number where there are several."""
    if periods == 1:
        return [found]
    parts: list[dict] = [{name: {} for name in found} for _ in range(periods)]
    known = ((name, *item) for name, groups in found.items() for item in groups.items())
    for name, (span, *group), value in known:
        if span is not None:
            parts[span][name][tuple(group)] = value
    return parts
