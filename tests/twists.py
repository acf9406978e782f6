"""Changes to a shop's rows that must change its numbers in one known way, or not at all."""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from kpi_helpers import metrics
from kpi_helpers.engine.schema import schema

COUNTS = [name for name, fact in metrics.facts().items() if fact.rows]
PEOPLE = [
    "consulted_buyers", "received_buyers", "filtered_buyers", "answered_buyers", "unanswered_buyers",
    "inquiring_buyers", "after_sales_buyers", "slow_response_buyers", "long_reception_buyers", "lost_buyers",
]  # fmt: skip
Tables = dict[str, list[dict]]
CHINA = ZoneInfo("Asia/Shanghai")
NAMES = ("message_id", "buyer_id")
OFF = {"transfer_only": 0, "single_buyer_line": False}  # filters that count lines


def mapped(tables: Tables, time: Callable = str, day: Callable = str) -> Tables:
    """The tables with every time and every day put through a function from text to text."""
    change = {"time": time, "day": day}
    kinds = {name: {c: kind.rstrip("?") for c, kind in table["columns"].items()} for name, table in schema().items()}

    def cells(name: str, row: dict) -> dict:
        return {c: change.get(kinds[name].get(c), str)(cell) if cell else cell for c, cell in row.items()}

    return {name: [cells(name, row) for row in rows] for name, rows in tables.items()}


def plain(tables: Tables, settings: dict) -> tuple[Tables, dict]:
    """The shop without doubles, every message with an id, every time on a clock of Shanghai."""
    tables = mapped(tables, time=_clock)
    tables |= {"messages": _named(tables["messages"]), "orders": _newest(tables["orders"])}
    filters = settings.get("reception_filters", {}) | OFF
    return tables, settings | {"timezone": "Asia/Shanghai", "reception_filters": filters}


def _clock(text: str) -> str:
    moment = datetime.fromisoformat(text)
    moment = moment.astimezone(CHINA) if moment.tzinfo else moment
    return str(moment.replace(tzinfo=None, microsecond=0))


def _newest(orders: list[dict]) -> list[dict]:
    return list({row["order_id"]: row for row in orders}.values())


def _named(messages: list[dict]) -> list[dict]:
    once = {(row["message_id"] or tuple(row.values())): row for row in messages}
    return [row | {"message_id": row["message_id"] or f"{number:05}"} for number, row in enumerate(once.values())]


def moved(tables: Tables, days: int) -> Tables:
    """Everything a number of days later."""

    def later(kind: type) -> Callable:
        return lambda text: str(kind.fromisoformat(text) + timedelta(days))

    return mapped(tables, later(datetime), later(date))


def with_offsets(tables: Tables) -> Tables:
    """The same moments, each written in some other zone."""
    zones = [ZoneInfo(name) for name in ("UTC", "Asia/Kathmandu", "America/New_York")]
    choose = random.Random(9).choice

    def written(text: str) -> str:
        return datetime.fromisoformat(text).replace(tzinfo=CHINA).astimezone(choose(zones)).isoformat()

    return mapped(tables, time=written)


def shuffled(tables: Tables, seed: int) -> Tables:
    """The rows of messages and orders in another order."""
    mixed = {name: list(tables[name]) for name in ("messages", "orders")}
    for rows in mixed.values():
        random.Random(seed).shuffle(rows)
    return tables | mixed


def echoed(tables: Tables, senders: tuple[str, ...]) -> Tables:
    """Every line of these senders twice in its second: the second one says something else."""
    rows = [line for row in tables["messages"] for line in (row, _echo(row))[: 1 + (row["sender"] in senders)]]
    return tables | {"messages": rows}


def _echo(row: dict) -> dict:
    return row | {"message_id": row["message_id"] + "+", "text": row["text"] and row["text"] + "!"}


def half_renamed(tables: Tables) -> Tables:
    """One agent worked under two names; the agents table says so."""
    agent = a_name(tables)

    def other(row: dict) -> dict:
        return row | {"agent_id": f"{agent}/2"} if _even(row) and row["agent_id"] == agent else row

    return _with_alias(tables, f"{agent}/2", agent) | {"messages": [other(row) for row in tables["messages"]]}


def renamed(tables: Tables) -> Tables:
    """One agent is somebody else now, after the agents table alone."""
    return _with_alias(tables, a_name(tables), "zz")


def a_name(tables: Tables) -> str:
    """The busiest agent who is nobody's former name."""
    former = {row["agent_id"] for row in tables.get("agents", []) if row["alias_of"]}
    names = [row["agent_id"] for row in tables["messages"] if row["agent_id"] and row["agent_id"] not in former]
    return max(sorted(set(names)), key=names.count)


def _even(row: dict) -> bool:
    return int(row["message_id"][-1]) % 2 == 0


def _with_alias(tables: Tables, name: str, agent: str) -> Tables:
    row = {"agent_id": name, "alias_of": agent}
    return tables | {"agents": [*tables.get("agents", []), row]}


def one_agent_each(tables: Tables) -> Tables:
    """Every buyer only ever meets one agent."""

    def met(row: dict) -> dict:
        somebody = row["sender"] in ("buyer", "agent", "assist") or row["agent_id"]
        return row | {"agent_id": f"agent {ord(row['buyer_id'][-1]) % 3}"} if somebody else row

    return tables | {"messages": [met(row) for row in tables["messages"]]}


def unanswered(tables: Tables) -> Tables:
    """Every agent leaves one more buyer waiting."""
    rows = tables["messages"]
    asked = {row["agent_id"]: row for row in rows if row["agent_id"]}
    line = {"sender": "buyer", "text": "在吗"}
    return tables | {"messages": rows + [row | line | dict.fromkeys(NAMES, f"new {a}") for a, row in asked.items()]}


def calm(tables: Tables, border: str, gap: int) -> Tables:
    """Nobody talks in the minutes before a moment, nothing is paid before it is ordered, nothing is refunded."""
    quiet = str(datetime.fromisoformat(border) - timedelta(minutes=gap))
    messages = [row for row in tables["messages"] if not quiet <= row["sent_at"] < border]
    orders = [row for row in tables["orders"] if not row["paid_at"] or row["paid_at"] >= row["created_at"]]
    rest = {name: rows for name, rows in tables.items() if name != "refunds"}
    return rest | {"messages": messages, "orders": orders}


def known_at(tables: Tables, border: str) -> Tables:
    """What an export at this moment would have held."""
    return {name: [_known(row, border) for row in rows if _begun(row, border)] for name, rows in tables.items()}


def _begun(row: dict, border: str) -> bool:
    return (
        all(row.get(name, "") < border for name in ("sent_at", "created_at", "rated_at"))
        and row.get("day", "") < border[:10]
    )


def _known(row: dict, border: str) -> dict:
    return row | {name: None for name in ("paid_at", "closed_at") if (row.get(name) or "") >= border}
