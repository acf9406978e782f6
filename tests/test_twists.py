"""The same shop told differently, or with lines that must not matter (kpi-pitfalls, section J): the numbers stay."""

import csv
from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache

import pytest
import twists
from engines import asking, opened
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shops import played_days, random_shop
from twists import COUNTS, PEOPLE

from kpi_helpers import desk, metrics, sources
from kpi_helpers.metrics.compute import compute
from kpi_helpers.periods import between
from kpi_helpers.settings import Settings, defaults, merge
from kpi_helpers.store.store import Store

SEEDS = (0, 1, 2)
WAITS = ["first_response_seconds_median", "response_seconds_p90"]
RESPONSE = [name for name in COUNTS if metrics.fact(name).rows == "rounds"] + WAITS + ["slow_response_buyers"]


def numbers(tables, given_settings, days: tuple[date, date], names=COUNTS + WAITS, grains=("day", "agent,day")) -> dict:
    """(metric, grain, day, agent) -> (value, provisional), over whole days."""
    one = opened(tables, given_settings)
    found = {}
    for by in grains:
        for row in compute(names, one, between(*days), by).to_dict("records"):
            value = None if row["value"] != row["value"] else round(row["value"], 6)
            found[row["metric"], by, row.get("day", row.get("hour")), row.get("agent")] = value, row["provisional"]
    return found


@cache
def told(seed: int) -> tuple[dict, dict, tuple[date, date]]:
    """A random shop without doubles, its settings, and the days around it."""
    tables, given_settings = twists.plain(*random_shop(seed))
    start, end = played_days(tables)
    return tables, given_settings, (start - timedelta(3), end + timedelta(3))


@cache
def before(seed: int) -> dict:
    return numbers(*told(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_whole_days_later_nothing_but_the_day_changes(seed):
    """J9."""
    tables, given_settings, (start, end) = told(seed)
    days = timedelta(7 + 150 * seed)
    after = numbers(twists.moved(tables, days.days), given_settings, (start + days, end + days))
    assert {(m, by, day - days, agent): row for (m, by, day, agent), row in after.items()} == before(seed)


@pytest.mark.parametrize(("seed", "zone"), [(0, "America/Bogota"), (1, "Asia/Kathmandu"), (2, "Pacific/Kiritimati")])
def test_another_zone_of_input_and_setting(seed, zone):
    """J9."""
    tables, given_settings, days = told(seed)
    assert numbers(tables, given_settings | {"timezone": zone}, days) == before(seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_moments_written_with_offsets(seed):
    """J9."""
    tables, given_settings, days = told(seed)
    assert numbers(twists.with_offsets(tables), given_settings, days) == before(seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_agent_under_two_names(seed):
    """J14."""
    tables, given_settings, days = told(seed)
    assert numbers(twists.half_renamed(tables), given_settings, days) == before(seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_new_name_in_the_alias_table_changes_no_total(seed):
    """J14."""
    tables, given_settings, days = told(seed)
    after = numbers(twists.renamed(tables), given_settings, days, grains=("day",))
    assert after == {key: row for key, row in before(seed).items() if key[1] == "day"}


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_in_any_order(seed):
    """Of messages on clocks without seconds, where many lines stand in one second."""
    tables, given_settings, days = told(seed)
    coarse = twists.mapped(tables, time=lambda text: f"{text[:16]}:00")
    assert numbers(twists.shuffled(coarse, seed), given_settings, days) == numbers(coarse, given_settings, days)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("senders", "said"), [(("agent", "assist"), "agent_messages"), (("buyer",), "buyer_messages")])
def test_more_lines_in_the_same_turn_change_no_wait(seed, senders, said):
    """J8: twice the lines, the same rounds and waits."""
    tables, given_settings, days = told(seed)
    after = numbers(twists.echoed(tables, senders), given_settings, days, [*RESPONSE, said])
    old = {key: row for key, row in before(seed).items() if key[0] in RESPONSE}
    assert {key: row for key, row in after.items() if key[0] != said} == old
    counted = {key: row[0] for key, row in after.items() if key[0] == said and row[0]}
    assert counted == {key: 2 * row[0] for key, row in before(seed).items() if key[0] == said and row[0]}


@pytest.mark.parametrize("seed", SEEDS)
def test_agents_equal_the_shop_where_no_buyer_meets_two(seed):
    """J2."""
    tables, given_settings, days = told(seed)
    found = numbers(twists.one_agent_each(tables), given_settings, days, PEOPLE)
    by_agent = Counter()
    for (name, by, day, _), (count, _) in found.items():
        by_agent[name, day] += (count or 0) * (by == "agent,day")
    assert all(by_agent[name, day] == (count or 0) for (name, by, day, _), (count, _) in found.items() if by == "day")


@pytest.mark.parametrize("seed", SEEDS)
def test_one_more_unanswered_round_never_helps(seed):
    """J7."""
    tables, given_settings, days = told(seed)
    rates = ["within_30s_rate", "within_3min_rate", "first_response_within_15s_rate", "reply_rate"]
    old, new = (numbers(t, given_settings, days, rates, ("agent",)) for t in (tables, twists.unanswered(tables)))
    assert all(new[key][0] <= row[0] for key, row in old.items() if row[0] is not None)
    assert any(new[key][0] < row[0] for key, row in old.items() if row[0])


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_settled_never_changes(seed):
    """J10: an export in the middle, and one at the end."""
    tables, given_settings, (start, _) = told(seed)
    rule = {"attribution_rule": "order_first", "final_delay_days": 2, "inquiry_window_days": 2}
    last = start + timedelta(9)
    border = f"{last + timedelta(1)} {given_settings.get('business_day_cut', '00:00')}:00"
    calm = twists.calm(tables, border, given_settings.get("session_gap_minutes", 10))
    early, late = (numbers(t, given_settings | rule, (start, last)) for t in (twists.known_at(calm, border), calm))
    settled = {key for key, (value, provisional) in early.items() if value is not None and not provisional}
    assert {key: late[key] for key in settled} == {key: early[key] for key in settled}
    assert {key[0] for key in settled if early[key][0]} >= {"received_buyers", "sales"}
    assert any(early[key] != late[key] for key in early.keys() - settled)


def test_in_two_ingests_as_in_one(tmp_path):
    """Newest rows win, doubles are one message, whatever the file they came in."""
    tables, given_settings = random_shop(4)
    start, end = played_days(tables)
    middle = {name: len(rows) // 2 for name, rows in tables.items()}
    halves = [
        {n: rows[: middle[n]] for n, rows in tables.items()},
        {n: rows[middle[n] :] for n, rows in tables.items()},
    ]
    chosen = Settings(merge(defaults(), given_settings))
    found = []
    for name, parts in (("once", [tables]), ("twice", halves)):
        for number, part in enumerate(parts):
            _ingest(part, tmp_path / f"{name}{number}", tmp_path / name, chosen)
        one = desk.from_tables(Store(tmp_path / name).tables("s1"), "s1", chosen)
        found.append(compute(COUNTS, one, between(start, end), "agent,day").to_csv())
    memory = compute(COUNTS, opened(tables, given_settings), between(start, end), "agent,day").to_csv()
    assert found == [memory, memory]


def _ingest(tables: dict, folder, home, chosen: Settings) -> None:
    folder.mkdir()
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    report = sources.ingest([folder], home, timezone_for=lambda shop: chosen.timezone)
    assert report.refused == []


# --- conversations made by hypothesis -----------------------------------------------------------------------

PAUSES = st.lists(st.sampled_from((0, 1, 20, 400)), max_size=3)
ROUNDS = st.tuples(PAUSES, st.sampled_from((1, 15, 16, 30, 31, 180, 181, 600, 601, 2000)), PAUSES, st.integers(1, 900))
MORNING = datetime(2026, 11, 2, 8)
TALKS = st.lists(st.lists(ROUNDS, min_size=1, max_size=4), min_size=8, max_size=20)


def lines(rounds: list[tuple], twist: str) -> list[tuple[int, str]]:
    """(second, sender) of a conversation: each round some buyer lines, a wait after the last, some replies, a rest."""
    said, now = [], 0
    for more, wait, replies, rest in rounds:
        opened_at, asked = now, [now := now + pause for pause in (0, *more)]
        closed_at = now = now + wait
        answers = [now := now + pause for pause in (0, *replies)]
        now += rest
        if twist == "more buyer lines":
            asked += [opened_at, (opened_at + closed_at) // 2, closed_at]
        if twist == "more agent lines":
            answers += [closed_at, now - 1]
        said += [(at, "buyer") for at in asked] + [(at, "agent") for at in answers]
    return said + [(now, "buyer")] * (twist == "unanswered")


def waits(rounds: list[tuple]) -> list[int]:
    """What each round's first line waited."""
    return [sum(more) + wait for more, wait, _, _ in rounds]


def conversations(talks: list, twist: str) -> list[dict]:
    """Each conversation with a buyer and an agent of its own."""
    rows = []
    for number, rounds in enumerate(talks):
        for at, sender in lines(rounds, twist):
            row = {
                "shop_id": "s1",
                "message_id": f"{len(rows):05}{twist}",
                "buyer_id": f"{twist}{number}",
                "text": "在",
            }
            row |= {
                "agent_id": f"{number} {twist}".strip(),
                "sender": sender,
                "sent_at": str(MORNING + timedelta(0, at)),
            }
            rows.append(row)
    return rows


@settings(max_examples=3, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(talks=TALKS, mean=st.sampled_from(("exclude", "cap600")))
def test_rounds_and_waits(talks, mean):
    """J7, J8 on conversations whose waits are known."""
    kinds = ("", "more buyer lines", "more agent lines", "unanswered")
    tables = {"messages": [row for twist in kinds for row in conversations(talks, twist)]}
    rates = ["within_30s_rate", "within_3min_rate", "first_response_within_15s_rate"]
    ask = asking(opened(tables, {"unanswered_in_mean": mean}), [*RESPONSE, *rates, "mean_response_seconds"])
    day = MORNING.date()
    found = {
        name: ask(name, day, day + timedelta(1), ("agent",)) for name in (*RESPONSE, *rates, "mean_response_seconds")
    }
    for number, rounds in enumerate(talks):
        known, agent = waits(rounds), f"{number}"
        capped = [min(wait, 600) for wait in known] if mean == "cap600" else known
        assert found["rounds"][agent,][0] == len(known)
        assert found["response_wait_seconds"][agent,][0] == sum(capped)
        assert found["rounds_within_3min"][agent,][0] == sum(wait <= 180 for wait in known)
        for twist in kinds[1:3]:
            assert [found[name][f"{agent} {twist}",] for name in RESPONSE] == [found[name][agent,] for name in RESPONSE]
        assert all(found[name][f"{agent} unanswered",][2] <= found[name][agent,][2] for name in rates)
        assert found["rounds"][f"{agent} unanswered",][0] == len(known) + 1
        assert found["slow_response_buyers"][agent,][0] == (max(known) > 180)
        assert found["slow_response_buyers"][f"{agent} unanswered",][0] == 1
    if mean == "cap600":
        assert all(row[2] <= 600 for name in (*WAITS, "mean_response_seconds") for row in found[name].values())
