"""Tables, cards and the page around them: readable by everyone, escaped, and honest about what is missing."""

import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from chart_rows import HOSTILE, RATE, agents, counts, frame, rate, row, weeks

from kpi_helpers import charts
from kpi_helpers.charts.html import Html, tag
from kpi_helpers.charts.words import word
from kpi_helpers.errors import KpiError
from kpi_helpers.metrics.records import only, records


def test_rows_read_by_hand_have_their_cells_by_key_and_by_name():
    table = pd.DataFrame({"agent": ["a", "b"], "value": [1.0, 2.0]})
    assert [(one["agent"], one.value) for one in records(table)] == [("a", 1.0), ("b", 2.0)]
    assert records(table, "value") == [{"value": 1.0}, {"value": 2.0}] and not hasattr(records(table)[0], "nothing")
    assert only(table, [False, True])["agent"].tolist() == ["b"]
    assert list(only(table.head(0), [])) == ["agent", "value"], "no row is no reason to lose the columns"


class TestTables:
    def test_heads_scopes_caption_and_sides(self):
        table = charts.metric_table(pd.concat([agents(), counts()]), "zh", caption="客服一览")
        assert "<caption>客服一览</caption>" in table and table.count('scope="col"') == 3
        assert table.count('scope="row"') == 7 and table.count('<td class="kpi-number">') == 14
        assert 'role="group" tabindex="0" aria-label="客服一览"' in table

    def test_missing_has_its_mark_and_is_not_zero(self):
        table = charts.rows_table(frame([row(RATE, None, agent="a"), rate(3, 9, agent="b")]), "zh", caption="c")
        assert ">--<" in table and "nan" not in table

    def test_notes_say_provisional_and_basis(self):
        rows = frame([rate(3, 9, agent="b", provisional=True, basis="reweighted, summed_over_agents")])
        assert "provisional, sum of agents, from printed means" in charts.rows_table(rows, "en", caption="c")

    def test_long_tables_of_numbers_are_lean_and_still_have_heads(self):
        many = pd.DataFrame({"a": [f"n{at}" for at in range(300)], "b": range(300)})
        columns = {"a": charts.Column("A"), "b": charts.Column("B", "count")}
        table = charts.html_table(many, columns, lang="en", caption="c")
        assert len(table) < 300 * 50 and "<tr><th>n299</th><td>299</td></tr>" in table and "kpi-long" in table
        assert "kpi-long" not in charts.html_table(many.head(20), columns, lang="en", caption="c")

    def test_a_long_table_folds_and_loses_no_row(self):
        many = pd.DataFrame({"a": [f"n{at}" for at in range(330)], "b": range(330)})
        columns = {"a": charts.Column("A"), "b": charts.Column("B", "count")}
        seen, folded = charts.folded(many, columns, lang="zh", caption="c").split("<details")
        assert seen.count("<tr>") == 31 and folded.count("<tr>") == 301 and "其余 300 行" in folded
        assert "<details" not in charts.folded(many.head(60), columns, lang="zh", caption="c")

    def test_seven_columns_at_most(self):
        with pytest.raises(KpiError, match="7 columns at most"):
            charts.html_table(pd.DataFrame([range(8)]), lang="zh", caption="c")

    def test_a_column_that_is_not_there(self):
        with pytest.raises(KpiError, match="no column 'b'; it has: a"):
            charts.html_table(pd.DataFrame({"a": [1]}), {"b": charts.Column("B")}, lang="zh", caption="c")

    def test_hostile_text_is_only_text(self):
        table = charts.html_table(pd.DataFrame({"a": HOSTILE}), lang="zh", caption=HOSTILE[0])
        assert not re.search(r"<(?!/?(div|table|caption|thead|tbody|tr|th|td)[ >])", table)
        assert "onmouseover=&quot;" in table and "\u202e" not in table


class TestHtml:
    def test_attributes_are_escaped_even_from_html(self):
        assert tag("p", "a<b", title=Html("<i>x</i> & 'y'")) == '<p title="x &amp; &#x27;y&#x27;">a&lt;b</p>'

    def test_a_notebook_keeps_a_short_text_form(self):
        assert repr(charts.setup()) == f"<Html, {len(charts.setup()):,} characters>"


class TestCards:
    def test_value_interval_change_and_target(self):
        now, before = frame([rate(500, 1000)]), frame([rate(400, 1000, week=1)])
        html = charts.kpi_cards(now, "zh", against={"previous": before}, targets={RATE: 0.6})
        assert "50.0%" in html and "95% 区间 46.9% – 53.1%" in html
        assert "较前一周：▲ 高 10.0 个百分点，向好" in html and "目标 60.0%：未达" in html

    def test_noise_has_no_arrow(self):
        now, before = frame([rate(51, 100)]), frame([rate(49, 100, week=1)])
        assert not re.search("[▲▼]", charts.kpi_cards(now, "zh", against={"previous": before}))

    def test_missing_is_said_and_provisional_marked(self):
        html = charts.kpi_cards(frame([row("sales", None), rate(1, 2, provisional=True)]), "en")
        assert "not available for this shop" in html and html.count("kpi-mark") == 1

    def test_the_past_is_a_small_line_with_words(self):
        html = charts.kpi_cards(weeks(1), "en", history=weeks().iloc[1:])
        assert 'role="img" aria-label="Inquiry to final payment, last 13 periods"' in html

    def test_definitions_come_from_the_registry(self):
        html = charts.definition_cards([RATE, "received_buyers"], "zh")
        assert "询单最终付款人数 ÷ 询单人数" in html and "4 天后定数" in html and "直接计数或加总" in html


class TestPage:
    def test_one_small_library_that_can_stand_in_a_page(self):
        library = charts.plotly_js()
        assert len(library.encode()) < 1_200_000 and f"plotly.js {charts.PLOTLY_VERSION}" in library[:40]
        assert not re.search(r"</script|<!--|\beval\(|new Function", library)

    def test_it_is_of_the_same_line_as_plotly_py(self):
        from plotly.offline import get_plotlyjs_version

        assert get_plotlyjs_version().split(".")[0] == charts.PLOTLY_VERSION.split(".")[0]

    def test_setup_can_be_taken_out_again(self):
        page = f"<p>a</p>{charts.setup()}<p>b</p>"
        assert charts.without_setup(page) == "<p>a</p><p>b</p>"

    def test_nothing_is_loaded_from_elsewhere(self):
        assert not re.search(r"(src|href)\s*=|@import|url\(", charts.css() + charts.scripts()[1])


def test_every_word_stands_in_both_languages_with_the_same_places():
    for key, pair in word.records.items():
        assert set(pair) == {"zh", "en"}, key
        places = [sorted(re.findall(r"\{(\w+)\}", pair[lang])) for lang in ("zh", "en")]
        assert places[0] == places[1], key


def test_every_word_is_used():
    folder = Path(charts.__file__).parent
    code = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    parts = tomllib.loads((folder / "texts.toml").read_text(encoding="utf-8"))
    built = {"head", "note", "week", "definition", "card"}  # these keys are put together at run time
    either = {"shop", "together"}  # what agents are seen against
    keys = [(p, k) for p, words in parts.items() for k in words if p not in built and k not in either]
    unused = [f"{p}.{k}" for p, k in keys if f"{p}.{k}" not in code]
    assert not unused
