"""What is asked: one value from which every view of the explorer follows, and the line that asks it again."""

import shlex
from dataclasses import dataclass, fields, replace

from kpi_helpers import metrics
from kpi_helpers.errors import unknown
from kpi_helpers.periods import Period

# How the number is split: what `compute` groups by. Products have their own count.
SPLITS = {
    "shop": (),
    "agent": ("agent",),
    "team": ("team",),
    "day": ("day",),
    "hour": ("hour",),
    "weekday_hour": ("day", "hour"),
    "product": (),
}
NO_COMPARISON = "none"


@dataclass(frozen=True)
class Question:
    """A metric of a shop in a period, split by something, of everybody or of one agent or team."""

    shop: str
    period: Period
    metric: str = "sales"
    by: str = "agent"
    compare_to: str = "previous"
    agent: str = ""
    team: str = ""
    attribution_rule: str = ""
    lang: str = "zh"
    data_dir: str = ""

    def __post_init__(self) -> None:
        """Raises KpiError for a metric or a split nobody knows."""
        metrics.get(self.metric)
        if self.by not in SPLITS:
            raise unknown("split", self.by, list(SPLITS))

    def but(self, **changes: object) -> "Question":
        """The same question with something else in it."""
        return replace(self, **changes)

    @property
    def groups(self) -> tuple[str, ...]:
        """What `compute` is asked to group by: the split, and whatever is picked out."""
        picked = [name for name in ("team", "agent") if getattr(self, name)]
        return (*picked, *(name for name in SPLITS[self.by] if name not in picked))

    @property
    def picked(self) -> dict[str, str]:
        """The one agent or team that is looked at."""
        return {name: getattr(self, name) for name in ("team", "agent") if getattr(self, name)}

    def python(self) -> str:
        """One line of Python that gives the same numbers."""
        desk = ", ".join(
            [repr(self.shop)]
            + ([f"data_dir={self.data_dir!r}"] if self.data_dir else [])
            + ([f"attribution_rule={self.attribution_rule!r}"] if self.attribution_rule else [])
        )
        asked = f"{self.metric!r}, kpi.open_desk({desk}), {self.period.label!r}"
        if self.by == "product":
            return f"kpi.products({', '.join([asked, *(f'{k}={v!r}' for k, v in self.picked.items())])})"
        by = f", by={','.join(self.groups)!r}" if self.groups else ""
        where = " and ".join(f"{name} == {value!r}" for name, value in self.picked.items())
        return f"kpi.compute({asked}{by})" + (f".query({where!r})" if where else "")

    def parameters(self) -> dict[str, str]:
        """What the notebooks' parameters cell takes of it."""
        against = {} if self.compare_to == NO_COMPARISON else {"compare_to": self.compare_to}
        given = {"period": self.period.label, "shop": self.shop, "lang": self.lang, **against}
        return given | ({"data_dir": self.data_dir} if self.data_dir else {})

    def papermill(self) -> str:
        """The same as arguments of papermill, as text: -p would make a number of the year 2026."""
        return " ".join(f"-r {name} {_typed(value)}" for name, value in self.parameters().items())

    def report(self) -> str:
        """The command that publishes the whole report of it."""
        names = {"compare_to": "compare-to", "data_dir": "data"}
        given = {names.get(name, name): value for name, value in self.parameters().items()}
        return " ".join(["kpi report", *(f"--{name} {_typed(value)}" for name, value in given.items())])


def _typed(value: str) -> str:
    """An argument as it is typed in a shell, of Windows too as long as the value allows."""
    plain = shlex.quote(value)
    return plain if plain == value or set(value) & set('"$`!%\\') else f'"{value}"'


def known() -> set[str]:
    """Names a question can be asked with."""
    return {field.name for field in fields(Question)}
