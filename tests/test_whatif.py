"""Another setting by arrays against the models over everything: every unit row of the days that are asked about."""

from dataclasses import replace

import kept
import pytest
from kept import SHOP
from shops import random_shop
from test_quick import with_ids

from kpi_helpers import desk
from kpi_helpers.engine.clock import to_date
from kpi_helpers.metrics.compute import compute
from kpi_helpers.periods import between
from kpi_helpers.settings import Settings

CHANGES = [
    {"session_gap_minutes": 25},
    {"attribution_window_hours": 5},
    {"slow_seconds": 20, "slow_count": 2},
    {"inquiry_window_days": 1},
    {"final_delay_days": 1, "after_sales_days": 2},
    {"payment_life_days": 1},
    {"unanswered_in_mean": "cap600"},
    {"attribution_rule": "order", "attribution_window_hours": 5},
    {"human_senders": ["agent"], "zero_second_is_machine": False},
    {"business_day_cut": "04:00"},
]
UNITS = ("chats", "sessions", "rounds", "placed", "sold", "assists")
BY_AGENT = ["sales", "inquiring_buyers_paid", "lost_buyers", "mean_response_seconds", "received_buyers"]


@pytest.mark.parametrize("seed", [41, 43])
def test_every_row_of_the_days_is_the_models(tmp_path, seed: int):
    tables, given = random_shop(seed)
    given |= {"reception_filters": {**given.get("reception_filters", {}), "advert": [], "own_accounts": False}}
    store = kept.stored(tmp_path, with_ids(tables), given)
    now = replace(desk.from_store(store, SHOP, kept.chosen(given)), home=tmp_path)
    low, high = now.coverage.spans["messages"]
    for change in CHANGES:
        other = Settings(now.settings.values | change)
        models = desk.from_tables(store.tables(SHOP), SHOP, other)
        for days in ((low, high + 1), ((low + high) // 2, (low + high) // 2 + 2)):
            arrays = desk.under(now, other, change, days)
            for name in UNITS:
                found, right = (rows(one, name, days) for one in (arrays, models))
                assert found == right, (change, name)
            period = between(to_date(days[0]), to_date(days[1] - 1))
            frames = [
                compute(BY_AGENT, one, period, "agent") for one in (arrays, replace(models, coverage=now.coverage))
            ]
            assert frames[0].equals(frames[1]), change


def rows(one: desk.Desk, name: str, days: tuple[int, int]) -> list[tuple]:
    return one.con.execute(f"SELECT * FROM {name} WHERE day >= ? AND day < ? ORDER BY ALL", [*days]).fetchall()


def test_what_only_the_models_know_is_left_to_them(tmp_path):
    store = kept.stored(tmp_path, with_ids(random_shop(41)[0]), {})
    now = replace(desk.from_store(store, SHOP, kept.chosen({})), home=tmp_path)
    change = {"reception_filters": {**now.settings.reception_filters, "own_accounts": True}}
    assert desk.under(now, Settings(now.settings.values | change), change, (0, 1)) is None
    assert desk.under(replace(now, home=None), now.settings, {"slow_seconds"}, (0, 1)) is None
