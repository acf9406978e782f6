"""Charts and their frame: what they demand, what they leave out, how large they are, and that they are repeatable."""

import json
import re
from datetime import date

import pandas as pd
import plotly.graph_objects as go
import pytest
from chart_rows import (
    HOSTILE,
    NAMES,
    agent_weeks,
    agents,
    cells,
    counts,
    frame,
    rate,
    row,
    stages,
    steps,
    weeks,
)

from kpi_helpers import charts
from kpi_helpers.charts import theme
from kpi_helpers.charts.agents import rank, with_limits
from kpi_helpers.charts.drawing import Drawing, draw, trace
from kpi_helpers.charts.finish import chart_json
from kpi_helpers.errors import KpiError

WORDS = {"title": "结论", "source": "来源：聊天与订单"}
FULL = stages(1000, 900, 600, 300, 240)


def every_chart(lang: str, names: tuple[str, ...] = NAMES) -> dict[str, object]:
    """Each kind once, with these agents."""
    by_agent, load = agents(names), counts(names)
    return {
        "funnel": charts.funnel(FULL, lang, **WORDS),
        "trend": charts.trend(weeks(), lang, last_year=weeks(), target=0.5, **WORDS),
        "dot_interval": charts.dot_interval(by_agent, weeks(1), lang, focus=names[:1], **WORDS),
        "bars": charts.bars(load, lang, **WORDS),
        "columns": charts.columns(weeks().assign(metric="received_buyers"), lang, **WORDS),
        "deciles": charts.deciles(agent_weeks(names), lang, **WORDS),
        "small_multiples": charts.small_multiples(agent_weeks(names), weeks(6), lang, **WORDS),
        "scatter": charts.scatter(load, by_agent, lang, **WORDS),
        "waterfall": charts.waterfall(steps(), "sales", lang, **WORDS),
        "heat_table": charts.heat_table(cells(), "received_chats", lang, **WORDS),
    }


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_chart_shows_its_words_and_is_the_same_twice(lang):
    for name, chart in every_chart(lang).items():
        html = chart._repr_html_()
        assert html == every_chart(lang)[name]._repr_html_(), name
        assert html.count("结论") >= 2 and "来源：聊天与订单" in html
        assert "nan" not in html.lower().replace("finance", "") and "None" not in html, name


def test_an_ordinary_chart_carries_less_than_six_kilobytes():
    for name, chart in every_chart("zh").items():
        if isinstance(chart.drawn, Drawing):
            drawing = chart_json(chart.drawn, chart.narrow, "zh")
            assert len(drawing.encode()) < 6000, name
            assert "template" not in json.loads(drawing)["layout"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_plotly_knows_every_key_and_draws_the_same(lang):
    for name, chart in every_chart(lang).items():
        if isinstance(chart.drawn, Drawing):
            plain = chart_json(chart.drawn, chart.narrow, lang)
            assert isinstance(chart.figure, go.Figure), "plotly refuses what it does not know"
            assert json.loads(chart_json(chart.drawn, chart.narrow, lang)) == json.loads(plain), name


def test_a_changed_figure_is_what_is_shown():
    chart = charts.bars(agents(), "zh", **WORDS)
    chart.figure.update_layout(height=777)
    assert "height:777px" in chart._repr_html_()


def test_hostile_names_are_only_text():
    for kind, chart in every_chart("zh", HOSTILE).items():
        html = chart._repr_html_()
        assert html.count("<script") == html.count("</script>") == html.count('class="kpi-plot"'), kind
        assert not re.search(r"<img|<b>bold|<!--|on\w+=\"alert|\u202e", html), kind
        labels = re.findall(r'"(?:text|ticktext|hovertext)":(\[.*?\])', html)
        drawn = [json.loads(f'"{text}"') for text in _strings(labels)]
        assert not any(re.search(r"<(?!br>|/?b>|/?span)|\$|%\{", text) for text in drawn), kind


def _strings(lists: list[str]) -> list[str]:
    """The JSON texts of lists of labels, escapes kept."""
    return [found for texts in lists for found in re.findall(r'"((?:[^"\\]|\\.)*)"', texts)]


def test_words_are_demanded():
    figure = draw(trace("bar", y=[1]))
    for gone in ("title", "subtitle", "source"):
        with pytest.raises(KpiError, match=gone):
            charts.finish(figure, **{"title": "t", "subtitle": "s", "source": "q"} | {gone: " "})


def test_a_trace_that_no_page_can_draw_is_refused():
    with pytest.raises(KpiError, match="heatmap"):
        charts.finish(go.Figure(go.Heatmap(z=[[1]])), title="t", subtitle="s", source="q")


class TestFunnel:
    def test_counts_and_shares_of_the_stage_before(self):
        texts = charts.funnel(FULL, "en", **WORDS).figure.data[0].text
        assert texts[0] == "1,000" and texts[3] == "300 (50.0% of previous)"

    def test_absent_stages_are_named(self):
        chart = charts.funnel(stages(None, 900, 600, None, 240), "zh", **WORDS)
        assert "本店没有：咨询人数、询单最终下单人数。" in chart.subtitle
        assert list(chart.figure.data[0].x) == [900, 600, 240]

    def test_stages_that_are_not_nested_are_no_funnel(self):
        with pytest.raises(KpiError, match=r"received_buyers \(900\) is more than consulted_buyers \(800\)"):
            charts.funnel(stages(800, 900, 600, 300, 240), "zh", **WORDS)

    def test_nothing_known_says_why(self):
        rows = stages(*[None] * 5).assign(basis="not available: no chats for these days")
        assert "no chats for these days" in charts.funnel(rows, "en", **WORDS)


class TestTrend:
    def test_unknown_periods_are_gaps_and_open_ones_dotted(self):
        rows = weeks(6)
        rows.loc[rows.index[3], "value"] = None
        lines = [t for t in charts.trend(rows, "zh", **WORDS).figure.data if t.mode == "lines" and not t.fill]
        assert [t.line.dash for t in lines] == ["solid", "dot"]
        assert lines[0].y[2] is None and len(lines[1].x) == 2

    def test_last_year_must_be_the_same_periods(self):
        with pytest.raises(KpiError, match="last year has 5 periods, this year 6"):
            charts.trend(weeks(6), "zh", last_year=weeks(5), **WORDS)

    def test_agents_are_no_trend(self):
        with pytest.raises(KpiError, match="one row per period"):
            charts.trend(agents(), "zh", **WORDS)

    def test_a_single_period_is_drawn(self):
        assert charts.trend(weeks(1), "zh", **WORDS).figure.layout.annotations[0].text.startswith("<b>40.0%")


class TestAgents:
    def test_small_samples_come_last_and_hollow(self):
        ranked = rank(agents())
        assert list(ranked["agent"])[-1] == "新人" and not ranked["ranked"].iloc[-1]
        dots = charts.dot_interval(agents(), None, "zh", **WORDS).figure.data[-2]
        assert [c == theme.PAPER for c in dots.marker.color] == [False] * 6 + [True]

    def test_shortest_wait_first(self):
        waits = frame([row("first_response_seconds", v, denominator=90, agent=n) for v, n in ((30, "a"), (9, "b"))])
        assert list(rank(waits)["agent"]) == ["b", "a"]

    def test_names_are_shown_and_ids_focused(self):
        chart = charts.dot_interval(agents(("u1", "u2")), None, "zh", focus=["u1"], names={"u1": "晓晓"}, **WORDS)
        assert chart.figure.layout.yaxis.ticktext[0].startswith("晓晓 ")
        assert chart.figure.data[-2].marker.color[0] == theme.ACCENT
        assert "u2" in chart.table and "u1" not in chart.table

    def test_two_people_of_one_name_stay_two(self):
        chart = charts.bars(counts(("u1", "u2")), "zh", names={"u1": "晓晓", "u2": "晓晓"}, **WORDS)
        assert list(chart.figure.layout.yaxis.ticktext) == ["晓晓 u1", "晓晓 u2"]

    def test_of_many_the_middle_is_in_the_table_only(self):
        chart = charts.bars(counts(tuple(f"客服{i}" for i in range(60))), "zh", **WORDS)
        assert len(chart.figure.data[0].x) == 40 and "中间 20 位" in chart.subtitle and "客服30" in chart.table

    def test_without_a_shop_all_agents_together_are_the_measure(self):
        rows = frame([rate(10, 100, agent="a"), rate(150, 300, agent="b")])
        chart = charts.dot_interval(rows, None, "en", **WORDS)
        assert chart.figure.layout.annotations[0].text == "all agents 40.0%"
        assert "all agents together" in chart.subtitle

    def test_limits_are_those_of_the_findings(self):
        from kpi_helpers.stats import funnel

        rows = rank(agents())
        told = funnel(rows["numerator"][:6], rows["denominator"][:6], least=0)
        assert with_limits(rows)["limit_low"][:6].tolist() == pytest.approx(told["low998"].tolist())

    def test_nobody_is_compared_who_is_nobody(self):
        assert list(rank(agents(("(unassigned)", "b", "c")))["agent"]) == ["b", "c"]
        silent = charts.bars(counts(("(silent)", "b")), "zh", **WORDS)
        assert silent.figure.layout.yaxis.ticktext[0] == "静默"
        assert silent.figure.data[0].marker.color[0] == theme.CONTEXT


class TestSpread:
    def test_deciles_by_interpolation_without_the_small(self):
        values = frame([rate(10 * i, 100, agent=f"a{i}") for i in range(1, 6)] + [rate(9, 9, agent="small")])
        found = charts.decile_table(values).iloc[0]
        assert found["agents"] == 5 and found["d50"] == pytest.approx(0.3) and found["d90"] == pytest.approx(0.46)

    def test_agents_who_all_had_too_few_have_no_deciles(self):
        few = agents(NAMES).assign(denominator=3)
        assert charts.decile_table(few).filter(regex="^d[0-9]").shape == (0, 9)
        assert charts.decile_table(few.iloc[:0]).empty
        assert "plotly" not in str(charts.deciles(few, "en", **WORDS))

    def test_four_agents_have_no_deciles(self):
        assert charts.decile_table(agents(NAMES[3:])).filter(regex="^d[0-9]").isna().all(axis=None)


def test_steps_must_add_up():
    with pytest.raises(KpiError, match="a part of the change is missing"):
        charts.waterfall(steps().iloc[[0, 1, 3]], "sales", "zh", **WORDS)


def test_a_change_says_its_direction_without_colour():
    assert list(charts.waterfall(steps(), "sales", "en", **WORDS).figure.data[0].text)[1:3] == ["▲ +¥300", "▼ −¥120"]


class TestHeat:
    def test_an_empty_hour_is_hatched_and_never_zero(self):
        html = charts.heat_table(cells(), "received_chats", "zh", **WORDS)._repr_html_()
        assert html.count("kpi-empty") == 1 and html.count("<td") == 21

    def test_an_hour_must_not_stand_twice(self):
        with pytest.raises(KpiError, match="one row per hour and weekday"):
            charts.heat_table(pd.concat([cells(), cells()]), "received_chats", "zh", **WORDS)

    def test_the_mean_of_a_weekday_counts_quiet_days(self):
        start, end = date(2026, 11, 2), date(2026, 11, 16)
        rows = frame([row("received_chats", 6.0, day=start, hour=9, period_start=start, period_end=end)])
        assert charts.week_cells(rows).to_dict("records") == [{"hour": 9, "weekday": 0, "value": 3.0}]

    def test_rates_are_not_averaged(self):
        with pytest.raises(KpiError, match="divided once"):
            charts.week_cells(agents().assign(day=date(2026, 11, 2), hour=9))


class TestSparkline:
    def test_gaps_break_the_line_and_a_flat_one_stands_in_the_middle(self):
        assert charts.sparkline([1, 2, None, 3, 4]).count("M") >= 3
        assert re.search(r'd="M4,(\d+)', charts.sparkline([5, 5, 5]))[1] == "18"

    def test_nothing_known_is_an_empty_drawing(self):
        assert 'd="M' not in charts.sparkline([None])
