"""Lines and words beside the data: a target, a day something happened, the names at the ends of lines."""

from kpi_helpers.charts import theme
from kpi_helpers.charts.drawing import Drawing
from kpi_helpers.wording.formats import escape_label

LINE, MARGINS = 17, 52  # pixels: one line of words; what a chart's height keeps for axes


def level(drawn: Drawing, y: float, word: str) -> None:
    """A dashed line across at height `y`, its word above it on the left."""
    line = {"color": theme.CONTEXT_TEXT, "width": 1, "dash": "dash"}
    drawn.add_shape(type="line", x0=0, x1=1, xref="paper", y0=y, y1=y, line=line)
    drawn.add_annotation(x=0, xref="paper", xanchor="left", y=y, yanchor="bottom", text=escape_label(word))


def upright(drawn: Drawing, x: object, word: str) -> None:
    """A thin line up from `x` with its word on top."""
    line = {"color": theme.CONTEXT_TEXT, "width": 1}
    drawn.add_shape(type="line", x0=x, x1=x, y0=0, y1=1, yref="paper", line=line)
    drawn.add_annotation(x=x, y=1, yref="paper", yanchor="bottom", text=escape_label(word))


def ends(drawn: Drawing, x: object, words: list[tuple[float, str, str]]) -> None:
    """Words right of a line's last point `x`: (height, text, colour) each, moved apart where they would touch.

    Texts come escaped; a <br> in them makes a second line.
    """
    words = sorted(words, key=lambda word: -word[0])
    for (y, text, colour), shift in zip(words, _shifts(drawn, words), strict=True):
        place = {"xanchor": "left", "xshift": 10, "align": "left", "yshift": round(shift, 1)}
        drawn.add_annotation(x=x, y=y, text=text, font={"color": colour, "size": 13}, **place)


def _shifts(drawn: Drawing, words: list[tuple[float, str, str]]) -> list[float]:
    """Pixels to move each of the words, top to bottom, so that none overlap and the whole stays in place."""
    low, high = drawn.layout["yaxis"]["range"]
    at = [(y - low) / (high - low) * (drawn.layout["height"] - MARGINS) for y, _, _ in words]
    half = [LINE / 2 * (1 + text.count("<br>")) for _, text, _ in words]
    moved = at[:1]
    for i in range(1, len(at)):
        moved.append(min(at[i], moved[-1] - half[i - 1] - half[i]))
    back = sum(a - b for a, b in zip(at, moved, strict=True)) / max(len(at), 1)
    return [b + back - a for a, b in zip(at, moved, strict=True)]
