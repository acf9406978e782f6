"""Reference lines with a word beside them: a target, a day something happened."""

import plotly.graph_objects as go

from kpi_helpers.charts import theme
from kpi_helpers.wording.formats import escape_label


def level(drawn: go.Figure, y: float, word: str) -> None:
    """A dashed line across at height `y`, its word above it on the left."""
    line = {"color": theme.CONTEXT_TEXT, "width": 1, "dash": "dash"}
    drawn.add_shape(type="line", x0=0, x1=1, xref="paper", y0=y, y1=y, line=line)
    drawn.add_annotation(x=0, xref="paper", xanchor="left", y=y, yanchor="bottom", text=escape_label(word))


def upright(drawn: go.Figure, x: object, word: str) -> None:
    """A thin line up from `x` with its word on top."""
    line = {"color": theme.CONTEXT_TEXT, "width": 1}
    drawn.add_shape(type="line", x0=x, x1=x, y0=0, y1=1, yref="paper", line=line)
    drawn.add_annotation(x=x, y=1, yref="paper", yanchor="bottom", text=escape_label(word))
