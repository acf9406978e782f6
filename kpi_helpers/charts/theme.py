"""The look of every chart: palette, fonts, the plotly template "kpi" and the configuration of the page.

Colours keep apart for readers with normal, deuteranopic and protanopic vision; `tests/test_palette.py`
computes the distances and fails when an edit breaks them. Meaning is fixed across a report: ACCENT is this
period or the named agent, CONTEXT is last year or everyone else. No colour means good or bad (red is "up"
in China and "bad" elsewhere): arrows and words say that.
"""

NAVY, ORANGE, GREEN, VIOLET = PALETTE = (
    "#00295B",
    "#D55E00",
    "#2C8465",
    "#A285D1",
)  # in this order, at most four
ACCENT, ACCENT_TEXT = ORANGE, "#AD4C00"  # the same orange, dark enough for words on white
INK, CONTEXT_TEXT, CONTEXT, RULE, GRID, PAPER = (
    "#222222",
    "#6B6B6B",
    "#A6A6A6",
    "#C9C9C9",
    "#ECECEC",
    "#FFFFFF",
)
BAND = "#DCE3EC"  # the pale navy of intervals and spans
SEQUENTIAL = ("#F3F6FA", "#C9D6E6", "#93AECB", "#4F789F", "#00295B")  # one hue, light to dark

# Latin first, so that digits come from one face; the browser falls back glyph by glyph.
FONTS = 'Inter, "Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif'

CONFIG = {
    "displayModeBar": False,
    "displaylogo": False,
    "showSendToCloud": False,  # plotly.js 4 offers to upload the data unless told not to
    "showLink": False,
    "scrollZoom": False,
    "doubleClick": False,
    "showTips": False,
    "typesetMath": False,  # labels with $...$ are text, never formulas
    "responsive": False,  # page.js follows the width itself, in print too
}

_AXIS = {
    "automargin": True,
    "fixedrange": True,  # no zoom by finger or mouse: the page must scroll over a chart
    "zeroline": False,
    "showline": False,
    "ticks": "",
    "tickangle": 0,
    "ticklabelstandoff": 4,
    "tickfont": {"size": 12, "color": CONTEXT_TEXT},
    "title": {"font": {"size": 12, "color": CONTEXT_TEXT}, "standoff": 8},
}

TEMPLATE = {
    "layout": {
        "font": {"family": FONTS, "size": 13, "color": INK},
        "colorway": list(PALETTE),
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "margin": {"l": 8, "r": 16, "t": 12, "b": 8, "pad": 4},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": PAPER,
            "bordercolor": RULE,
            "font": {"family": FONTS, "size": 13, "color": INK},
            "align": "left",
        },
        "uniformtext": {"mode": False},
        "xaxis": {**_AXIS, "showgrid": False},
        "yaxis": {**_AXIS, "gridcolor": GRID, "gridwidth": 1},
        "annotationdefaults": {"showarrow": False, "font": {"size": 12, "color": CONTEXT_TEXT}},
    },
    "data": {
        "scatter": [{"cliponaxis": False, "hoverinfo": "text", "line": {"width": 2.5}}],
        "bar": [
            {
                "cliponaxis": False,
                "constraintext": "none",
                "hoverinfo": "text",
                "marker": {"line": {"color": PAPER, "width": 1}},
            }
        ],
        "funnel": [
            {
                "hoverinfo": "text",
                "insidetextfont": {"color": PAPER, "size": 14},
                "connector": {"fillcolor": "#F0F2F5", "line": {"width": 0}},
            }
        ],
        "waterfall": [{"cliponaxis": False, "hoverinfo": "text", "connector": {"line": {"color": RULE, "width": 1}}}],
    },
}
