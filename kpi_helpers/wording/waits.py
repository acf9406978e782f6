"""Waits in words: how much of a change was load and how much speed, and the hours in which buyers waited."""

from collections.abc import Mapping
from typing import Any

from kpi_helpers.stats import Z998

from .changes import Metric
from .formats import difference, show
from .texts import say

BUSIER = 1.3  # new chats of each agent against usual, from which a slow hour was a busy one


def load_because(
    whole: Mapping[str, float], error: float, loads: Mapping[str, float], metric: Metric, lang: str, *, least: float
) -> str:
    """Load or speed: `stats.totals` of a split by load, the standard error of its speed effect, mean loads per side.

    Load alone is named where it makes more than half of the change and speed moved no more than chance, or makes less
    than `least` of it; speed alone where load makes less than that.
    """
    parts = {key: difference(whole[key], metric.unit, lang) for key in ("rate", "mix")}
    said = {key: show(loads[key], "ratio", lang, decimals=1) for key in ("now", "before")}
    share = abs(whole["mix"]) / abs(whole["total"]) if whole["total"] else 0.0
    alone = share > 1 / 2 and abs(whole["rate"]) <= max(Z998 * error, least * abs(whole["total"]))
    key = "load" if alone else "speed" if share < least else "both"
    busy = {"busy": say(f"because.{'busier' if loads['now'] > loads['before'] else 'calmer'}", lang)}
    return say(f"because.{key}", lang, **parts, **said, **(busy if key != "speed" else {}), minutes=loads["minutes"])


def slow_hours(found: Mapping[str, Any], others: int, lang: str) -> str:
    """Which hours of which day, how long buyers waited against usual, how many of them, and whether it was the load."""
    cells = slow_cells(found, lang)
    named = {"weekday": say(f"weekday.d{found['day'].weekday()}", lang), "limit": _limit(found["limit"], lang)}
    numbers = {key: show(found["now"][key], "count", lang) for key in ("questions", "slow", "buyers")}
    waits = {"when": cells["when"], "median": cells["median"], "usual": cells["usual"]}
    more = say("slow.more", lang, n=others) if others else ""
    return say("slow.found", lang, **named, **numbers, **waits, why=_why_slow(found, cells, lang), more=more)


def _why_slow(found: Mapping[str, Any], cells: Mapping[str, str], lang: str) -> str:
    """Whether it was the load: by other moments of the period that were as busy; else by what is usual."""
    loads = {"load": cells["load"], "usual_load": cells["usual_load"], "peers": show(found["peers"], "seconds", lang)}
    if found["peers"] < found["now"]["median"] / 2:
        return say("slow.not_load", lang, **loads)
    busier = found["now"]["chats"] >= BUSIER * found["usual"]["chats"]
    return say("slow.busy" if busier else "slow.calm", lang, **loads)


def _limit(seconds: float, lang: str) -> str:
    return say("slow.limit", lang, n=int(seconds // 60)) if seconds % 60 == 0 else show(seconds, "seconds", lang)


def slow_cells(found: Mapping[str, Any], lang: str) -> dict[str, str]:
    """The numbers of such hours as text, for a table."""
    sides = {"": found["now"], "usual_": found["usual"]}
    day = say("period.day", lang, m=found["day"].month, d=found["day"].day, mon=f"{found['day']:%b}")
    clock = {"from": found["from"], "to": found["to"], "weekday": say(f"weekday.d{found['day'].weekday()}", lang)}
    loads = {f"{side}load": show(row["chats"], "ratio", lang, decimals=1) for side, row in sides.items()}
    waits = {
        key: show(row["median"], "seconds", lang) for key, row in zip(("median", "usual"), sides.values(), strict=True)
    }
    buyers = {"buyers": show(found["now"]["buyers"], "count", lang)}
    return {"when": say("slow.when", lang, day=day, **clock)} | waits | buyers | loads


def halves(
    changes: Mapping[str, Any], effects: Mapping[str, float], labels: Mapping[str, str], unit: str, lang: str
) -> str:
    """What each factor of a product brought to its change, and which of the factors moved by its own interval.

    changes, effects, labels: by factor, two of them. A factor that did not move is named as such.
    """
    moved = [name for name, found in changes.items() if found.claims]
    shown = {name: difference(effect, unit, lang) for name, effect in effects.items()}
    first, other = sorted(effects, key=lambda name: -abs(effects[name]))
    key = "one" if moved == [first] else "both" if len(moved) == 2 else "unclear"
    words = {"first": labels[first], "other": labels[other], "gap": shown[first], "rest": shown[other]}
    return say(f"halves.{key}", lang, **words)
