"""The controls above the numbers: one for everything a question holds."""

from collections.abc import Callable

import ipywidgets as widgets

from kpi_helpers import metrics
from kpi_helpers.errors import KpiError
from kpi_helpers.explorer import word
from kpi_helpers.explorer.answer import Desks, teams
from kpi_helpers.explorer.products import NAMES
from kpi_helpers.explorer.question import NO_COMPARISON, SPLITS, Question
from kpi_helpers.explorer.worker import Worker
from kpi_helpers.platforms import platform
from kpi_helpers.settings import CHOICES
from kpi_helpers.wording.names import agent_label

COMPARE = ("previous", "year_before", NO_COMPARISON)
WIDE, NARROW = {"width": "23em"}, {"width": "17em"}


class Controls:
    """Widgets that hold a question; `changed` is called with what a hand changes in it, not with what `show` sets."""

    def __init__(
        self, asked: Question, desks: Desks, shops: list[str], changed: Callable[[dict], None], worker: Worker
    ) -> None:
        self.asked, self.desks, self.changed, self.worker = asked, desks, changed, worker
        lang = asked.lang
        self.shop = self._choice("shop", [(name, name) for name in shops])
        self.period = widgets.Combobox(
            description=word("control.period", lang), continuous_update=False, layout=NARROW, ensure_option=False
        )
        self.compare_to = widgets.Combobox(
            description=word("control.compare", lang), continuous_update=False, layout=NARROW, ensure_option=False
        )
        self.view, self.metric = self._choice("platform", views(lang)), self._choice("metric", [], WIDE)
        self.by = self._choice("by", [(word(f"split.{by}", lang), by) for by in SPLITS])
        self.team, self.agent = self._choice("team", []), self._choice("agent", [])
        rules = [(word(f"rule.{rule}", lang), rule) for rule in CHOICES["attribution_rule"]]
        self.attribution_rule = self._choice("rule", rules)
        self.earlier, self.later = (
            widgets.Button(description=word(f"control.{key}", lang), layout={"width": "auto"})
            for key in ("earlier", "later")
        )
        when = widgets.HBox(
            [self.shop, self.period, self.earlier, self.later, self.compare_to], layout={"flex_flow": "wrap"}
        )
        what = [self.view, self.metric, self.by, self.team, self.agent, self.attribution_rule]
        self.box = widgets.VBox([when, widgets.HBox(what, layout={"flex_flow": "wrap"})])
        self.show(asked)
        self._listen()

    def show(self, asked: Question) -> None:
        """Let the controls say what is asked."""
        self.asked, lang = asked, asked.lang
        desk = self.desks.desk(asked)
        named, everybody = desk.people.names(), (word("control.everybody", lang), "")
        agents = [(agent_label(named.get(name, name), lang), name) for name in self.desks.agents(asked.shop)]
        self._set(self.agent, asked.agent, _unlike(agents, everybody))
        self._set(self.team, asked.team, [everybody, *((name, name) for name in teams(desk))])
        self._set(self.shop, asked.shop)
        view = view_of(metrics.get(asked.metric))
        self._set(self.view, view)
        self._set(self.metric, asked.metric, choices(view, asked.by, lang))
        self._set(self.by, asked.by)
        self._set(self.attribution_rule, asked.attribution_rule or desk.settings.attribution_rule)
        self.period.options = ["latest-day", "latest-week", "latest-month", "latest-quarter"]
        self.period.value = asked.period.label
        self.compare_to.options = [word(f"compare.{key}", lang) for key in COMPARE]
        known = asked.compare_to in COMPARE
        self.compare_to.value = word(f"compare.{asked.compare_to}", lang) if known else asked.compare_to

    def _choice(self, key: str, options: list[tuple[str, str]], layout: dict | None = None) -> widgets.Dropdown:
        return widgets.Dropdown(
            options=options, description=word(f"control.{key}", self.asked.lang), layout=layout or NARROW
        )

    def _set(self, box: widgets.Dropdown, value: str, options: list | None = None) -> None:
        if options is not None:
            box.options = options if value in dict(map(reversed, options)) else [*options, (value, value)]
        box.value = value

    def _listen(self) -> None:
        for name in ("shop", "metric", "by", "team", "agent", "attribution_rule"):
            getattr(self, name).observe(lambda change, name=name: self._ask({name: change["new"]}), names="value")
        self.view.observe(
            lambda change: self._ask({"metric": choices(change["new"], "", self.asked.lang)[0][1]}), names="value"
        )
        self.period.observe(lambda change: self._ask({"period": change["new"]}), names="value")
        self.compare_to.observe(
            lambda change: self._ask({"compare_to": self._comparison(change["new"])}), names="value"
        )
        self.earlier.on_click(lambda _: self._ask({"step": "previous"}))
        self.later.on_click(lambda _: self._ask({"step": "following"}))

    def _comparison(self, text: str) -> str:
        said = {word(f"compare.{key}", self.asked.lang): key for key in COMPARE}
        return said.get(text, text)

    def _ask(self, changes: dict[str, object]) -> None:
        if not self.worker.here:
            self.changed(changes)


def applied(asked: Question, changes: dict[str, object], desks: Desks) -> Question:
    """The question with changes as controls give them. Raises KpiError for a period nobody can read.

    `step` is "previous" or "following": the period beside the one asked about.
    Another shop keeps neither agent nor team; a split by product asks for a number products have.
    """
    if "shop" in changes:
        changes = {**changes, "agent": "", "team": ""}
    if "step" in changes:
        changes = {"period": getattr(asked.period, changes["step"])()}
    if isinstance(changes.get("period"), str):
        changes = {**changes, "period": desks.desk(asked).period(changes["period"])}
    found = asked.but(**changes)
    if found.compare_to not in COMPARE:
        desks.desk(found).period(found.compare_to)
    if found.by == "product" and found.metric not in NAMES:
        found = found.but(metric="sales") if "by" in changes else found.but(by="agent")
    return found


def views(lang: str) -> list[tuple[str, str]]:
    """The house view, and every platform that has metrics of its own."""
    used = dict.fromkeys(m.platform for m in metrics.metrics().values() if m.platform)
    return [(word("view.house", lang), ""), *((platform(key).name[lang], key) for key in used)]


def view_of(metric: metrics.Metric) -> str:
    """The platform whose rules a metric follows; empty: the house's."""
    rows = metrics.fact(metric.numerator).rows
    return metric.platform or (rows.removeprefix("platform_") if rows.startswith("platform_") else "")


def choices(view: str, by: str, lang: str) -> list[tuple[str, str]]:
    """The metrics of a view: ratios and quantiles first, then counts; by product only what products have."""
    known = [m for m in metrics.metrics().values() if view_of(m) == view]
    known = [m for m in known if by != "product" or m.name in NAMES]
    ordered = sorted(dict.fromkeys(m.name for m in known), key=lambda name: metrics.get(name).kind == "count")
    if not ordered:
        raise KpiError(f"no metric follows the rules of {view}")
    return [(metrics.get(name).label[lang], name) for name in ordered]


def _unlike(agents: list[tuple[str, str]], first: tuple[str, str]) -> list[tuple[str, str]]:
    """Two agents of one name are told apart by their accounts."""
    names = [name for name, _ in agents]
    return [first, *((f"{name} {key}" if names.count(name) > 1 else name, key) for name, key in agents)]
