"""Reads the small spec tables of tests/spec: the same cases for every implementation.

A case is plain text:

    case whole-session-over-midnight   a session is booked where it begins      (section 2)
    set session_gap_minutes = 10
    messages
      sent_at      sender  agent_id
      02 23:59:50  buyer   A
      03 00:00:10  agent   A
    expect 02..03  zero_second_is_machine = false; slow_count = 2
      received_buyers              1
      received_buyers  agent=A     1
      first_response_seconds       20/1   settled

- Cells are two or more spaces apart, `-` is an empty cell. "02 10:00" is 2026-11-02 10:00:00, "10-30 10:00"
  is 2026-10-30; anything longer is taken as it stands.
- Columns left out get a default (DEFAULT_CELLS); messages get ids m1, m2 … unless a column gives them.
- A row whose buyer_id is b1..b9 stands for nine rows; order ids then end in -1 … -9.
- `expect DAYS` (both included), then settings for this block only. Each line: metric, groups, value (`a/b`:
  both sides; `-`: nothing, that is not available or 0 ÷ 0) and, where it matters, `provisional` or `settled`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from kpi_helpers import settings

FOLDER = Path(__file__).parent / "spec"
DEFAULT_CELLS = {
    "messages": {"message_id": None, "buyer_id": "b1", "agent_id": None, "text": None, "kind": None},
    "orders": {
        "buyer_id": "b1",
        "paid_at": None,
        "paid_amount": "10",
        "item_count": "1",
        "closed_at": None,
    },
    "order_lines": {"item_id": "i1", "paid_amount": "0"},
    "refunds": {
        **dict.fromkeys(("completed_at", "quantity", "stage", "kind", "closed_by", "reason")),
        "platform_intervened": "0",
    },
    "ratings": {"buyer_id": "b1"},
    "agents": dict.fromkeys(("name", "team", "role", "alias_of", "valid_from", "valid_to")),
    "traffic": {"cart_buyers": None},
}
TIMES = ("sent_at", "created_at", "paid_at", "closed_at", "applied_at", "completed_at", "rated_at")
DAYS = ("day", "valid_from", "valid_to")


@dataclass(frozen=True)
class Expectation:
    """One expected row; both sides None: only the value is given."""

    metric: str
    start: date
    end: date  # exclusive
    by: tuple[str, ...]
    key: tuple
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    provisional: bool | None  # None: not looked at


@dataclass
class Case:
    name: str
    title: str
    tables: dict[str, list[dict]] = field(default_factory=dict)
    settings: dict = field(default_factory=dict)
    expectations: list[Expectation] = field(default_factory=list)


def load_cases(folder: Path = FOLDER) -> list[Case]:
    """Every case of every file, one per `expect` block, in order."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))]
    return [case for text in texts for part in re.split(r"^case ", text, flags=re.M)[1:] for case in parse(part)]


def problems(case: Case, compute: Callable) -> list[str]:
    """Each expectation that `compute(metric, start, end, by)` does not meet, as a line.

    `compute` returns {key: (numerator, denominator, value, provisional)}; a missing key has no units."""
    found = []
    for want in case.expectations:
        rows = compute(want.metric, want.start, want.end, want.by)
        empty = (None, None, Decimal(0) if want.value == 0 else None, want.provisional)
        got = rows.get(want.key, empty)
        if not meets(want, got):
            found.append(f"{case.name}: {want.metric} {want.key} expected {_short(want)}, got {got}")
    return found


def meets(want: Expectation, got: tuple) -> bool:
    numerator, denominator, value, provisional = got
    flag = want.provisional in (None, provisional)
    sides = want.denominator is None or (same(want.numerator, numerator) and same(want.denominator, denominator))
    return flag and sides and same(want.value, value)


def same(want: Decimal | None, got: object) -> bool:
    if want is None or got is None:
        return want is got
    return abs(float(want) - float(got)) <= 1e-9 * max(1.0, abs(float(want)))


def _short(want: Expectation) -> str:
    sides = "" if want.denominator is None else f" = {want.numerator}/{want.denominator}"
    return f"{want.value}{sides} provisional={want.provisional}"


# --- parsing ------------------------------------------------------------------------------------------------


def parse(text: str) -> list[Case]:
    """The cases of one `case` paragraph."""
    head, *blocks = _blocks(text)
    name, _, title = head[0].partition(" ")
    tables, settings, cases = {}, {}, []
    for block in blocks:
        word, _, rest = block[0].partition(" ")
        if word == "set":
            settings |= tomllib.loads(rest)
        elif word == "expect":
            cases.append(_case(name, title, tables, settings, rest, block[1:], len(cases)))
        else:
            tables[word] = _rows(word, block[1:])
    return cases


def _blocks(text: str) -> list[list[str]]:
    """Lines that start at the margin, each with its indented lines; blank lines and # comments go."""
    blocks: list[list[str]] = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0] == " ":
            blocks[-1].append(line.strip())
        else:
            blocks.append([line.strip()])
    return blocks


def _case(name, title, tables, settings, rest, lines, number) -> Case:
    days, _, own = rest.partition(" ")
    own_settings = tomllib.loads(own.replace(";", "\n"))
    first, _, last = days.partition("..")
    start, end = _day(first), _day(last or first) + timedelta(1)
    wanted = [_expectation(line, start, end) for line in lines]
    return Case(f"{name}/{number + 1}", title.strip(), tables, settings | own_settings, wanted)


def _rows(table: str, lines: list[str]) -> list[dict]:
    columns, *rows = (re.split(r"\s{2,}", line) for line in lines)
    found: list[dict] = []
    for number, cells in enumerate(rows, 1):
        if len(cells) != len(columns):
            raise ValueError(f"{table}: {len(cells)} cells for {len(columns)} columns in {cells}")
        row = {"shop_id": "s1"} | DEFAULT_CELLS[table]
        row |= {column: _cell(column, cell) for column, cell in zip(columns, cells, strict=True)}
        found += _copies(row, number, table == "messages" and "message_id" not in columns)
    return found


def _copies(row: dict, number: int, needs_id: bool) -> list[dict]:
    span = re.fullmatch(r"(\D*)(\d+)\.\.\D*(\d+)", row.get("buyer_id") or "")
    if not span:
        return [row | {"message_id": f"m{number}"}] if needs_id else [row]
    copies = []
    for one in range(int(span[2]), int(span[3]) + 1):
        copy = row | {"buyer_id": f"{span[1]}{one}"}
        copy |= {"order_id": f"{row['order_id']}-{one}"} if "order_id" in row else {}
        copies.append(copy | ({"message_id": f"m{number}-{one}"} if needs_id else {}))
    return copies


def _cell(column: str, cell: str) -> str | None:
    if cell == "-":
        return None
    if column in DAYS:
        return str(_day(cell))
    short = re.fullmatch(r"((?:\d\d-)?\d\d) (\d\d:\d\d)(:\d\d)?", cell)
    if column in TIMES and short:
        return f"{_day(short[1])} {short[2]}{short[3] or ':00'}"
    return cell


def _day(text: str) -> date:
    """ "02" and "10-30" are days of 2026, by themselves of November."""
    return date.fromisoformat({2: "2026-11-", 5: "2026-"}.get(len(text), "") + text)


def _expectation(line: str, start: date, end: date) -> Expectation:
    metric, *words = line.split()
    groups = dict(word.split("=", 1) for word in words if "=" in word)
    value, *flag = [word for word in words if "=" not in word]
    top, _, bottom = value.partition("/")
    sides = (None, None) if not bottom else (Decimal(top), Decimal(bottom))
    number = _quotient(*sides) if bottom else None if value == "-" else Decimal(value)
    late = {"provisional": True, "settled": False}.get(flag[0]) if flag else None
    key = tuple(_group(name, cell) for name, cell in groups.items())
    return Expectation(metric, start, end, tuple(groups), key, *sides, number, late)


def _quotient(top: Decimal, bottom: Decimal) -> Decimal | None:
    return top / bottom if bottom else None


def _group(name: str, cell: str) -> object:
    if cell == "-":
        return None
    return _day(cell) if name == "day" else int(cell) if name == "hour" else cell


# -- all cases as one shop ---

NAMES = ("message_id", "buyer_id", "agent_id", "alias_of", "order_id", "line_id", "refund_id")


def in_one_shop(cases: list[Case]) -> dict[str, list[dict]]:
    """The tables of all spec cases as one shop: every name gets its case's number in front.

    A query costs Spark a second however few rows it has, and a case is some 30 queries. Cases that share no buyer,
    agent or order cannot touch each other, so one run of the models answers all of them.
    """
    merged: dict[str, list[dict]] = {}
    for number, case in enumerate({case.name.partition("/")[0]: case for case in cases}.values()):
        for table, rows in case.tables.items():
            merged.setdefault(table, []).extend(_renamed(row, f"{number:03}:") for row in rows)
    return merged


def _renamed(row: dict, prefix: str) -> dict:
    return row | {name: prefix + row[name] for name in NAMES if row.get(name)}


def profiles(cases: list[Case]) -> list[dict]:
    """The defaults, then as few other settings as hold every value that any case asks for."""
    found: list[dict] = [{}]
    for wanted in (_flat(case.settings) for case in cases):
        fits = (p for p in found[1:] if all(p.get(key, value) == value for key, value in wanted.items()))
        if (profile := next(fits, None)) is None:
            found.append(wanted)
        else:
            profile |= wanted
    return [_nested(profile) for profile in found]


def _flat(given: dict) -> dict:
    """Settings other than the defaults, by path."""
    usual, filters = settings.defaults(), given.get("reception_filters", {})
    flat = {(key,): value for key, value in given.items() if value != usual[key] and key != "reception_filters"}
    return flat | {("reception_filters", key): value for key, value in filters.items()}


def _nested(flat: dict) -> dict:
    plain = {key[0]: value for key, value in flat.items() if len(key) == 1}
    filters = {key[1]: value for key, value in flat.items() if len(key) == 2}
    return plain | ({"reception_filters": filters} if filters else {})
