"""What happened, in words: people who changed, joined or left, goods, hours nobody answered, answers by a machine."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from .agents import WIDTH
from .changes import Metric
from .formats import difference, show
from .names import agent_label, fit
from .spans import period_words
from .texts import say


def by_people(rows: pd.DataFrame, whole: float, metric: Metric, lang: str, *, base: str) -> str:
    """The agents of a `culprits` frame with `name`, what they bring together, and all others; `whole`: the change."""
    told = say("part.semicolon", lang).join(_person(row, metric, lang, base) for row in rows.to_dict("records"))
    sums = {"sum": rows["effect"].sum(), "rest": whole - rows["effect"].sum()}
    return say("because.people", lang, who=told, **{k: difference(v, metric.unit, lang) for k, v in sums.items()})


def _person(row: Mapping[str, Any], metric: Metric, lang: str, base: str) -> str:
    numbers = {side: show(row[f"rate_{side}"], metric.unit, lang) for side in ("now", "before")}
    sizes = {f"n_{side}": show(row[f"n_{side}"], "count", lang) for side in ("now", "before")}
    return say(f"because.person_{row['kind']}", lang, who=person(row["name"], lang), base=base, **numbers, **sizes)


def happened(key: str, lang: str, *, who: str = "", **values: Any) -> str:
    """A sentence of the section `happened`; values that are (number, unit) are written out, others are text."""
    shown = {name: show(*value, lang) if isinstance(value, tuple) else value for name, value in values.items()}
    return say(f"happened.{key}", lang, who=who, **shown)


def names_of(people: Iterable[str], lang: str) -> str:
    """Agents one after the other: 小麦、橙子."""
    return say("part.listing", lang).join(person(one, lang) for one in people)


def person(name: Any, lang: str) -> str:
    """An agent's name as it stands in a sentence."""
    return fit(agent_label(name, lang), WIDTH)


def day_words(day: date, lang: str) -> str:
    """10 月 29 日."""
    return period_words(day, day + timedelta(days=1), lang)


def dated(period: Any, lang: str) -> str:
    """The period, to begin a sentence with."""
    return say("part.when", lang, period=period_words(period.start, period.end, lang))


def joined(parts: Iterable[str], lang: str) -> str:
    """Sentences one after the other; empty ones are none."""
    return (" " if lang == "en" else "").join(part for part in parts if part)


def which_kind(row: Mapping[str, Any], lang: str, base: str) -> str:
    """Of which buyers there were more or fewer: a row of a `kitagawa` frame by buyer_kind."""
    sizes = {side: (row[f"n_{side}"], "count") for side in ("now", "before")}
    return happened("kind", lang, kind=say(f"because.{row['buyer_kind']}", lang), base=base, **sizes)


def thing(title: Any) -> str:
    """A product's title as a name in a sentence."""
    return fit(title, WIDTH)


def factor(
    first: str, sides: Mapping[str, str], effects: Mapping[str, float], unit: str, lang: str, *, base: str
) -> str:
    """Which factor of a product made most of its change: its label, its values in words, effects gap and rest."""
    shown = {key: difference(effect, unit, lang) for key, effect in effects.items()}
    return say("because.factor", lang, first=first, base=base, **sides, **shown)
