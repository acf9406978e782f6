"""The explorer without a browser: what is asked, shown, stands behind it, and what it says when it cannot."""

import json
import re
import shlex
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from click.testing import CliRunner
from hostile import PAYLOADS
from papermill.cli import papermill

import kpi_helpers as kpi
from kpi_helpers import desk as desks
from kpi_helpers import metrics, sources
from kpi_helpers.charts.html import Html, words
from kpi_helpers.cli.reports import report
from kpi_helpers.engine.clock import day_number, to_date
from kpi_helpers.explorer import word
from kpi_helpers.explorer.answer import Desks
from kpi_helpers.explorer.behind import behind, chats_of
from kpi_helpers.explorer.board import Board
from kpi_helpers.explorer.controls import applied, choices, views
from kpi_helpers.explorer.pairs import cells, paired
from kpi_helpers.explorer.picture import picture, table
from kpi_helpers.explorer.question import SPLITS, Question
from kpi_helpers.explorer.sql import documented
from kpi_helpers.report.gate import unbalanced
from kpi_helpers.review import word as review_word
from kpi_helpers.settings import Settings
from kpi_helpers.store.store import Store

WEEK = "latest-week"
NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"


@pytest.fixture(scope="module")
def desk(sample_store):
    return kpi.open_desk(data_dir=sample_store)


@pytest.fixture(scope="module")
def asked(desk, sample_store):
    return Question(desk.shop, desk.period(WEEK), data_dir=str(sample_store), lang="en")


@pytest.fixture
def board(desk, asked):
    return Board(desk, asked)


def move(board, name: str, value: object) -> None:
    """Move a control and wait until the explorer has followed."""
    getattr(board.controls, name).value = value
    board.worker.wait()


def click(board, button) -> None:
    button.click()
    board.worker.wait()


def said(panel) -> str:
    return words(Html(panel.html))


def test_texts_stand_in_both_languages_with_the_same_places():
    for book in (word, review_word):
        for key, pair in book.records.items():
            assert pair["zh"] and pair["en"], key
            assert set(re.findall(r"{(\w+)}", pair["zh"])) == set(re.findall(r"{(\w+)}", pair["en"])), key


@pytest.mark.parametrize("by", SPLITS)
@pytest.mark.parametrize("picked", [{}, {"agent": 1}, {"team": 0}])
def test_the_line_of_python_gives_the_numbers_shown(desk, asked, by, picked):
    known = {"agent": sorted(desk.people.ids()), "team": ["售前组", "售后组"]}
    chosen = {name: known[name][at] for name, at in picked.items()}
    question = asked.but(by=by, attribution_rule="payment", **chosen)
    shown = Desks(question.data_dir).ask(question).rows
    again = eval(question.python(), {"kpi": kpi})
    pd.testing.assert_frame_equal(again.reset_index(drop=True), shown, check_dtype=False)


def test_parameters_are_what_notebooks_take(asked):
    given = asked.but(compare_to="year_before").parameters()
    assert set(given) <= {"period", "shop", "lang", "compare_to", "data_dir"}
    assert f"-r period {asked.period.label}" in asked.papermill()


def test_the_arguments_give_a_notebook_the_numbers_shown(desk, asked, tmp_path):
    year = asked.but(period=desk.period("2026"), compare_to="2026-W43")
    book = nbformat.read(NOTEBOOKS / "20_sales.ipynb", 4)
    parameters = book.cells[1]
    ask = "study = kpi.Study(kpi.open_desk(shop, data_dir), period, compare_to, lang)"
    told = "print([float(study.rows(['sales'], period=p)['value'].iloc[0]) for p in (study.period, study.before)])"
    book.cells = [parameters, nbformat.v4.new_code_cell(f"import kpi_helpers as kpi\n{ask}\n{told}")]
    nbformat.write(book, tmp_path / "in.ipynb")
    arguments = [str(tmp_path / "in.ipynb"), str(tmp_path / "out.ipynb"), "-k", "python3", "--no-progress-bar"]
    CliRunner().invoke(papermill, [*arguments, *shlex.split(year.papermill())], catch_exceptions=False)
    answer = Desks(year.data_dir).ask(year)
    (shown,) = nbformat.read(tmp_path / "out.ipynb", 4).cells[-1].outputs
    assert json.loads(shown.text) == [answer.total["value"], answer.total_before["value"]]


def test_the_command_publishes_what_is_asked(asked):
    command = shlex.split(asked.but(shop="我的 店", compare_to="year_before").report())
    with report.make_context("report", command[2:]) as taken:
        given = {name: taken.params[name] for name in ("period", "shop", "compare_to", "lang", "data_dir")}
    assert given == asked.but(shop="我的 店", compare_to="year_before").parameters()


@pytest.mark.parametrize("rule", ["order", "payment", "order_first"])
def test_another_rule_over_stored_orders_is_that_rule(desk, sample_store, rule):
    names = [
        "sales",
        "agent_sales",
        "assisted_orders",
        "sales_per_buyer",
        "refunded_amount",
        "net_sales",
        "lost_buyers",
    ]
    quick = kpi.open_desk(data_dir=sample_store, attribution_rule=rule)
    chosen = Settings(desk.settings.values | {"attribution_rule": rule})
    slow = desks.from_tables(Store(sample_store).tables(desk.shop), desk.shop, chosen)
    exact = ["numerator", "denominator", "value", "provisional", "basis"]
    frames = [
        kpi.compute(names, one, WEEK, by="agent,day")[["metric", "agent", "day", *exact]] for one in (quick, slow)
    ]
    pd.testing.assert_frame_equal(*frames)


CHANGES = [
    ("agent_sales", {"attribution_window_hours": 1}),
    ("received_chats", {"session_gap_minutes": 45}),
    ("slow_response_rate", {"slow_seconds": 40}),
    ("inquiring_buyers_paid", {"inquiry_window_days": 1}),
    ("sessions", {"session_gap_minutes": 4}),
]


@pytest.mark.parametrize("name, change", CHANGES, ids=lambda part: str(part))
def test_what_if_is_exact_and_its_rows_explain_the_difference(desk, sample_store, name, change):
    found = kpi.whatif(name, desk, WEEK, unmask=True, **change)
    whole = desks.from_tables(Store(sample_store).tables(desk.shop), desk.shop, Settings(desk.settings.values | change))
    assert found.then["value"].tolist() == kpi.compute(name, whole, WEEK)["value"].tolist()
    assert found.now["value"].tolist() == kpi.compute(name, desk, WEEK)["value"].tolist()
    sides, fact = Counter(found.moved["side"]), kpi.metrics.get(name).numerator
    gap = found.then["numerator"].iloc[0] - found.now["numerator"].iloc[0]
    if f"{fact}_then" in found.moved:
        after = found.moved[f"{fact}_then"].where(found.moved["side"] != "gone", 0).fillna(found.moved[fact])
        assert gap == pytest.approx((after - found.moved[fact].where(found.moved["side"] != "new", 0)).sum())
    else:
        assert gap == sides["new"] - sides["gone"]
    assert len(found.moved)


def test_what_if_says_what_it_does_not_know(desk):
    with pytest.raises(kpi.KpiError, match="did you mean session_gap_minutes"):
        kpi.whatif("sales", desk, WEEK, session_gap_minute=15)
    with pytest.raises(kpi.KpiError, match="did you mean payment"):
        kpi.whatif("sales", desk, WEEK, attribution_rule="paiment")
    with pytest.raises(kpi.KpiError, match="nothing is changed"):
        kpi.whatif("sales", desk, WEEK)


def test_products_add_up_to_the_lines_sold(desk):
    rows = kpi.products("items", desk, WEEK)
    assert rows["value"].sum() == kpi.compute("items", desk, WEEK)["value"].iloc[0]
    ratio = kpi.products("sales_per_item", desk, WEEK)
    assert (ratio["value"] * ratio["denominator"]).tolist() == pytest.approx(ratio["numerator"].tolist())
    with pytest.raises(kpi.KpiError, match="unknown metric by product"):
        kpi.products("reply_rate", desk, WEEK)


def test_weekday_and_hour_sum_first_and_divide_last(asked, desk):
    month = asked.but(period=desk.period("2026-10"), metric="within_3min_rate", by="weekday_hour")
    answer = Desks(asked.data_dir).ask(month)
    folded = cells(answer.rows)
    assert folded["numerator"].sum() == answer.total["numerator"]
    folded = folded.dropna(subset=["value"])
    assert (folded["numerator"] / folded["denominator"]).round(9).tolist() == folded["value"].round(9).tolist()


@pytest.mark.parametrize("by", [by for by in SPLITS if by != "shop"])
@pytest.mark.parametrize("metric", ["sales", "sales_per_buyer"])
def test_every_mark_and_row_leads_to_its_rows(asked, desk, by, metric):
    answer = Desks(asked.data_dir).ask(asked.but(by=by, metric=metric))
    html, known = table(answer) + picture(answer)._repr_html_(), 0
    for row in paired(answer).dropna(subset=["value", by.split("_")[0]]).head(3).itertuples():
        names = ["weekday", "hour"] if by == "weekday_hour" else [by]
        group = {name: getattr(row, name) for name in names}
        key = json.dumps(group, ensure_ascii=False, sort_keys=True, default=str)
        assert words(Html(key)) in words(Html(html)) or key in html.replace("&quot;", '"')
        found = behind(answer.question, desk, json.loads(key))
        counted = found["sales"].sum() if "sales" in found else found["order"].nunique()
        known += 1
        assert by == "product" or counted == pytest.approx(row.numerator)
    assert known and not unbalanced(html)


def test_rows_lead_to_chats(desk, asked):
    lost = behind(asked.but(metric="inquiry_loss_rate"), desk, {})
    buyer, agent, day = chats_of(desk, lost.iloc[0])[0]
    assert (buyer, day) == tuple(lost.iloc[0][["buyer", "day"]]) and agent in lost.iloc[0]["agent"]
    sold = behind(asked, desk, {})
    silent, owned = (sold[(sold["agent"] == "静默") == side] for side in (True, False))
    owned = owned[owned["agent"] != "(silent)"]
    assert chats_of(desk, sold[sold["agent"] == "(silent)"].iloc[0]) == [] or silent.empty
    assert chats_of(desk, owned.iloc[0])[0][:2] == tuple(owned.iloc[0][["buyer", "agent"]])


def test_a_shop_with_daily_reports_alone_shows_their_lines(tmp_path):
    lines = ["店,2026-11-02,a,30,5.5", "店,2026-11-02,b,20,0", "店,2026-11-03,a,10,7"]
    (tmp_path / "daily.csv").write_text("\n".join(["shop_id,day,agent_id,received_buyers,sales", *lines]), "utf-8")
    sources.ingest([tmp_path / "daily.csv"], tmp_path)
    one = kpi.open_desk(data_dir=tmp_path)
    assert Desks(tmp_path).agents("店") == ["(silent)", "a", "b"]
    asked = Question("店", one.period("2026-W45"), metric="received_buyers", data_dir=str(tmp_path))
    found = behind(asked, one, {"agent": "a"})
    assert found["received_buyers"].tolist() == [30, 10] and set(found["agent"]) == {"a"}
    assert len(behind(asked, one, {"day": "2026-11-02"})) == 2 and len(behind(asked, one, {})) == 3
    assert chats_of(one, found.iloc[0]) == []
    with pytest.raises(kpi.KpiError, match="no refunds"):
        behind(asked.but(metric="refund_rate_amount"), one, {})
    with pytest.raises(kpi.KpiError, match="unknown agent"):
        behind(asked, one, {"agent": "c"})


def test_a_process_may_end_while_the_explorer_works(sample_store):
    """A thread of DuckDB's that is taken away takes the whole process with it."""
    code = f"import kpi_helpers as kpi; kpi.explore(data_dir={str(sample_store)!r}, period='latest-month')"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_every_control_is_followed(board):
    controls = board.controls
    moves = [("by", by) for by in SPLITS] + [("by", "agent"), ("metric", "inquiry_to_final_payment_rate")]
    moves += [("attribution_rule", "payment"), ("view", "jd"), ("view", ""), ("compare_to", "year before")]
    moves += [("compare_to", "2026-W42"), ("period", "2026-10"), ("agent", controls.agent.options[2][1]), ("agent", "")]
    for name, value in moves:
        before = board.numbers.serial
        changed = getattr(controls, name).value != value
        move(board, name, value)
        assert (board.numbers.serial > before) == changed and said(board.said) == "", (name, value)
    click(board, controls.earlier)
    assert board.asked.period.label == "2026-09"
    click(board, controls.later)
    assert board.asked.period.label == "2026-10" and "2026-10" in said(board.copied)


def test_what_cannot_be_asked_is_said_in_place_and_nothing_else_changes(board):
    shown = board.numbers.html
    for name, value in [("period", "2026-13"), ("compare_to", "last")]:
        move(board, name, value)
        assert "is not a period" in said(board.said) and board.numbers.html == shown
    assert board.controls.period.value == board.asked.period.label


def test_no_widget_falls_silent(board, monkeypatch):
    monkeypatch.setattr(board.desks, "ask", lambda asked: 1 / 0)
    move(board, "by", "day")
    assert "ZeroDivisionError" in said(board.said) and "Traceback" in said(board.said)


def test_changes_made_while_it_works_are_all_followed(board, monkeypatch):
    """JupyterLab hands the messages of different controls to the kernel side by side."""
    began, go_on, ask, asked = threading.Event(), threading.Event(), board.desks.ask, []

    def slowly(question):
        asked.append(question)
        began.set()
        assert go_on.wait(60)
        return ask(question)

    monkeypatch.setattr(board.desks, "ask", slowly)
    moves = [("compare_to", "2026-W42"), ("period", "2026-10")]
    hands = [threading.Thread(target=setattr, args=(getattr(board.controls, name), "value", v)) for name, v in moves]
    board.controls.view.value = "taobao"
    assert began.wait(60)
    for hand in hands:
        hand.start()
        hand.join()
    board.controls.by.value = "day"
    board.controls.earlier.click()
    board.controls.earlier.click()
    go_on.set()
    board.worker.wait()
    chosen = (board.asked.metric, board.asked.compare_to, board.asked.by, board.asked.period.label)
    assert chosen == ("taobao_within_3min_rate", "2026-W42", "day", "2026-08")
    assert [getattr(board.controls, name).value for name in ("view", "metric", "by")] == ["taobao", chosen[0], "day"]
    assert len({question for question in asked}) == 2 and not board.numbers.busy


def test_from_a_bar_to_a_chat_and_its_mark(board, desk):
    agent = sorted(desk.people.ids())[0]
    board._pick(json.dumps({"agent": agent}))
    board.worker.wait()
    assert board.tabs.selected_index == 1
    board.reader._picked("0")
    board.worker.wait()
    assert "waited" in said(board.reader.chat) or "Buyer" in said(board.reader.chat)
    buyer = board.reader.open[0][0]
    assert buyer not in said(board.reader.chat)
    board.reader.mask.value = False
    board.worker.wait()
    assert buyer in said(board.reader.chat)
    board.reader.note.value = "<b>kind</b>"
    board.reader._mark("good")
    board.worker.wait()
    assert "Good example" in said(board.reader.chat) and "<b>kind</b>" not in board.reader.chat.html
    found = kpi.marks(desk, unmask=True)
    assert found.loc[0, ["buyer", "verdict", "note"]].tolist() == [buyer, "good", "<b>kind</b>"]
    board.tabs.selected_index = 4
    board.worker.wait()
    assert "1 chats marked" in said(board.tries["marks"].reader.list)
    board.reader._mark("")
    board.worker.wait()
    assert kpi.marks(desk).empty


def test_the_other_pages_answer(board):
    tries = board.tries
    tries["whatif"].setting.value = "slow_seconds"
    move(board, "metric", "slow_response_rate")
    tries["whatif"].value.value = "many"
    click(board, tries["whatif"].act)
    assert "should be a whole number" in said(tries["whatif"].numbers)
    tries["whatif"].value.value = "40"
    click(board, tries["whatif"].act)
    assert "slow_seconds = 40" in said(tries["whatif"].numbers) and "newly counted" in said(tries["whatif"].reader.list)
    click(board, tries["sample"].draw)
    assert "drawn (seed 1)" in said(tries["sample"].reader.list)


def test_a_split_by_product_asks_for_what_products_have(asked):
    known = Desks(asked.data_dir)
    rate = asked.but(metric="reply_rate")
    assert applied(rate, {"by": "product"}, known).metric == "sales"
    assert applied(asked.but(by="product"), {"metric": "reply_rate"}, known).by == "agent"
    assert {name for _, name in choices("", "product", "en")} >= {"sales", "items", "sales_per_item"}
    assert all(choices(view, "", "zh") for _, view in views("zh"))


def test_days_pair_with_the_same_day_of_their_period(asked, desk):
    answer = Desks(asked.data_dir).ask(asked.but(by="day"))
    before = answer.before.set_index("day")["value"]
    week = pd.Timedelta(days=7).to_pytimedelta()
    assert all(row.before == before[row.day - week] for row in paired(answer).itertuples())


def test_nothing_is_compared_with_a_period_the_data_begin_in(asked, desk):
    asked, first = asked.but(lang="zh"), desk.coverage.begins(metrics.get("sales"))
    begun = desk.period(f"{to_date(first):%Y-%m}")
    assert day_number(begun.start) < first
    answer = Desks(asked.data_dir).ask(asked.but(period=begun.following()))
    assert pd.isna(answer.total_before["value"]) and answer.before[["value", "numerator"]].isna().all(axis=None)
    assert "可比" in answer.headline() and str(to_date(first)) not in answer.headline()
    assert answer.needs_history and not list(answer.desks.earlier(answer.question))
    whole = Desks(asked.data_dir).ask(asked.but(period=begun))
    assert whole.total["value"] > 0 and str(to_date(first)) in whole.headline()
    days = Desks(asked.data_dir).ask(asked.but(period=begun.following(), by="day"))
    assert days.before["value"].notna().any()  # a day is whole


def test_an_agent_who_was_not_there_before_is_told_alone(asked, desk):
    agent = sorted(desk.people.ids())[0]
    first = asked.but(period=desk.period("2026-10"), compare_to="2026-W30", agent=agent, by="day")
    answer = Desks(asked.data_dir).ask(first)
    assert answer.headline() and picture(answer)


def test_small_samples_stand_last_and_hollow(asked, desk):
    one_day = asked.but(period=desk.period("2026-10-28"), metric="inquiry_to_final_payment_rate")
    answer = Desks(asked.data_dir).ask(one_day)
    shown = paired(answer)
    assert shown["few"].any() and shown["few"].is_monotonic_increasing
    assert "fewer than 30" in picture(answer)._repr_html_()


def test_what_is_not_there_is_said_in_the_readers_language(asked, desk):
    gone = asked.but(period=desk.period("2020-01"), metric="inquiry_to_final_payment_rate", lang="zh")
    answer = Desks(asked.data_dir).ask(gone)
    assert not re.search("[a-z]{3}", answer.headline()) and table(answer) is None and picture(answer) is None
    nobody = asked.but(
        agent=sorted(desk.people.ids())[0], metric="refund_rate_amount", period=desk.period("2026-10-02")
    )
    assert "not available" not in Desks(asked.data_dir).ask(nobody).headline()


def test_a_setting_that_is_not_changed_is_not_tried(board):
    tries = board.tries["whatif"]
    board.tabs.selected_index = 2
    board.worker.wait()
    assert tries.value.value not in ("", board.desk.settings.attribution_rule)
    tries.value.value = board.desk.settings.attribution_rule
    click(board, tries.act)
    assert "is the value already" in said(tries.numbers)


def test_explore_knows_its_questions(sample_store):
    with pytest.raises(kpi.KpiError, match="did you mean metric"):
        kpi.explore(data_dir=sample_store, metrik="sales")
    with pytest.raises(kpi.KpiError, match="unknown split"):
        kpi.explore(data_dir=sample_store, by="weekday")


def test_hostile_names_stay_text(tmp_path):
    rows = ["shop_id,order_id,buyer_id,created_at,paid_at,paid_amount,item_count"]
    lines = ["shop_id,order_id,line_id,item_id,item_title,quantity,paid_amount"]
    for at, text in enumerate(PAYLOADS[::7]):
        name = '"' + text.replace('"', '""').replace("\n", " ").replace("\r", " ") + '"'
        rows.append(f"A,{at},{name},2026-03-03 10:00:00,2026-03-03 10:01:00,10,1")
        lines.append(f"A,{at},1,{at},{name},1,10")
    (tmp_path / "orders.csv").write_text("\n".join(rows), "utf-8")
    (tmp_path / "order_lines.csv").write_text("\n".join(lines), "utf-8")
    sources.ingest([tmp_path], tmp_path)
    desk = kpi.open_desk(data_dir=tmp_path)
    asked = Question("A", desk.period("2026-W10"), by="product", data_dir=str(tmp_path))
    board = Board(desk, asked)
    board._pick("{}")
    board.reader.mask.value = False
    board.worker.wait()
    for html in (board.numbers.html, board.reader.list.html):
        plain = re.sub(r'<script type="application/json">.*?</script>', "", html)
        assert not re.search(
            r"<(?!/?(?:div|p|table|caption|thead|tbody|tr|th|td|figure|figcaption|details|summary)\b)", plain
        )


class TestSql:
    def test_every_documented_column_is_there(self, sample_store):
        for name, entry in documented().items():
            found = kpi.sql(f"SELECT * FROM {name} LIMIT 3", data_dir=sample_store)
            assert list(found) == list(entry["columns"])
            assert all(pair["zh"] and pair["en"] for pair in (entry, *entry["columns"].values()))

    def test_numbers_agree_with_compute(self, sample_store, desk):
        week = desk.period(WEEK)
        asked = f"SELECT SUM(paid_amount) AS n FROM sold WHERE day >= '{week.start}' AND day < '{week.end}'"
        assert kpi.sql(asked, desk)["n"].iloc[0] == kpi.compute("sales", desk, week)["value"].iloc[0]

    def test_buyers_are_masked_alike_everywhere(self, sample_store):
        joined = "SELECT c.buyer_id FROM chats AS c JOIN orders AS o ON c.buyer_id = o.buyer_id"
        masked, named = (kpi.sql(joined, data_dir=sample_store, unmask=unmask) for unmask in (False, True))
        assert len(masked) == len(named) > 0
        assert (
            masked["buyer_id"].str.match(r"^.?\*\* [0-9A-F]{8}$").all()
            and not named["buyer_id"].str.contains(r"\*\*").any()
        )

    def test_rows_may_come_from_the_question_itself(self, sample_store):
        found = kpi.sql(
            "WITH days AS (SELECT DISTINCT day FROM Chats) SELECT COUNT(*) AS n FROM days, range(2), "
            "(VALUES (1)) AS v(x) WHERE x = 1",
            data_dir=sample_store,
        )
        assert found["n"].iloc[0] > 60

    def test_own_frames_can_be_joined(self, sample_store):
        mine = pd.DataFrame({"agent_id": ["nobody"]})
        assert len(kpi.sql("SELECT * FROM mine JOIN agents USING (agent_id)", data_dir=sample_store, mine=mine)) == 0

    @pytest.mark.parametrize(
        "query, sentence",
        [
            ("SELECT * FROM read_csv('/etc/passwd')", "reads no files"),
            ("SELECT * FROM read_text('~/.ssh/id_rsa')", "reads no files"),
            ("SELECT * FROM 'x.parquet'", "reads no files"),
            ("SELECT (SELECT COUNT(*) FROM glob('*')) AS n FROM chats", "reads no files"),
            ("SELECT * FROM query('SELECT * FROM main.chats')", "reads no files"),
            ("SELECT buyer_id FROM main.chats", "write chats, not main.chats"),
            ("WITH x AS (SELECT * FROM memory.main.raw_messages) SELECT * FROM x", "not memory.main.raw_messages"),
            ("SELECT * FROM raw_messages", "unknown table"),
            ("SELECT * FROM information_schema.tables", "not information_schema.tables"),
            ("COPY chats TO 'x.csv'", "one SELECT"),
            ("DROP VIEW chats", "one SELECT"),
            ("SET enable_external_access = true", "one SELECT"),
            ("SELECT 1; SELECT 2", "one SELECT"),
            ("", "one SELECT"),
            ("SELECT * FROM ordrs", "did you mean orders"),
            ("SELECT paid_amout FROM sold", "did you mean paid_amount"),
            ("SELECT c.buyerid FROM chats AS c", "did you mean buyer_id"),
            ("SELECT nofunction(1)", "no function 'nofunction'"),
            ("SELEC 1", "correct the SQL"),
        ],
    )
    def test_what_cannot_be_answered_is_a_sentence(self, sample_store, query, sentence):
        with pytest.raises(kpi.KpiError, match=re.escape(sentence)):
            kpi.sql(query, data_dir=sample_store)

    def test_tables_are_listed(self):
        assert set(kpi.tables(lang="en")["name"]) == set(documented())
        assert "wait_seconds" in set(kpi.tables("rounds")["name"])
        with pytest.raises(kpi.KpiError, match="did you mean rounds"):
            kpi.tables("round")
