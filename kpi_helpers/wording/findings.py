"""Findings in words: one sentence that says who, how much, against what, on how many, and whether it is real.

Every function returns plain text; names in it are cleaned but not escaped (see `names`).
"""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from .changes import LEAST, Change, Metric, as_row, change, entry
from .formats import difference, show
from .names import agent_label
from .spans import period_words, span_kind
from .texts import say

MONEY = ("sales", "shop_sales")  # a share of money has no sample size
AMOUNTS = ("count", "seconds", "hours")  # more and less; everything else is higher and lower


def finding(
    now: Any,
    before: Any,
    metric: Metric,
    lang: str = "zh",
    *,
    against: str = "",
    who: str = "",
    dated: bool = True,
    currency: str = "",
    history: Sequence[float] = (),
    least: float = LEAST,
) -> str:
    """One sentence on what `metric` did between two rows of `compute`.

    against: previous (default: 前一周, the week before …, by the period's length), unlike (the one before, where only
    one of the two has a promotion), year_before, four_weeks, counterpart (a promotion against its counterpart),
    ordinary, same_days, target, shop; a row's own `against` goes first. who: an agent, team or shop. dated:
    name the period. history: values of the periods before, oldest first, see `change`. Below `least`
    (min_denominator), with unlike maturity or unlike data it says so and claims nothing.
    """
    now, before = as_row(now), as_row(before)
    found = change(now, before, metric, history=history, least=least)
    return told(found, now, metric, lang, against=against, who=who, dated=dated, currency=currency, least=least)


def told(
    found: Change,
    now: Any,
    metric: Metric,
    lang: str = "zh",
    *,
    against: str = "",
    who: str = "",
    dated: bool = True,
    currency: str = "",
    least: float = LEAST,
) -> str:
    """The sentence of a change that was worked out before."""
    words = _words(found, metric, lang, currency) | {"base": base(now, lang, against)}
    words |= {"when": _when(now, lang) if dated else "", "least": show(least, "count", lang)}
    words |= {"notes": _notes(found, metric, lang)}
    return say(f"finding.{_verdict(found, metric)}", lang, who=_whose(who, words["label"], lang), **words)


def card(found: Change, metric: Metric, lang: str = "zh", *, currency: str = "") -> str:
    """The few words of a KPI card: ▲ 多 57%，向好; ▼ 低 4.5 个百分点，变差; 持平; 少 12%，在往常起伏内."""
    return say(f"card.{_verdict(found, metric)}", lang, **_words(found, metric, lang, currency))


def headline(
    judged: Sequence[tuple[Metric, Any, Change]],
    lang: str = "zh",
    *,
    against: str = "",
    currency: str = "",
    least: float = LEAST,
    most: int = 5,
    dated: bool = True,
    reasons: Mapping[str, str] | None = None,
) -> list[str]:
    """Three to five sentences on (metric, row now, its change), given in the order of the page.

    What rose or fell comes first, the largest change (in flat bands of its metric) before the others.
    With fewer than three changes the numbers at the top of the page follow; with none the first sentence
    says so. `dated`: the first one names the period. Numbers with too small a sample are left out. `reasons` are
    sentences that follow a metric's own.
    """
    judged = [item for item in judged if item[2].reason not in ("missing", "too_few")]
    moved = sorted((item for item in judged if item[2].claims), key=lambda item: -weight(item[2]))[:most]
    calm = sorted((item for item in judged if not item[2].claims), key=lambda item: not _open_count(item[2], item[0]))
    calm = calm[: max(0, 3 - len(moved))]
    quiet = [] if moved else _quiet(judged, lang, against, dated)
    options = {"against": against, "currency": currency, "least": least}
    between = " " if lang == "en" else ""
    return quiet + [
        (told(found, now, metric, lang, dated=dated and not quiet and at == 0, **options) + between + why).strip()
        for at, (metric, now, found) in enumerate(moved + calm)
        for why in [(reasons or {}).get(metric.name, "")]
    ]


def weight(found: Change) -> float:
    """How much a change matters: in flat bands, for every metric alike."""
    return abs(found.difference) / found.band if found.band > 0 else float("inf")


def _quiet(judged: Sequence[tuple[Metric, Any, Change]], lang: str, against: str, dated: bool) -> list[str]:
    """That nothing moved, of the numbers that could be compared at all."""
    compared = [now for _, now, found in judged if not found.reason]
    if not compared:
        return []
    words = {"when": _when(compared[0], lang) if dated else "", "base": base(compared[0], lang, against)}
    said = say("headline.quiet", lang, count=len(compared), **words)
    return [said[:1].upper() + said[1:]]


def title(
    found: Change | None,
    now: Any,
    metric: Metric,
    lang: str = "zh",
    *,
    by: str = "",
    who: str = "",
    against: str = "",
    currency: str = "",
) -> str:
    """A chart's title: the finding in 5-12 words or 12-24 汉字, or a neutral one when nothing can be claimed.

    by: what the chart shows side by side (agent, team, day, hour, period, shop). found None is neutral.
    """
    now = as_row(now)
    if found is not None and found.kind in ("rose", "fell", "flat"):
        words = _words(found, metric, lang, currency) | {"base": base(now, lang, against)}
        return say(f"title.{found.kind}", lang, who=_whose(who, words["label"], lang), **words)
    key = f"by_{by}" if by else "neutral"
    period = period_words(entry(now, "period_start"), entry(now, "period_end"), lang)
    words = {"label": metric.label[lang], "period": period}
    return say(f"title.{key}", lang, who=_whose(who, words["label"], lang), **words)


def base(now: Any, lang: str, against: str = "") -> str:
    """What a number is compared with, in words: 前一周, the week before, 去年同期 …"""
    against = entry(now, "against") or against
    if against in ("", "previous", "unlike"):
        start, end = entry(now, "period_start"), entry(now, "period_end")
        against = span_kind(start, end) if start is not None and end is not None else "range"
    return say(f"base.{against}", lang)


def _verdict(found: Change, metric: Metric) -> str:
    """Which sentence a change gets. A complete count did change, whatever chance says: its change is told as a fact."""
    if not _open_count(found, metric):
        return found.reason or found.kind
    return "record" if found.periods else "swings"


def _open_count(found: Change, metric: Metric) -> bool:
    """Whether a count changed by more than its flat band, and still by no more than it usually does."""
    unclear = metric.kind == "count" and found.kind == "cannot_tell" and not found.reason
    return unclear and abs(found.difference) > found.band


def _words(found: Change, metric: Metric, lang: str, currency: str) -> dict[str, str]:
    """The words every sentence on a change is made of."""
    verdict = {True: "direction.good", False: "direction.bad"}.get(found.good)
    gap = difference(abs(found.difference), metric.unit, lang, sign=False, currency=currency)
    share = show(abs(found.relative), "fraction", lang, decimals=0) if metric.kind == "count" else ""
    known = bool(share) and not isnan(found.relative)
    return {
        "label": metric.label[lang],
        "now": show(found.now, metric.unit, lang, currency=currency),
        "before": show(found.before, metric.unit, lang, currency=currency),
        "gap": say("part.amount", lang, gap=gap, share=share) if known else gap,
        "brief": share if known else gap,
        "way": say(_way(found, metric), lang),
        "record": show(found.record, metric.unit, lang, currency=currency),
        "periods": show(found.periods, "count", lang),
        "verdict": say(verdict, lang) if verdict else "",
    }


def _way(found: Change, metric: Metric) -> str:
    """more or fewer for amounts, higher or lower for the rest."""
    if isnan(found.difference) or not found.difference:
        return "direction.same"
    kind = "amount" if metric.unit in AMOUNTS or metric.kind == "count" else "level"
    return f"direction.{'rose' if found.difference > 0 else 'fell'}_{kind}"


def _when(now: Any, lang: str) -> str:
    """The period, to begin a sentence with."""
    start, end = entry(now, "period_start"), entry(now, "period_end")
    return "" if start is None else say("part.when", lang, period=period_words(start, end, lang))


def _whose(who: str, label: str, lang: str) -> str:
    """A name to stand before a label; Latin ends get a space beside 的, as all Latin does beside 汉字."""
    name = agent_label(who, lang)
    if not name or lang == "en":
        return name and name + ": "
    return name + " " * _latin(name[-1]) + "的" + " " * _latin(label[0])


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _notes(found: Change, metric: Metric, lang: str) -> str:
    """The denominators where they count something, and a word when both sides will still change."""
    n, n_before = (show(size, "count", lang) for size in (found.n, found.n_before))
    money = getattr(metric, "denominator", "") in MONEY
    notes = [] if isnan(found.n) or money else [say("part.samples", lang, n=n, n_before=n_before)]
    if isnan(found.n_before) and notes:
        notes = [say("part.sample", lang, n=n)]
    if found.provisional and not found.reason:
        notes.append(say("part.both_provisional", lang))
    return say("part.notes", lang, notes=say("part.comma", lang).join(notes)) if notes else ""
