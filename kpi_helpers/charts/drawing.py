"""A picture in plain values, as plotly's JSON has them: pages are drawn without loading plotly, which takes 2 s."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kpi_helpers.charts.theme import TEMPLATE

if TYPE_CHECKING:
    import plotly.graph_objects as go


@dataclass(frozen=True)
class Drawing:
    """Traces and layout of a figure, by plotly's names."""

    data: list[dict[str, Any]]
    layout: dict[str, Any]

    def add_shape(self, **shape: object) -> Drawing:
        """The same with one more shape."""
        self.layout.setdefault("shapes", []).append(shape)
        return self

    def add_annotation(self, **annotation: object) -> Drawing:
        """The same with one more annotation."""
        self.layout.setdefault("annotations", []).append(annotation)
        return self

    @cached_property
    def figure(self) -> go.Figure:
        """The same as plotly's figure, checked by it; from then on it is what is shown, with whatever is changed."""
        import plotly.graph_objects as go

        return go.Figure(self.data, {"template": TEMPLATE, **self.layout})

    def to_json(self) -> str:
        """As plotly's own figure would write it."""
        if "figure" in self.__dict__:
            return self.figure.to_json(validate=False)
        return json.dumps({"data": self.data, "layout": self.layout}, default=_plain)


def trace(kind: str, **given: object) -> dict[str, Any]:
    """A trace of plotly's; what is None is left to the template."""
    return {"type": kind} | {name: value for name, value in given.items() if value is not None}


def draw(*traces: dict[str, Any], **layout: object) -> Drawing:
    """A picture in the house style. `traces` as `trace` makes them, `layout` by plotly's layout keys."""
    return Drawing(list(traces), layout)


def _plain(value: Any) -> object:
    return value.tolist() if hasattr(value, "tolist") else str(value)
