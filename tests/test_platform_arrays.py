"""Platforms' rounds by arrays over prepared lines against the same in SQL: every row of every platform."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from random import Random

import kept
import pytest
from kept import SHOP
from shops import random_shop
from spec_tables import in_one_shop, load_cases, profiles
from test_quick import with_ids, without_aliases
from typed import typed

from kpi_helpers import desk, platforms
from kpi_helpers.engine import quick
from kpi_helpers.engine.clock import to_date
from kpi_helpers.platforms import units
from kpi_helpers.platforms.rules import Platform, Rule
from kpi_helpers.store.store import Store

CASES = load_cases()
HUMAN = [("agent",), ("agent", "assist"), ("agent", "assist", "bot"), ("bot",)]


def opened(store: Store, given: dict) -> tuple[desk.Desk, desk.Desk]:
    """The stored shop, which arrays read, and the same in memory, which only the models know."""
    chosen = kept.chosen(given)
    return (
        replace(desk.from_store(store, SHOP, chosen), home=store.root.parent),
        desk.from_tables(store.tables(SHOP), SHOP, chosen),
    )


def rounds(one: desk.Desk, key: str, days: tuple[int, int]) -> list[tuple]:
    """A platform's rounds of some days."""
    units.prepare(one, f"platform_{key}", *days)
    where = "day >= ? AND day < ?"
    return one.con.execute(f"SELECT * FROM platform_{key} WHERE {where} ORDER BY ALL", [*days]).fetchall()


def whole(one: desk.Desk) -> tuple[int, int]:
    first, last = one.coverage.spans["messages"]
    return first - 1, last + 2


def test_spec_tables(tmp_path):
    for n, given in enumerate(profiles(CASES)):
        arrays, models = opened(kept.stored(tmp_path / str(n), with_ids(in_one_shop(CASES)), given), given)
        for key in platforms.NAMES if arrays.lines() else ():
            assert rounds(arrays, key, whole(arrays)) == rounds(models, key, whole(arrays)), (given, key)


@pytest.mark.parametrize("made", [with_ids, without_aliases])
@pytest.mark.parametrize(("seed", "size"), [(30, "small"), (32, "small"), (31, "large")])
def test_random_shops_and_rules(tmp_path, monkeypatch, seed: int, size: str, made: Callable):
    """By made-up rules that change in the middle, of any senders, hours and ways to count."""
    tables, given = random_shop(seed, size)
    given |= {"reception_filters": {**given.get("reception_filters", {}), "advert": [], "own_accounts": False}}
    if given.get("human_senders") and "buyer" in given["human_senders"]:
        del given["human_senders"]
    arrays, models = opened(kept.stored(tmp_path, made(tables), given), given)
    assert arrays.lines()
    for n in range(4):
        one = made_up(Random(f"{seed} {n}"), arrays, n)
        monkeypatch.setattr(units, "platform", {one.key: one}.get)
        found = rounds(arrays, f"made{n}", whole(arrays))
        assert found == rounds(models, f"made{n}", whole(arrays)) and found


def made_up(rng: Random, one: desk.Desk, n: int) -> Platform:
    first, last = one.coverage.spans["messages"]
    rules = [rule(rng, day) for day in (date(2000, 1, 1), to_date(rng.randint(first, last)))]
    return Platform(f"made{n}", {}, tuple(rules), {})


def rule(rng: Random, since: date) -> Rule:
    some = rng.choice
    capped = some((0, 600, 30))
    return Rule(
        since, some(((0, 24), (0, 24), (8, 23))), some(("round", "session")), some((0, 5, 180)), some(HUMAN),
        some(("machine", "reply", "left_out")), capped, some(("left_out", "cap")) if capped else "left_out",
        some(("miss", "left_out")), "A", "", {},
    )  # fmt: skip


def test_days_asked_one_after_the_other_are_the_days_asked_at_once(tmp_path):
    tables, given = random_shop(33)
    given = {"timezone": given.get("timezone", "Asia/Shanghai")}
    store = kept.stored(tmp_path, with_ids(tables), given)
    (once, _), (again, _) = opened(store, given), opened(store, given)
    first, end = whole(once)
    days = [(day, day + 1) for day in range(first, end)]
    apart = [row for day in days[::2] + days[1::2] for row in rounds(again, "taobao", day)]
    assert sorted(apart, key=repr) == sorted(rounds(once, "taobao", (first, end)), key=repr) and apart


def test_what_arrays_do_not_know_is_left_to_the_models(tmp_path):
    tables, _ = random_shop(33)
    for n, given in enumerate(({"reception_filters": {"advert": ["加微信"]}}, {"human_senders": ["buyer", "agent"]})):
        arrays, models = opened(kept.stored(tmp_path / str(n), tables, given), given)
        assert not quick.able(arrays.settings) and arrays.lines() is None
        assert rounds(arrays, "taobao", whole(arrays)) == rounds(models, "taobao", whole(arrays))


def test_a_store_that_changed_under_an_open_desk_is_left_to_the_models(tmp_path):
    tables, _ = random_shop(33)
    store = kept.stored(tmp_path, with_ids(tables) | {"messages": with_ids(tables)["messages"][5:]}, {})
    arrays, models = opened(store, {})
    assert arrays.lines()
    kept.put(store, typed({"messages": with_ids(tables)["messages"][:5]}, arrays.settings.timezone))
    assert arrays.lines() is None
    assert rounds(arrays, "taobao", whole(arrays)) == rounds(models, "taobao", whole(arrays))
