"""Why answers were slow: load or speed, and the hours in which buyers waited; nothing is claimed of chance."""

import re
from datetime import datetime, timedelta

import duckdb
import numpy as np
import pytest
from engines import opened

import kpi_helpers as kpi
from kpi_helpers import metrics, stats, wording
from kpi_helpers.desk import from_tables
from kpi_helpers.store.store import Store
from kpi_helpers.study import Study, load

WAITS = ("first_response_seconds", "mean_response_seconds", "within_3min_rate")
ALL = (*WAITS, "received_buyers", "inquiry_to_final_payment_rate", "sales_per_buyer", "agent_sales", "orders_paid")
FAIR = {"weeks": 8, "least": 30, "gap": float(np.log(2)), "z": 5.0}


def grids(seed: int, slow: tuple[int, slice] | None = None) -> list[np.ndarray]:
    """Nine weeks of half hours with about 40 questions each; log waits as in real chats."""
    rng = np.random.default_rng(seed)
    n = rng.poisson(40, (63, 48))
    mean = 2.8 + rng.normal(0, 0.15, n.shape)  # hours differ by more than chance
    if slow:
        mean[slow] += np.log(4)
    x = n * mean + rng.normal(0, 1, n.shape) * np.sqrt(n)
    return [n.astype(float), x, n * (1.0 + mean**2)]


def test_a_slow_window_is_found_to_the_half_hour():
    found = stats.high_windows(*grids(1, (58, slice(28, 33))), **FAIR)
    assert [one.day for one in found] == [58], "the edges may catch a neighbour that is slow by chance"
    assert 27 <= found[0].first <= 28 and 33 <= found[0].last <= 34
    assert found[0].before == tuple(range(51, 1, -7))


def test_ordinary_weeks_have_no_slow_window():
    assert [stats.high_windows(*grids(seed), **FAIR) for seed in range(30)] == [[]] * 30
    short = [grid[-14:] for grid in grids(2, (58, slice(28, 33)))]
    assert stats.high_windows(*short, **FAIR | {"weeks": 1}) == [], "one week before tells nothing"


def test_the_planted_afternoon_is_named_with_its_hours_and_is_not_the_load(sample_store):
    study = Study(kpi.open_desk(data_dir=sample_store), "2026-W44")
    found = study.headline(*WAITS)
    said = re.search(r"10 月 28 日（周三）14:(00|30)～16:(00|30) 回得慢.*?位买家。不是忙出来的[^。]*。", found)
    assert said, found
    n, slow = (int(part) for part in re.search(r"(\d+) 次提问中 (\d+) 次等了 3 分钟以上", said[0]).groups())
    asked = study.desk.con.execute(
        "SELECT COUNT(*), COUNT(*) FILTER (WHERE slow) FROM rounds WHERE day_of(opened_at) = 20754 "
        "AND opened_at - day_start(20754) BETWEEN 14 * 3600 AND 16.5 * 3600 - 1"
    ).fetchone()
    assert 30 <= n <= asked[0] and n / 10 < slow <= asked[1]
    assert study.slow_hours() is not None and "回得慢" not in study.headline("sales_per_buyer")
    assert "28 Oct (Wed) 14:" in Study(study.desk, "2026-W44", lang="en").headline(*WAITS)
    assert Study(study.desk, "2026-W43").slow_hours() is None, "an ordinary week"


def chats(bursts: dict[str, tuple[int, int]], seconds_a_chat: int, pace: float = 1.0) -> list[dict]:
    """A week for each day given: (bursts, chats begun in each); a wait grows with the chats of its burst."""
    rows = []
    for first, (many, size) in bursts.items():
        for at in range(many * size):
            burst, place = divmod(at, size)
            asked = datetime.fromisoformat(first) + timedelta(days=burst % 7, minutes=30 * (burst // 7), seconds=place)
            wait = pace * seconds_a_chat * (place + 1) * (1 + at % 3 / 10)
            talk = {"shop_id": "s1", "buyer_id": f"{first}-{at}", "agent_id": "a", "text": "x"}
            rows += [talk | {"sender": "buyer", "sent_at": f"{asked:%F %T}"}]
            rows += [talk | {"sender": "agent", "sent_at": f"{asked + timedelta(seconds=int(wait)):%F %T}"}]
    return rows


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (chats({"2026-10-05 08:00": (140, 1), "2026-10-12 08:00": (60, 3)}, 20), "主要是因为更忙，带来 +"),
        (chats({"2026-10-05 08:00": (140, 1)}, 20) + chats({"2026-10-12 08:00": (140, 1)}, 20, 3), "不是忙闲造成的"),
    ],
)
def test_load_and_speed_are_told_apart(rows, said):
    study = Study(opened({"messages": rows}, {}), "2026-W42")
    assert said in study.headline("mean_response_seconds"), study.headline("mean_response_seconds")
    split = stats.totals(load._split(study, "mean_response_seconds"))
    moved = study.row("mean_response_seconds")["value"] - study.row("mean_response_seconds", study.before)["value"]
    assert split["rate"] + split["mix"] == pytest.approx(moved)
    assert "新接聊天" in study.paced("mean_response_seconds") and "每人每小时" in study.loads()


def halved(home, desk) -> object:
    """A shop whose week 43 is one half of the sample's buyers in week 44, and whose week 44 is the other half."""
    files = Store(home).tables(desk.shop)
    week = "{0} >= TIMESTAMPTZ '2026-10-26 00:00+08' AND {0} < TIMESTAMPTZ '2026-11-02 00:00+08'"
    back = "CASE WHEN hash(buyer_id) % 2 = 0 THEN {0} - INTERVAL 7 DAY ELSE {0} END AS {0}"
    times = {"messages": ["sent_at"], "orders": ["created_at", "paid_at", "closed_at"]}
    asked = {
        name: f"SELECT * REPLACE ({', '.join(back.format(one) for one in columns)}) "
        f"FROM read_parquet({files[name]}) WHERE {week.format(columns[0])}"
        for name, columns in times.items()
    }
    late = {name: "TIMESTAMPTZ '2026-11-20 12:00+08'" for name in ("sent_at", "created_at")}
    more = {  # a line and an order much later, so that both weeks are settled
        name: f" UNION ALL SELECT * REPLACE ({late[columns[0]]} AS {columns[0]}, 'late' AS buyer_id) FROM "
        f"(SELECT * FROM read_parquet({files[name]}) LIMIT 1)"
        for name, columns in times.items()
    }
    tables = {name: duckdb.sql(sql + more[name]).to_arrow_table() for name, sql in asked.items()}
    tables["agents"] = duckdb.sql(f"SELECT * FROM read_parquet({files['agents']})").to_arrow_table()
    return from_tables(tables, desk.shop, desk.settings)


def test_a_page_of_two_halves_of_one_week_claims_nothing(sample_store):
    study = Study(halved(sample_store, kpi.open_desk(data_dir=sample_store)), "2026-W44", "2026-W43")
    assert study.row("received_buyers")["value"] > 300 and not study.row("sales_per_buyer")["provisional"]
    found = study.headline(*ALL)
    assert re.search(r"\d 项主要数字都没有超出正常波动", found) and "超出正常波动，" not in found
    assert [study.cause(name) for name in ALL] == [""] * len(ALL)
    assert study.paced("mean_response_seconds") is None and study.slow_hours() is None
    assert study.because("inquiry_to_final_payment_rate") is None and study.advice(*ALL) is None


def test_halves_of_spend_name_the_factor_that_moved():
    day = "2026-10-{:02d} {}:00:00"
    orders = [
        {"shop_id": "s1", "order_id": str(at), "buyer_id": f"b{at}", "item_count": "1" if at % 3 else "2"}
        | {"created_at": day.format(5 + at // 40, 10), "paid_at": day.format(5 + at // 40, 11)}
        | {"paid_amount": str((100 if at < 280 else 160) * (1 if at % 3 else 2) + at % 7)}
        for at in range(560)
    ]
    study = Study(opened({"orders": orders}, {}), "2026-W42")
    assert "主要是件均价：带来 +¥" in study.cause("sales_per_buyer")
    assert "客件数没有超出正常波动" in study.headline("sales_per_buyer")
    english = Study(study.desk, "2026-W42", lang="en")
    assert "Sales per item did it: +¥" in english.cause("sales_per_buyer")


def test_two_factors_that_both_moved_are_both_told():
    found = {name: wording.Change("rose") for name in ("a", "b")}
    effects, named = {"a": 2.0, "b": -1.0}, {"a": "A", "b": "B"}
    assert wording.halves(found, effects, named, "money", "en") == "A made +¥2.00, B made -¥1.00."
    calm = {name: wording.Change("cannot_tell") for name in ("a", "b")}
    assert "cannot be told" in wording.halves(calm, effects, named, "money", "en")
    assert metrics.get("sales_per_buyer").unit == "money"
