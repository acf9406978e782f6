"""Rows of an answer beside those of the period before, with the key each is picked by and the name it is shown by."""

import json

import pandas as pd

from kpi_helpers.charts.words import word as chart_word
from kpi_helpers.explorer import word
from kpi_helpers.explorer.answer import Answer, shown_groups
from kpi_helpers.wording.names import agent_label


def paired(answer: Answer) -> pd.DataFrame:
    """Rows with the same group's value `before` (of days: the same day of its period) and a flag `few`.

    `few` marks what nobody may be ranked by: a denominator below min_denominator. Agents and teams come largest first,
    those last.
    """
    rows, before, groups = answer.rows, answer.before, list(shown_groups(answer.question))
    if answer.question.by == "weekday_hour":
        rows, before, groups = cells(rows), cells(before), ["weekday", "hour"]
    rows = rows.assign(few=rows["denominator"] < answer.desk.settings.min_denominator)
    if before.empty or not groups:
        only = before["value"].iloc[0] if len(before) and not groups else float("nan")
        return _ordered(rows.assign(before=only), groups)
    if groups == ["day"]:
        later = rows["period_start"].iloc[0] - before["period_start"].iloc[0]
        before = before.assign(day=[day + later for day in before["day"]])
    known = before[[*groups, "value"]].rename(columns={"value": "before"})
    return _ordered(rows.merge(known, on=groups, how="left"), groups)


def _ordered(rows: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
    if groups not in (["agent"], ["team"]):
        return rows
    return rows.sort_values(["few", "value"], ascending=[True, False], kind="stable", ignore_index=True)


def cells(rows: pd.DataFrame) -> pd.DataFrame:
    """Weekday and hour from day and hour: sums first, divided last; a count's value is its mean per such weekday."""
    if rows.empty:
        return pd.DataFrame(columns=["metric", "weekday", "hour", "numerator", "denominator", "value", "low", "high"])
    days = rows.assign(weekday=[day.weekday() for day in rows["day"]])
    sums = days.groupby(["metric", "weekday", "hour"], as_index=False)[["numerator", "denominator"]].sum(min_count=1)
    first, last = rows["period_start"].iloc[0], rows["period_end"].iloc[0]
    seen = pd.Series(pd.date_range(first, last, inclusive="left").day_of_week).value_counts()
    divided = sums["denominator"].where(sums["denominator"].notna(), sums["weekday"].map(seen))
    return sums.assign(value=sums["numerator"] / divided.replace(0, float("nan")), low=float("nan"), high=float("nan"))


def key_of(row: object, answer: Answer) -> str:
    """A row's group as text, and back with `json.loads`."""
    names = ("hour", "weekday") if answer.question.by == "weekday_hour" else shown_groups(answer.question)
    values = {name: getattr(row, name) for name in names}
    return json.dumps({k: _plain(v) for k, v in values.items()}, ensure_ascii=False, sort_keys=True)


def can_be_picked(key: str) -> bool:
    """Agents without a team, and what else has no name, have no rows of their own to list."""
    return None not in json.loads(key).values()


def name_of(row: object, answer: Answer) -> str:
    """A row's group as people read it."""
    asked = answer.question
    if asked.by == "shop":
        return asked.shop
    if asked.by == "weekday_hour":
        return f"{chart_word(f'week.d{int(row.weekday)}', asked.lang)} {int(row.hour):02d}:00"
    value = getattr(row, shown_groups(asked)[0])
    if asked.by == "agent":
        return agent_label(answer.desk.people.names().get(value, value), asked.lang)
    if asked.by == "day":
        return f"{value:%m-%d} {chart_word(f'week.d{value.weekday()}', asked.lang)}"
    if asked.by == "hour":
        return f"{int(value):02d}:00"
    return word("table.none", asked.lang) if value is None or value != value else str(value)


def _plain(value: object) -> object:
    if value is None or value != value:
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)  # hours beside missing ones
    return value.item() if hasattr(value, "item") else value
