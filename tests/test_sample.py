"""The sample shop: the same for the same arguments, sound as data, and with its truths in it."""

from __future__ import annotations

import hashlib
import tomllib
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import kpi_helpers
from kpi_helpers.errors import KpiError
from kpi_helpers.sample import generate, tables
from kpi_helpers.sample.truth import facts, truths
from kpi_helpers.sample.world import Plan, world

PACKAGE = Path(kpi_helpers.__file__).parent
CANONICAL = tomllib.loads((PACKAGE / "store" / "tables.toml").read_text(encoding="utf-8"))
END = date(2026, 11, 5)
PLAN = Plan(days=60, agents=12, seed=1, end=END, buyers_per_day=300, shop="青禾家居旗舰店")
HUMAN = ["agent", "assist"]


def load(paths: list[Path]) -> dict[str, pd.DataFrame]:
    return {path.stem: pd.read_parquet(path) for path in paths}


def digests(paths: list[Path]) -> list[str]:
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("sample")
    generate(out, days=PLAN.days, buyers_per_day=PLAN.buyers_per_day)
    return out


@pytest.fixture(scope="module")
def shop(folder) -> dict[str, pd.DataFrame]:
    return load(sorted(folder.glob("*.parquet")))


@pytest.fixture(scope="module")
def talk(shop) -> pd.DataFrame:
    """Buyer and human lines under the person's name, with the zero-second lines marked."""
    people = shop["agents"].set_index("agent_id")
    person = people["alias_of"].fillna(people.index.to_series()).map(people["name"])
    lines = shop["messages"].query("sender in ['buyer', 'agent', 'assist'] and agent_id.notna()").copy()
    lines["name"], lines["day"] = lines["agent_id"].map(person), lines["sent_at"].dt.date
    buyer = lines[lines["sender"] == "buyer"]
    moments = pd.MultiIndex.from_frame(buyer[["buyer_id", "agent_id", "sent_at"]])
    same = pd.MultiIndex.from_frame(lines[["buyer_id", "agent_id", "sent_at"]]).isin(moments)
    lines["machine"] = same & lines["sender"].isin(HUMAN)
    return lines


def named(trait: str) -> str:
    return facts(PLAN)[trait]


def against_others(values: pd.Series, name: str) -> tuple[float, float]:
    """One person's value and the others' most extreme values' median, from values by name."""
    return values[name], values.drop(name).median()


# --- the same arguments, the same rows ---


def test_same_arguments_same_bytes_other_seed_other_rows(tmp_path):
    made = [generate(tmp_path / n, days=3, buyers_per_day=40, seed=s) for n, s in (("a", 5), ("b", 5), ("c", 6))]
    assert digests(made[0]) == digests(made[1])
    assert digests(made[0])[0] != digests(made[2])[0]
    assert (tmp_path / "a/TRUTH.md").read_text() == (tmp_path / "b/TRUTH.md").read_text()


def test_csv_and_parquet_hold_the_same_rows(tmp_path):
    one = generate(tmp_path, days=4, buyers_per_day=40)
    two = generate(tmp_path, days=4, buyers_per_day=40, format="csv")
    for parquet, csv in zip(one, two, strict=True):
        rows = duckdb.sql(f"from read_csv('{csv}', all_varchar = true, quote = '\"', escape = '\"')").df()
        assert list(rows.columns) == list(pd.read_parquet(parquet).columns)
        assert len(rows) == len(pd.read_parquet(parquet))
    text = pd.read_csv(tmp_path / "messages.csv", keep_default_na=False)["text"]
    assert list(text) == list(pd.read_parquet(tmp_path / "messages.parquet")["text"].fillna(""))


def test_writing_in_small_pieces_changes_no_row(tmp_path, monkeypatch):
    whole = load(generate(tmp_path / "whole", days=4, buyers_per_day=40))
    monkeypatch.setattr(tables, "ROWS_AT_ONCE", 300)
    for name, rows in load(generate(tmp_path / "pieces", days=4, buyers_per_day=40)).items():
        pd.testing.assert_frame_equal(rows, whole[name])


def test_without_text_the_column_is_absent(tmp_path):
    rows = load(generate(tmp_path, days=1, buyers_per_day=20, text=False))["messages"]
    assert "text" not in rows and len(rows) > 50


def test_second_orders_leave_the_rest_of_the_sample_as_it_is(tmp_path, monkeypatch):
    options = {"days": 20, "buyers_per_day": 60, "truth": False}
    both = load(generate(tmp_path / "both", **options))
    monkeypatch.setitem(world()["second_orders"], "share", 0.0)
    firsts = load(generate(tmp_path / "firsts", **options))
    for name, rows in firsts.items():
        kept = both[name]
        if name in ("orders", "order_lines", "refunds"):
            known = kept["order_id"].isin(firsts["orders"]["order_id"])
            assert name == "refunds" or not known.all()
            kept = kept[known].reset_index(drop=True)
        pd.testing.assert_frame_equal(kept, rows)


@pytest.mark.parametrize("days,agents,buyers", [(1, 2, 1), (2, 3, 30), (30, 5, 20), (9, 40, 200)])
@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_any_size_works(tmp_path, days, agents, buyers, file_format):
    options = {"days": days, "agents": agents, "buyers_per_day": buyers, "format": file_format}
    assert len(generate(tmp_path, **options)) == 9
    assert (tmp_path / "TRUTH.md").read_text(encoding="utf-8").count("\n## ") >= 4


@pytest.mark.parametrize(
    "wrong", [{"days": 0}, {"agents": 1}, {"seed": -1}, {"buyers_per_day": -3}, {"format": "xlsx"}]
)
def test_arguments_that_make_no_sense(tmp_path, wrong):
    with pytest.raises(KpiError, match=r"^A sample "):
        generate(tmp_path, **wrong)


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(KpiError, match="cannot be written to"):
        generate(tmp_path / "taken", days=1, buyers_per_day=1)


# --- sound as data ---


def test_columns_and_keys_are_the_canonical_ones(shop):
    assert set(shop) == set(CANONICAL) - {"agent_daily"}
    for name, rows in shop.items():
        columns = CANONICAL[name]["columns"]
        assert list(rows.columns) == list(columns)
        required = [column for column, kind in columns.items() if not kind.endswith("?")]
        assert not rows[required].isna().any().any()
        assert not rows.duplicated(CANONICAL[name]["key"]).any()


def test_values_stay_inside_the_vocabulary(shop):
    assert set(shop["messages"]["sender"]) == {"buyer", "agent", "assist", "bot", "system", "note"}
    assert set(shop["messages"]["kind"]) == {"text", "image", "card", "sticker"}
    assert set(shop["refunds"]["stage"]) == {"before_receipt", "after_receipt"}
    assert set(shop["refunds"]["kind"]) == {"refund_only", "return_refund"}
    assert set(shop["refunds"]["closed_by"].dropna()) == {"merchant", "platform", "buyer"}
    assert shop["ratings"]["score"].isin(range(1, 6)).all()
    assert set(shop["agents"]["team"]) == {"售前组", "售后组"}


def test_times_are_in_order_and_before_the_export(shop):
    start, cut = pd.Timestamp(PLAN.start), pd.Timestamp(END) + pd.Timedelta(days=1)
    for name, column in (("messages", "sent_at"), ("orders", "created_at"), ("ratings", "rated_at")):
        assert shop[name][column].min() >= start and shop[name][column].max() < cut
    orders = shop["orders"]
    assert shop["messages"]["sent_at"].is_monotonic_increasing
    assert (orders["paid_at"].dropna() > orders["created_at"][orders["paid_at"].notna()]).all()
    assert not (orders["paid_at"].notna() & orders["closed_at"].notna()).any()
    assert orders[["paid_at", "closed_at"]].max().max() < cut
    life = orders["closed_at"] - orders["created_at"]
    assert life.max() == pd.Timedelta(days=3)


def test_orders_add_up(shop):
    lines = shop["order_lines"].groupby("order_id").agg(amount=("paid_amount", "sum"), items=("quantity", "sum"))
    orders = shop["orders"].join(lines, on="order_id")
    assert (orders["paid_amount"] == orders["amount"] + orders["postage"]).all()
    assert (orders["item_count"] == orders["items"]).all()
    unpaid = orders[orders["paid_at"].isna()]
    assert 0 < (unpaid["paid_amount"] > 0).sum() < 0.1 * len(unpaid)


def test_refunds_belong_to_paid_orders(shop):
    back = shop["refunds"].merge(shop["orders"], on="order_id", validate="one_to_one")
    assert len(back) == len(shop["refunds"])
    assert (back["applied_at"] > back["paid_at"]).all() and (back["amount"] <= back["paid_amount"]).all()
    done = back.dropna(subset="completed_at")
    assert (done["completed_at"] >= done["applied_at"]).all()
    assert (back["completed_at"].isna() == back["closed_by"].isin([None, "buyer"])).all()
    assert (back["applied_at"].dt.date > back["paid_at"].dt.date).any()


def test_accounts_exist(shop):
    known = set(shop["agents"]["agent_id"])
    for name in ("messages", "ratings", "reminders", "shifts"):
        assert set(shop[name]["agent_id"].dropna()) <= known
    aliases = shop["agents"]["alias_of"].dropna()
    assert len(aliases) == 1 and set(aliases) <= known


def test_reminders_are_lines_of_chat_before_the_payment(shop):
    sent = shop["reminders"].merge(shop["orders"], on="order_id", validate="one_to_one")
    assert (sent["created_at"] < sent["sent_at"]).all()
    assert not ((sent["paid_at"] <= sent["sent_at"]) | (sent["closed_at"] <= sent["sent_at"])).any()
    said = shop["messages"].query("sender == 'agent'")[["buyer_id", "agent_id", "sent_at"]].drop_duplicates()
    assert len(sent.merge(said, on=["buyer_id", "agent_id", "sent_at"])) == len(sent)


def test_who_speaks(shop):
    lines = shop["messages"]
    nobody = lines.groupby("sender")["agent_id"].apply(lambda ids: ids.isna().mean())
    assert nobody["bot"] == 1 and nobody["agent"] == 0 and 0.1 < nobody["buyer"] < 0.3
    assert lines["text"].notna().eq(lines["kind"] == "text").all()
    assert lines["text"].str.contains("[\u4e00-\u9fff]").mean() > 0.9


def test_long_lives_of_buyers(shop):
    """Repeat buyers, buyers who never wrote and chats over midnight all exist."""
    orders, lines = shop["orders"], shop["messages"]
    assert orders["buyer_id"].duplicated().mean() > 0.1
    assert 0.05 < 1 - orders["buyer_id"].isin(set(lines["buyer_id"])).mean() < 0.5
    gaps = lines.groupby("buyer_id")["sent_at"].diff()
    new_day = lines["sent_at"].dt.normalize() > lines["sent_at"] - gaps
    assert (new_day & (gaps < pd.Timedelta(minutes=10))).sum() > 20


# --- the truths ---


def test_one_agent_is_slow(talk):
    lines = talk[~talk["machine"]].sort_values(["buyer_id", "name", "sent_at", "message_id"])
    before = lines.groupby(["buyer_id", "name", "day"])[["sender", "sent_at"]].shift()
    answers = lines[lines["sender"].isin(HUMAN) & (before["sender"] == "buyer")]
    waits = (answers["sent_at"] - before["sent_at"]).dt.total_seconds().groupby(answers["name"]).median()
    slow, usual = against_others(waits, named("slow"))
    assert slow == waits.max() and slow > 2 * usual


def test_one_agent_splits_sentences(talk):
    human = talk[talk["sender"].isin(HUMAN) & ~talk["machine"]].groupby("name")
    ratio = human.size() / talk[talk["sender"] == "buyer"].groupby("name").size()
    length = human["text"].apply(lambda said: said.str.len().mean())
    split, usual = against_others(ratio, named("splits"))
    assert split == ratio.max() and split > 1.8 * usual
    assert length.idxmin() == named("splits") and length.min() < 0.2 * length.median()


def test_one_agent_leans_on_automatic_lines(talk):
    share = talk[talk["sender"].isin(HUMAN)].groupby("name")["machine"].mean()
    assert share.idxmax() == named("auto") and share.max() > 0.2
    assert share.drop(named("auto")).max() < 0.05


def asked(shop: dict[str, pd.DataFrame], talk: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Days of buyers who paid nothing in the 15 days before: was an order of the next two days paid?"""
    first = talk[talk["sender"] == "buyer"].groupby([*by, "buyer_id", "day"], as_index=False)["sent_at"].min()
    both = first.merge(shop["orders"], on="buyer_id", how="left")
    day = pd.to_datetime(both["day"])
    since = both["sent_at"] - both["paid_at"]
    both["recent"] = since.between(pd.Timedelta(0), pd.Timedelta(days=15))
    both["before"] = since > pd.Timedelta(0)
    window = (both["created_at"] >= both["sent_at"]) & (both["created_at"] < day + pd.Timedelta(days=2))
    both["paid"] = window & (both["paid_at"] < day + pd.Timedelta(days=5))
    rows = both.groupby([*by, "buyer_id", "day"], as_index=False)[["recent", "before", "paid"]].any()
    return rows[rows["paid"] | ~rows["recent"]]


def test_one_agent_is_weak_at_closing(shop, talk):
    sellers = shop["agents"].query("role == 'pre_sales'")["name"]
    rows = asked(shop, talk[talk["name"].isin(sellers)], ["name"])
    rate = rows.groupby("name")["paid"].mean()
    weak, usual = against_others(rate, named("closing"))
    assert weak == rate.min() and weak < 0.75 * usual
    assert (rows["name"] == named("closing")).sum() > 500


def test_one_agent_sells_more_items(shop, talk):
    human = talk[talk["sender"].isin(HUMAN)].sort_values("sent_at")[["buyer_id", "sent_at", "name"]]
    paid = shop["orders"].dropna(subset="paid_at").sort_values("created_at")
    owned = pd.merge_asof(
        paid, human, by="buyer_id", left_on="created_at", right_on="sent_at", tolerance=pd.Timedelta(days=2)
    )
    items = owned.groupby("name")["item_count"].mean()
    cross, usual = against_others(items[owned["name"].value_counts() > 100], named("cross"))
    assert cross > 1.25 * usual


def test_in_one_week_only_the_mix_changes(shop, talk):
    rows = asked(shop, talk, [])
    monday = PLAN.mix_week[0]
    weeks = {"before": PLAN.week_before, "mix": PLAN.mix_week}
    rate = {week: rows[rows["day"].isin(days)]["paid"].mean() for week, days in weeks.items()}
    parts = {week: rows[rows["day"].isin(days)].groupby("before")["paid"] for week, days in weeks.items()}
    assert monday == date(2026, 10, 26)
    assert rate["mix"] < rate["before"] - 0.04
    for returning in (False, True):
        one, two = (parts[week].mean()[returning] for week in weeks)
        sizes = [parts[week].size()[returning] for week in weeks]
        assert abs(one - two) < 3 * (0.25 / sizes[0] + 0.25 / sizes[1]) ** 0.5
    assert parts["mix"].size()[False] > 1.8 * parts["before"].size()[False]


def test_one_afternoon_nobody_answers(shop, talk):
    lines = talk[~talk["machine"]].sort_values(["buyer_id", "name", "sent_at", "message_id"])
    before = lines.groupby(["buyer_id", "name", "day"])[["sender", "sent_at"]].shift()
    answers = lines["sender"].isin(HUMAN) & (before["sender"] == "buyer") & before["sent_at"].dt.hour.isin([14, 15])
    waits = (lines["sent_at"] - before["sent_at"])[answers].dt.total_seconds().groupby(lines["day"]).median()
    outage, usual = against_others(waits, PLAN.outage[0])
    assert outage == waits.max() and outage > 4 * usual


def test_one_product_comes_back(shop):
    lines = shop["order_lines"].merge(shop["orders"].dropna(subset="paid_at"), on="order_id")
    lines["back"] = lines["order_id"].isin(shop["refunds"]["order_id"])
    rate = lines[lines["created_at"].dt.date < date(2026, 10, 15)].groupby("item_title")["back"].mean()
    assert rate.idxmax() == "藤编收纳篮" and rate.max() > 2 * rate.drop("藤编收纳篮").median()


def test_some_buyers_order_twice_on_one_day(shop):
    paid = shop["orders"].dropna(subset="paid_at").sort_values(["created_at", "order_id"])
    days = paid.groupby(["buyer_id", paid["paid_at"].dt.date])
    assert set(days.size()) == {1, 2} and 0.04 < (days.size() == 2).mean() < 0.06
    second, first = paid[days.cumcount() == 1], paid.groupby("buyer_id").shift().loc[days.cumcount() == 1]
    assert (second["paid_at"] - first["created_at"] < pd.Timedelta(hours=1)).all()
    assert (second["created_at"] > first["paid_at"]).all() and (second["paid_amount"] < first["paid_amount"]).all()
    assert shop["order_lines"]["order_id"].isin(second["order_id"]).sum() == len(second)
    silent = ~second["buyer_id"].isin(set(shop["messages"]["buyer_id"]))
    assert silent.any() and not silent.all()
    per_buyer, per_order = days["paid_amount"].sum().mean(), paid["paid_amount"].mean()
    assert per_buyer > per_order + 1


def test_one_script_works_best(shop):
    sent = shop["reminders"].merge(shop["orders"], on="order_id")
    sent = sent[sent["created_at"].dt.date < date(2026, 11, 2)]
    rate = sent.groupby("script")["paid_at"].apply(lambda paid: paid.notna().mean())
    assert rate.idxmax() == "赠品专享" and rate.max() > rate.nlargest(2).iloc[1] + 0.1


def test_planted_days(shop, talk):
    closed, promoted = PLAN.closed[0], PLAN.promotion
    visitors = shop["traffic"].set_index("day")["visitors"]
    created = shop["orders"]["created_at"].dt.date.value_counts()
    assert closed not in created.index and created.nlargest(3).index.isin(promoted).all()
    assert visitors.idxmin() == closed and visitors.nlargest(3).index.isin(promoted).all()
    first_asks = talk[talk["sender"] == "buyer"].groupby(["buyer_id", "day"])["sent_at"].min()
    assert (first_asks.dt.hour[first_asks.dt.date == closed] < 1).all()
    assert not (shop["shifts"]["start_at"].dt.date == closed).any()


def test_who_joins_who_has_two_accounts_who_works_at_night(shop, talk):
    joins, night = named("joins"), named("night")
    agents = shop["agents"].set_index("name")
    assert talk[talk["name"] == joins]["day"].min() >= agents.loc[joins, "valid_from"] == PLAN.joined[0]
    alias = talk[talk["name"] == named("alias")]["agent_id"].value_counts(normalize=True)
    assert len(alias) == 2 and 0.15 < alias.min() < 0.35
    after_one = talk[talk["sent_at"].dt.hour.isin([1, 2, 3, 4, 5])]
    assert after_one["name"].value_counts(normalize=True)[night] > 0.75


def test_the_list_names_every_truth_of_the_sample(folder):
    said = (folder / "TRUTH.md").read_text(encoding="utf-8")
    assert all(truth["title"] in said for truth in truths(PLAN))
    assert "2026-10-28" in said and named("slow") in said and "{" not in said


def test_a_short_sample_lists_only_what_it_has():
    short = Plan(days=5, agents=2, seed=1, end=END, buyers_per_day=10, shop="x")
    assert len(truths(short)) < len(truths(PLAN)) and not short.mix_week


def test_the_list_in_the_repository_is_that_of_the_default_sample(tmp_path):
    generate(tmp_path)
    kept = PACKAGE.parent / "data" / "sample" / "TRUTH.md"
    assert kept.read_text(encoding="utf-8") == (tmp_path / "TRUTH.md").read_text(encoding="utf-8")
