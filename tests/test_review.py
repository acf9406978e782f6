"""Chats for review: transcripts agree with the engine, marks survive, samples are fair, sheets are harmless."""

import json

import openpyxl
import pandas as pd
import pytest

import kpi_helpers as kpi
from kpi_helpers.review import marks as marked
from kpi_helpers.review.page import masked, page
from kpi_helpers.review.sampling import KINDS
from kpi_helpers.review.transcript import transcript

WEEK = "latest-week"
DAYS = "day BETWEEN '2026-10-26' AND '2026-11-01' AND agent_id <> '(unassigned)'"


@pytest.fixture(scope="module")
def desk(sample_store):
    return kpi.open_desk(data_dir=sample_store)


@pytest.fixture(scope="module")
def chats(desk):
    drawn = pd.concat([kpi.review_sample(desk, WEEK, kind, 1, unmask=True) for kind in KINDS])
    return list(drawn[["buyer", "agent", "day"]].itertuples(index=False, name=None))


def test_transcripts_show_what_was_counted(desk, chats):
    """Lines, rounds and waits of a transcript are those of the stored unit tables."""
    for buyer, agent, day in chats[::3]:
        read = transcript(desk, buyer, agent, day)
        given = [buyer, agent, (day - pd.Timestamp(0).date()).days]
        sql = "SELECT wait_seconds FROM rounds WHERE buyer_id = ? AND agent_id = ? AND day = ? ORDER BY opened_at"
        rounds = [row[0] for row in desk.con.execute(sql, given).fetchall()]
        mine = read.lines[read.lines["mine"]]
        shown = mine["opens_round"].dropna()
        assert list(shown) == list(range(1, len(rounds) + 1))
        assert [int(w) for w in mine["wait_seconds"].dropna()] == [w for w in rounds if w is not None]
        unanswered = mine["unanswered"].map(lambda value: pd.notna(value) and bool(value)).sum()
        assert unanswered == rounds.count(None)
        lines = desk.con.execute(
            "SELECT buyer_messages, agent_messages FROM chats WHERE buyer_id = ? AND agent_id = ? AND day = ?", given
        ).fetchone()
        said = mine[~mine["machine"]]
        counted = (said["sender"] == "buyer").sum(), said["sender"].isin(["agent", "assist"]).sum()
        assert counted == lines


def test_an_order_stands_in_line_with_its_owner_and_the_reason(desk):
    buyer, agent, day = kpi.review_sample(desk, WEEK, "high_value", 1, unmask=True).loc[0, ["buyer", "agent", "day"]]
    read = transcript(desk, buyer, agent, day, "en")
    order = read.orders.iloc[-1]
    stored = desk.con.execute("SELECT owner, owner_step FROM orders WHERE order_id = ?", [order["order_id"]]).fetchone()
    assert (order["owner"], order["owner_step"]) == stored
    shown = page(read, "en")
    assert order["order_id"] in shown and "Credited to" in shown
    assert shown.index(f"Order {order['order_id']} placed") < shown.index(f"Order {order['order_id']} paid")


def test_the_mask_hides_nick_and_numbers():
    line = masked("我是小麦田 电话13812345678 改 13812345678", "小麦田")
    assert "小麦田" not in line and "13812345678" not in line and "138****" in line


def test_a_hostile_chat_is_text(tmp_path):
    from kpi_helpers import sources

    evil = "<img src=x onerror=alert(1)>"
    times = ["10:00:00", "10:00:40"]
    rows = [
        f'A,m{n},{evil},a1,{who},2026-03-03 {at},"{evil}\n=1+1"'
        for n, (who, at) in enumerate(zip(("buyer", "agent"), times, strict=True))
    ]
    head = "shop_id,message_id,buyer_id,agent_id,sender,sent_at,text\n"
    (tmp_path / "messages.csv").write_text(head + "\n".join(rows), "utf-8")
    sources.ingest([tmp_path / "messages.csv"], tmp_path)
    desk = kpi.open_desk(data_dir=tmp_path)
    day = desk.period("2026-03-03").start
    for mask in (True, False):
        shown = page(transcript(desk, evil, "a1", day), "zh", mask=mask, marked=evil)
        assert "<img" not in shown and "=1+1" in shown
    sheet = kpi.save_sheet(kpi.review_sample(desk, "2026-03-03", unmask=True), tmp_path / "r.xlsx")
    cells = [cell for row in openpyxl.load_workbook(sheet).active.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells) and any(cell.value == evil for cell in cells)


def test_a_chat_that_is_not_there_is_a_sentence(desk):
    agent = sorted(desk.people.ids())[0]
    with pytest.raises(kpi.KpiError, match="no chat of this buyer"):
        transcript(desk, "nobody at all", agent, desk.period(WEEK).start)


class TestMarks:
    def test_the_newest_mark_counts_and_survives(self, sample_store, desk, chats):
        chat = chats[0]
        marked.mark(desk, *chat, "good", "first")
        marked.mark(desk, *chat, "bad", "  second ")
        again = kpi.open_desk(data_dir=sample_store)
        found = kpi.marks(again, unmask=True)
        assert found[["buyer", "verdict", "note"]].values.tolist() == [[chat[0], "bad", "second"]]
        shop_clock = pd.Timestamp.now(desk.settings.zone).tz_localize(None)
        assert abs(shop_clock - found["marked_at"].iloc[0]) < pd.Timedelta(minutes=10)
        assert kpi.marks(again, "good").empty and chat[0] not in kpi.marks(again)["buyer"].tolist()
        marked.mark(again, *chat, "")
        assert kpi.marks(desk.shop, data_dir=sample_store).empty

    def test_what_cannot_be_kept_is_a_sentence(self, desk, chats):
        with pytest.raises(kpi.KpiError, match="did you mean good"):
            marked.mark(desk, *chats[0], "goood")
        with pytest.raises(kpi.KpiError, match="at most 2000"):
            marked.mark(desk, *chats[0], "good", "x" * 2001)

    def test_a_damaged_file_is_a_sentence_and_is_not_overwritten(self, desk, chats):
        marked.mark(desk, *chats[0], "good")
        path = marked._path(desk)
        path.write_text("[{", "utf-8")
        for attempt in (lambda: kpi.marks(desk), lambda: marked.mark(desk, *chats[0], "bad")):
            with pytest.raises(kpi.KpiError, match="cannot be read"):
                attempt()
        assert path.read_text("utf-8") == "[{"
        path.unlink()

    def test_a_mark_that_fails_leaves_the_others(self, desk, chats, monkeypatch):
        marked.mark(desk, *chats[0], "good")

        def broken(path, text):
            raise OSError("disk full")

        monkeypatch.setattr(marked, "replace", broken)
        with pytest.raises(OSError):
            marked.mark(desk, *chats[1], "bad")
        assert [entry["verdict"] for entry in json.loads(marked._path(desk).read_text("utf-8"))] == ["good"]
        marked._path(desk).unlink()


class TestSamples:
    def test_the_same_seed_draws_the_same_and_another_others(self, desk):
        one, again, other = (kpi.review_sample(desk, WEEK, "random", 3, seed) for seed in (7, 7, 8))
        assert one.equals(again) and not one.equals(other)

    def test_everybody_has_the_same_number(self, desk):
        drawn = kpi.review_sample(desk, WEEK, "random", 3)
        assert set(drawn.groupby("agent").size()) == {3}
        assert set(drawn["agent"]) == set(
            kpi.sql(
                f"SELECT DISTINCT agent_id FROM chats WHERE received AND {DAYS}",
                desk,
            )["agent_id"]
        )

    def test_the_slowest_are_the_slowest(self, desk):
        drawn = kpi.review_sample(desk, WEEK, "slowest", 1)
        rounds = kpi.sql(
            f"SELECT agent_id, MAX(wait_seconds) AS most FROM rounds WHERE {DAYS} GROUP BY 1",
            desk,
        )
        assert dict(zip(drawn["agent"], drawn["longest_wait_seconds"], strict=True)) == dict(rounds.values.tolist())

    def test_each_kind_is_what_it_says(self, desk):
        assert set(kpi.review_sample(desk, WEEK, "lost_after_price")["outcome"]) == {"lost"}
        assert (kpi.review_sample(desk, WEEK, "high_value")["spent"] > 0).all()
        assert (kpi.review_sample(desk, "2026-10", "long_without_order")["reception_seconds"] > 1800).all()
        lost = kpi.review_sample(desk, WEEK, "lost_after_price", unmask=True).iloc[0]
        asked = transcript(desk, lost["buyer"], lost["agent"], lost["day"]).lines
        texts = "".join(asked.loc[asked["sender"] == "buyer", "text"].dropna())
        assert any(part in texts for part in ("多少钱", "优惠", "包邮", "券", "贵", "便宜", "折", "价"))

    def test_a_chat_without_a_round_leaves_its_cell_empty(self, desk, tmp_path):
        sample = kpi.review_sample(desk, WEEK).assign(longest_wait_seconds=pd.NA)
        sheet = pd.read_excel(kpi.save_sheet(sample, tmp_path / "r.xlsx"), engine="openpyxl")
        assert len(sheet) == len(sample) and sheet["最长等待（秒）"].isna().all()

    def test_unknown_kinds_and_sizes_are_sentences(self, desk):
        with pytest.raises(kpi.KpiError, match="did you mean slowest"):
            kpi.review_sample(desk, WEEK, "slowes")
        with pytest.raises(kpi.KpiError, match="at least one chat"):
            kpi.review_sample(desk, WEEK, per_agent=0)
        with pytest.raises(kpi.KpiError, match=r"ends in \.xlsx"):
            kpi.save_sheet(kpi.review_sample(desk, WEEK), "sheet.xls")
