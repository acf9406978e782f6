"""What happened, in words: people who changed, joined or left, goods, hours nobody answered, answers by a machine."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from .agents import WIDTH
from .formats import show
from .names import agent_label, fit
from .spans import period_words
from .texts import say


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


def thing(title: Any) -> str:
    """A product's title as a name in a sentence."""
    return fit(title, WIDTH)
