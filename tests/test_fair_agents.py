"""Agents beside each other: masked for strangers, drawn towards the shop, seen with the staff on shift."""

import re
from dataclasses import replace

import pytest

import kpi_helpers as kpi
from kpi_helpers import settings
from kpi_helpers.charts.html import words
from kpi_helpers.errors import KpiError
from kpi_helpers.study import Study

RATE = "inquiry_to_final_payment_rate"


@pytest.fixture(scope="module")
def desk(sample_store):
    return kpi.open_desk(data_dir=sample_store)


def everything(study: Study) -> str:
    shown = [study.agents(RATE), study.shrunk(RATE), study.standouts(RATE, "within_30s_rate"), study.bars("sales")]
    shown += [study.outcomes(), study.agents_table("received_chats", "reply_rate"), study.because(RATE)]
    shown += [study.proof("received_buyers"), study.headline(RATE, who=["within_30s_rate"])]
    shown += [study.provenance(study.desk.home)]
    return "".join(part._repr_html_() for part in shown if part is not None)


def test_outside_the_shop_no_agent_has_a_name_and_no_row_is_listed(desk):
    names = set(Study(desk, "latest-week").names.values())
    inside = everything(Study(desk, "latest-week"))
    assert len(names) >= 6 and all(name in inside for name in names) and "行明细" in inside
    study = Study(desk, "latest-week", audience="external")
    outside = everything(study)
    assert not [name for name in names if name in outside] and "行明细" not in outside
    assert len(set(study.names.values())) == len(study.names), "two agents stay two"
    assert "messages.parquet" in inside and "messages.parquet" not in outside and "文件 1" in outside
    told = [Study(desk, "2026-10-05..2026-11-05", audience=who).conflicts() for who in ("shop", "external")]
    assert (
        re.search(r"例如 \d{10}", told[0]) and re.search(r"例如 \*\*\*", told[1]) and not re.search(r"\d{10}", told[1])
    )
    with pytest.raises(KpiError, match="did you mean external"):
        Study(desk, "latest-week", audience="externel")


def test_rates_are_drawn_towards_all_the_more_the_fewer_the_cases(desk):
    study = Study(desk, "latest-week")
    rows = study.rows([RATE], by="agent").query("denominator >= 1").set_index("agent")
    whole = rows["numerator"].sum() / rows["denominator"].sum()
    cells = re.findall(r"<td[^>]*>([\d.]+)%</td><td[^>]*>([\d.]+)%</td>", study.shrunk(RATE))
    assert len(cells) >= 4
    for counted, expected in (map(float, pair) for pair in cells):
        assert abs(expected - 100 * whole) <= abs(counted - 100 * whole) + 0.2
    assert study.shrunk("mean_response_seconds") is None


def test_hours_show_who_is_on_shift(desk):
    heat = words(kpi.charts.Html(Study(desk, "latest-week").heat("received_buyers")._repr_html_()))
    assert "小字为当班人数" in heat and re.search(r"\d+ 人", heat)


def test_deciles_over_time(desk):
    chart = Study(desk, "latest-week").spread("within_30s_rate")
    assert chart.title == "客服之间差多少：30 秒应答率" and len(chart.figure.data) >= 5
    assert Study(desk, "2026-10-02").spread("within_30s_rate") is None, "no day before it has the data"


def test_no_page_shows_where_messages_are_sent(desk):
    given = settings.Settings(settings.merge(desk.settings.values, {"notify": {"owners": ["wecom://a-key"]}}))
    shown = Study(replace(desk, settings=given), "latest-week").provenance(desk.home)
    assert "attribution_rule" in shown and "wecom" not in shown and "notify" not in shown
