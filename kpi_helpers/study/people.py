"""Agents beside each other: rates with their range of chance, amounts as bars, nobody ranked on noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from kpi_helpers import charts, metrics, wording
from kpi_helpers.charts import Chart, Column, Html, labels
from kpi_helpers.charts.html import tag
from kpi_helpers.metrics.records import only
from kpi_helpers.study.shared import remembered, told
from kpi_helpers.study.texts import word
from kpi_helpers.study.whole import neutral, source
from kpi_helpers.wording.names import SPECIAL

if TYPE_CHECKING:
    from kpi_helpers.study.study import Study

OUTCOMES = ("inquiring_buyers", "inquiring_buyers_ordered", "elsewhere_buyers", "lost_buyers")


@remembered
def people(study: Study, name: str) -> pd.DataFrame:
    """The metric by agent: people only, with a value."""
    rows = study.rows([name], by="agent")
    pairs = zip(rows["agent"].tolist(), rows["value"].tolist(), strict=True)
    return only(rows, (who not in SPECIAL and value == value for who, value in pairs)).reset_index(drop=True)


def agents(study: Study, name: str) -> Chart | Html | None:
    """A rate, mean or ratio of every agent as dot and interval, against all agents together."""
    rows, metric = people(study, name), metrics.get(name)
    if len(rows) < 2:
        return None
    found = wording.stands_out(rows, metric, names=study.names, least=study.least)
    title = wording.agents_title(found, rows, metric, study.lang, least=study.least)
    return charts.dot_interval(
        rows,
        None,
        study.lang,
        title=title if found else neutral(study, name, "agent"),
        source=source(study, name),
        focus=[one.agent for one in found],
        names=study.names,
        least=study.least,
    )


def bars(study: Study, name: str) -> Chart | Html | None:
    """A count or an amount of every agent as a bar, and the share of the largest in the title."""
    rows = people(study, name)
    rows = rows[rows["value"] > 0]
    if len(rows) < 2:
        return None
    top, share = rows.loc[rows["value"].idxmax()], rows["value"].max() / rows["value"].sum()
    who = labels.named(rows, study.names, study.lang).set_index("agent")["shown"][top["agent"]]
    said = {"metric": labels.metric_name(name, study.lang), "share": labels.percent(share, study.lang)}
    title = word("bars.most", study.lang, who=who, **said)
    peak = metrics.fact(metrics.get(name).numerator).measure == "open"
    shown = {"title": neutral(study, name, "agent") if peak else title, "source": source(study, name)}
    return charts.bars(rows, study.lang, **shown, focus=[] if peak else [top["agent"]], names=study.names)


def scatter(study: Study, across: str, up: str, table: bool = True) -> Chart | Html | None:
    """Two metrics of every agent against each other; None with fewer than three agents.

    `table` False where an `agents_table` of the same section has both: hundreds of agents are listed once.
    """
    x, y = people(study, across), people(study, up)
    if len(set(x["agent"]) & set(y["agent"])) < 3:
        return None
    names = [labels.metric_name(name, study.lang) for name in (across, up)]
    title = word("scatter.title", study.lang, x=names[0], y=names[1])
    shown = {"title": title, "source": source(study, across, up), "names": study.names, "least": study.least}
    return charts.scatter(x, y, study.lang, **shown, table=table)


def agents_table(study: Study, *names: str) -> Html | None:
    """Metrics of every agent side by side, at most six; metrics that are not available are left out."""
    study.ask(*names, by="agent")
    found = [name for name in names if not people(study, name).empty]
    if not found:
        return None
    first = people(study, found[0]).sort_values("value", ascending=False, kind="stable")
    rows = pd.concat([first, *(people(study, name) for name in found[1:])], ignore_index=True)
    present = rows.loc[rows["value"] > 0, "agent"]
    rows, caption = rows[rows["agent"].isin(present)], word("agents.caption", study.lang)
    if rows.empty:
        return None
    return charts.metric_table(rows, study.lang, caption=caption, names=study.names, fold=True)


def outcomes(study: Study) -> Html | None:
    """What became of every agent's inquiries: sold by the agent, sold elsewhere, lost; shares add up to 100 %."""
    rows = study.rows(OUTCOMES, by="agent").pivot(index="agent", columns="metric", values="value")
    wide = rows.reindex(columns=OUTCOMES).dropna().reset_index()
    if wide.empty:
        return None
    wide = labels.people(wide[wide["inquiring_buyers"] > 0])
    shares = {name: wide[name] / wide["inquiring_buyers"] for name in OUTCOMES[1:]}
    shown = labels.named(wide, study.names, study.lang).assign(**shares)
    shown = shown.sort_values("inquiring_buyers", ascending=False, kind="stable")
    columns = {"shown": Column(word("outcomes.agent", study.lang)), "inquiring_buyers": _count(study)}
    columns |= {name: Column(word(f"outcomes.{name}", study.lang), "fraction") for name in OUTCOMES[1:]}
    return charts.folded(shown, columns, lang=study.lang, caption=word("outcomes.caption", study.lang))


def standouts(study: Study, *names: str) -> Html | None:
    """A sentence for every rate: which agents are beyond normal variation, or that none is."""
    study.ask(*names, by="agent")
    known = [(metrics.get(name), people(study, name)) for name in names]
    told(study).update(("agents", name) for name in names)
    said = [
        wording.agents_finding(
            wording.stands_out(rows, metric, names=study.names, least=study.least), metric, study.lang
        )
        for metric, rows in known
        if len(wording.agents.compared(rows, study.least)) >= 2
    ]
    return tag("ul", *(tag("li", text) for text in said)) if said else None


def who_stands_out(study: Study, names: Sequence[str]) -> list[str]:
    """A sentence for every metric on which an agent stands out."""
    study.ask(*names, by="agent")
    known = [(metrics.get(name), people(study, name)) for name in names]
    found = [(wording.stands_out(rows, metric, names=study.names, least=study.least), metric) for metric, rows in known]
    return [wording.agents_finding(apart, metric, study.lang) for apart, metric in found if apart]


def _count(study: Study) -> Column:
    return Column(labels.metric_name("inquiring_buyers", study.lang), "count")
