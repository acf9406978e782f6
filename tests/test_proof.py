"""A card that is not what its rows say stops the report."""

import pandas as pd
import pytest

import kpi_helpers as kpi
from kpi_helpers.errors import KpiError
from kpi_helpers.metrics.rows import recount, rows
from kpi_helpers.report.gate import check
from kpi_helpers.report.render import Page
from kpi_helpers.study import Study

NAMES = ["received_buyers", "inquiry_to_final_payment_rate", "agent_sales", "sales_per_buyer"]
NAMES += [
    "first_response_seconds",
    "within_3min_rate",
    "refund_rate_amount",
    "orders_refunded",
    "peak_concurrent_chats",
]


@pytest.fixture(scope="module")
def study(sample_store):
    return Study(kpi.open_desk(data_dir=sample_store), "latest-week", lang="en")


def page(body: str) -> Page:
    class Empty:
        cells = ()

    return Page("00_overview", "Overview", "", f"<p>{body}</p>", Empty())


def test_every_number_is_counted_again_and_shown_with_rows(study):
    found = study.proof(*NAMES)
    assert found.count("data-proof=") == len(NAMES) and "All 9 numbers" in found
    assert found.count("<table") == len(NAMES) and found.count("** ") > 20, "buyers are masked"


@pytest.mark.parametrize("name", NAMES)
def test_the_short_count_is_that_of_the_rows(study, name):
    listed = rows(name, study.desk, study.period)
    fact = kpi.metrics.fact(kpi.metrics.get(name).numerator)
    assert recount(name, study.desk, study.period) == pytest.approx(
        listed[fact.name].sum() if fact.measure.startswith("sum:") else len(listed)
    )


def test_a_tampered_number_stops_the_notebook(study, sample_store):
    other = Study(study.desk, "latest-week")
    other.row("received_buyers")["value"] += 1
    with pytest.raises(
        KpiError, match=r"received_buyers is \d+ on the page and \d+ by its rows.*nothing may be published"
    ):
        other.proof("received_buyers")


def test_the_page_is_compared_with_the_proof(study):
    cards, proof = study.cards(*NAMES[:3]), study.proof(*NAMES[:3])
    assert check(page(cards + proof)) == []
    value = f"{study.row('received_buyers')['value']:,.0f}"
    assert f'class="kpi-card-value">{value}<' in cards
    (said,) = check(page(cards.replace(f">{value}<", ">9,999<", 1) + proof))
    assert said == f"00_overview: the card of received_buyers shows 9,999, its rows say {value}"
    assert all("was not checked against its rows" in said for said in check(page(cards)))


def test_a_vendors_numbers_have_no_rows_and_say_so(tmp_path):
    days = pd.date_range("2026-10-01", "2026-11-02").strftime("%Y-%m-%d")
    lines = [f"A,{day},a,{50 + at},{1000 + at},{10},{9}" for at, day in enumerate(days)]
    head = "shop_id,day,agent_id,received_buyers,sales,orders_paid,paying_buyers\n"
    (tmp_path / "daily.csv").write_text(head + "\n".join(lines), "utf-8")
    kpi.sources.ingest([tmp_path / "daily.csv"], tmp_path)
    study = Study(kpi.open_desk(data_dir=tmp_path), "2026-W43", lang="en")
    assert "come from daily reports" in study.proof("received_buyers", "agent_sales")
    shown = study.cards("received_buyers", "agent_sales", "sales")
    assert 'data-metric="agent_sales"' in shown and 'data-metric="sales"' not in shown, "the same number once"
