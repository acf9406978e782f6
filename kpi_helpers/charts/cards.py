"""Cards: a headline number with its change in words, and the definition of a metric."""

from collections.abc import Mapping, Sequence

import pandas as pd

from kpi_helpers import metrics, settings
from kpi_helpers.charts import labels
from kpi_helpers.charts.html import Html, tag
from kpi_helpers.charts.spark import sparkline
from kpi_helpers.charts.words import LOCALE, word
from kpi_helpers.metrics.records import Record, records
from kpi_helpers.wording import Change, card, change, formats
from kpi_helpers.wording.findings import base

LONG = 9  # characters of a number that still fit a card in full


def kpi_cards(
    rows: pd.DataFrame,
    lang: str,
    *,
    against: Mapping[str, pd.DataFrame] | None = None,
    history: pd.DataFrame | None = None,
    targets: Mapping[str, float] | None = None,
    judged: Mapping[str, tuple[Record, Change]] | None = None,
    least: int = 30,
) -> Html:
    """One card per row of `rows` (results of `compute` at shop grain, one period).

    `against` holds the same metrics in other periods by their name: previous, four_weeks, year_before,
    counterpart. Whether a change is real is decided by `wording.change`; noise gets no arrow. `history`
    holds the periods before, for the small line and the usual ups and downs. `targets` are values in the
    metric's unit. `judged` holds (row now, change) against the first of `against` where that was worked out before,
    as at equal maturity.
    """
    earlier = records(history.sort_values("period_start", kind="stable")) if history is not None else []
    others = {key: {row.metric: row for row in records(frame)} for key, frame in (against or {}).items()}
    cards = [
        _card(row, lang, others, earlier, (targets or {}).get(row["metric"]), least, (judged or {}).get(row["metric"]))
        for row in records(rows)
    ]
    return tag("ul", *cards, class_="kpi kpi-cards", lang=LOCALE[lang])


def definition_cards(
    names: Sequence[str],
    lang: str,
    chosen: settings.Settings | None = None,
    counted: Mapping[str, str] | None = None,
) -> Html:
    """How each metric is defined, from the registry: formula in words, why, caveat, when it is final.

    `chosen` are the shop's settings, which decide how many days a number may still change. `counted` says in words
    what a metric counts that is no quotient.
    """
    rules, said = chosen or settings.load(), counted or {}
    shown = [_definition(metrics.get(name), lang, rules, said.get(name, "")) for name in names]
    return tag("div", *shown, class_="kpi kpi-definitions", lang=LOCALE[lang])


def _card(
    row: Record,
    lang: str,
    against: Mapping[str, Mapping[str, Record]],
    earlier: Sequence[Record],
    target: float | None,
    least: int,
    judged: tuple[Record, Change] | None,
) -> Html:
    name = row["metric"]
    series = [None if one.value != one.value else float(one.value) for one in earlier if one.metric == name]
    missing = pd.isna(row["value"])
    parts = [_head(row, lang), _value(row, lang)]
    if missing:
        parts.append(tag("p", word("card.not_here", lang), class_="kpi-card-note"))
    else:
        parts += [_range(row, lang), _line(row, series, lang), _target(row, target, lang)]
        own = {next(iter(against), ""): judged} if judged else {}
        found = {
            key: own.get(key) or (row, _change(row, rows.get(name), series, least)) for key, rows in against.items()
        }
        parts += [_against(*said, key, lang) for key, said in found.items() if said[1].reason != "no_before"]
    return tag("li", *(part for part in parts if part), class_="kpi-card", data_metric=name)


def _head(row: Record, lang: str) -> Html:
    still_open = row["provisional"] and pd.notna(row["value"])
    mark = tag("span", formats.provisional(lang), class_="kpi-mark") if still_open else Html()
    return tag("p", labels.metric_name(row["metric"], lang), mark, class_="kpi-card-name")


def _value(row: Record, lang: str) -> Html:
    full = labels.show(row["value"], row["metric"], lang)
    short = full if len(full) <= LONG else labels.compact(row["value"], row["metric"], lang, decimals=2)
    return tag("p", short, class_="kpi-card-value", title=full if short != full else None)


def _range(row: Record, lang: str) -> Html:
    found = labels.interval(row, lang)
    return tag("p", word("card.range", lang, range=found), class_="kpi-card-note") if found else Html()


def _line(row: Record, series: Sequence[float | None], lang: str) -> Html:
    """The periods before and this one, small."""
    if sum(value is not None for value in series) < 2:
        return Html()
    name = labels.metric_name(row["metric"], lang)
    said = word("card.history", lang, metric=name, n=len(series) + 1)
    return sparkline([*series, float(row["value"])], label=said)


def _target(row: Record, target: float | None, lang: str) -> Html:
    if target is None:
        return Html()
    metric = metrics.get(row["metric"])
    met = row["value"] <= target if metric.better == "lower" else row["value"] >= target
    said = word("card.met" if met else "card.missed", lang)
    text = word("card.target", lang, target=labels.show(target, metric.name, lang), said=said)
    return tag("p", text, class_="kpi-card-note")


def _change(row: Record, before: Record | None, series: Sequence[float | None], least: int) -> Change:
    history = [value for value in series if value is not None]
    return change(row, before, metrics.get(row["metric"]), history=history, least=least)


def _against(now: Record, found: Change, key: str, lang: str) -> Html:
    said = card(found, metrics.get(now["metric"]), lang)
    text = word("card.against", lang, base=base(now, lang, key), said=said)
    return tag("p", text, class_="kpi-card-change" + (" kpi-moved" if found.claims else ""))


def _definition(metric: metrics.Metric, lang: str, rules: settings.Settings, counted: str) -> Html:
    days = metric.settles_after_days(rules)
    final = word("definition.settles", lang, n=days) if days else word("definition.at_once", lang)
    better = word(f"definition.better_{metric.better}", lang)
    formula = metric.formula[lang] if metric.denominator else counted or word("definition.counted", lang)
    said = {"formula": formula, "why": metric.why.get(lang), "caveat": metric.caveat.get(lang)}
    terms = [
        tag("div", tag("dt", word(f"definition.{key}", lang)), tag("dd", text)) for key, text in said.items() if text
    ]
    head = tag("p", tag("b", metric.label[lang]), tag("span", f"{better} · {final}", class_="kpi-card-note"))
    return tag("section", head, tag("dl", *terms), class_="kpi-definition")
