"""Why a number moved, in words: groups and their shares, agents, factors of a product, kinds of buyers."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kpi_helpers.stats import Z998, rate_error, simpson, totals

from .changes import Change, Metric
from .events import happened, person
from .formats import difference, show
from .names import agent_label
from .texts import say


def because(found: Change, split: pd.DataFrame, by: str, lang: str = "zh") -> str:
    """Why a rate moved, from a `kitagawa` frame: groups themselves and shares, and a warning of Simpson's reversal.

    by: its column of groups. Where the frame has n_before and n_now and the groups themselves moved no more than
    chance, the shares alone are named, with the group that grew most. "" unless the change itself is claimed: a split
    of noise explains nothing.
    """
    if not found.claims:
        return ""
    whole = totals(split)
    said = {side: difference(whole[side], "fraction", lang) for side in ("rate", "mix")}
    said |= {"parts": say(f"because.{by}", lang)}
    alone = abs(whole["mix"]) > abs(whole["total"]) / 2 and abs(whole["rate"]) <= Z998 * rate_error(split)
    first = say("because.mix", lang, **said, **_grown(split, by, lang)) if alone else say("because.split", lang, **said)
    return (first + (" " if lang == "en" else "") + (say("because.simpson", lang) if simpson(split) else "")).strip()


def _grown(split: pd.DataFrame, by: str, lang: str) -> dict[str, str]:
    """The group whose share rose most, and its shares."""
    row = split.loc[(split.weight_now - split.weight_before).idxmax()]
    shares = {key: show(row[key], "fraction", lang) for key in ("weight_before", "weight_now")}
    return {"who": _group(row[by], by, lang)} | shares


def _group(value: Any, by: str, lang: str) -> str:
    if by == "hour":
        return say("because.hour_of", lang, hour=int(value))
    return agent_label(value, lang) if by in ("agent", "team", "shop") else say(f"because.{value}", lang)


def by_people(rows: pd.DataFrame, whole: float, metric: Metric, lang: str, *, base: str) -> str:
    """The agents of a `culprits` frame with `name`, what they bring together, and all others; `whole`: the change."""
    told = say("part.semicolon", lang).join(_person(row, metric, lang, base) for row in rows.to_dict("records"))
    sums = {"sum": rows["effect"].sum(), "rest": whole - rows["effect"].sum()}
    return say("because.people", lang, who=told, **{k: difference(v, metric.unit, lang) for k, v in sums.items()})


def _person(row: Mapping[str, Any], metric: Metric, lang: str, base: str) -> str:
    numbers = {side: show(row[f"rate_{side}"], metric.unit, lang) for side in ("now", "before")}
    sizes = {f"n_{side}": show(row[f"n_{side}"], "count", lang) for side in ("now", "before")}
    return say(f"because.person_{row['kind']}", lang, who=person(row["name"], lang), base=base, **numbers, **sizes)


def which_kind(row: Mapping[str, Any], lang: str, base: str) -> str:
    """Of which buyers there were more or fewer: a row of a `kitagawa` frame by buyer_kind."""
    sizes = {side: (row[f"n_{side}"], "count") for side in ("now", "before")}
    return happened("kind", lang, kind=say(f"because.{row['buyer_kind']}", lang), base=base, **sizes)


def factor(
    first: str, sides: Mapping[str, str], effects: Mapping[str, float], unit: str, lang: str, *, base: str
) -> str:
    """Which factor of a product made most of its change: its label, its values in words, effects gap and rest."""
    shown = {key: difference(effect, unit, lang) for key, effect in effects.items()}
    return say("because.factor", lang, first=first, base=base, **sides, **shown)
