"""Canonical rows as text -> the typed tables the engine reads; the long way round, row by row, for tests only."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa

from kpi_helpers.engine.schema import schema

ARROW = {
    "text": pa.string(), "time": pa.timestamp("us", "UTC"), "day": pa.date32(), "money": pa.decimal128(18, 4),
    "integer": pa.int64(), "number": pa.float64(), "flag": pa.bool_(),
}  # fmt: skip


def typed(tables: dict[str, list[dict]], timezone: str = "Asia/Shanghai") -> dict[str, pa.Table]:
    """One arrow table per canonical table: times to the second in UTC, the row read last wins by key."""
    zone = ZoneInfo(timezone)
    return {name: _table(name, rows, zone) for name, rows in tables.items() if rows}


def _table(name: str, rows: list[dict], zone: ZoneInfo) -> pa.Table:
    columns = {column: kind.rstrip("?") for column, kind in schema()[name]["columns"].items()}
    read = [
        {c: _value(row.get(c), kind, zone) for c, kind in columns.items()} | {"row_order": i}
        for i, row in enumerate(rows)
    ]
    kept = {_key(name, row): row for row in read}
    fields = [pa.field(c, ARROW[kind]) for c, kind in columns.items()] + [pa.field("row_order", pa.int64())]
    return pa.Table.from_pylist(list(kept.values()), schema=pa.schema(fields))


def _key(name: str, row: dict) -> tuple:
    if name == "messages" and not row["message_id"]:
        return ("row", row["row_order"])
    return tuple(row[column] for column in schema()[name]["key"])


def _value(text: str | None, kind: str, zone: ZoneInfo) -> object:
    if text is None or text == "":
        return None
    if kind == "time":
        moment = datetime.fromisoformat(text).replace(microsecond=0)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    return {"day": date.fromisoformat, "money": Decimal, "integer": int, "number": float, "flag": _flag}.get(kind, str)(
        text
    )


def _flag(text: str) -> bool:
    return text in ("1", "true", "True")
