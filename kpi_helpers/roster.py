"""Who is in the data and not in the agents table: nicknames to be put right, and the table to do it in."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from kpi_helpers.desk import Desk
from kpi_helpers.engine.clock import to_date
from kpi_helpers.engine.schema import schema
from kpi_helpers.errors import KpiError
from kpi_helpers.store.spelling import folded
from kpi_helpers.wording.names import SPECIAL

COLUMNS = ["shop", "agent", "rows", "first", "last", "in", "nearest"]
TABLES = ("messages", "agent_daily", "ratings", "reminders")
ROSTER = ["agent_id", "name", "team", "role", "alias_of", "valid_from", "valid_to"]


def seen(desk: Desk) -> pd.DataFrame:
    """Every account met in a shop's tables: rows, first and last business day, and where (`in`)."""
    parts = [_seen(name) for name in TABLES if name in desk.coverage.spans]
    if not parts:
        return pd.DataFrame(columns=["agent", "rows", "first", "last", "in"])
    sums = "SUM(rows)::BIGINT AS rows, MIN(first) AS first, MAX(last) AS last"
    where = "STRING_AGG(source, ', ' ORDER BY source) AS \"in\""
    source = " UNION ALL ".join(parts)
    return desk.con.sql(f"SELECT agent, {sums}, {where} FROM ({source}) GROUP BY 1 ORDER BY 2 DESC, 1").df()


def _seen(name: str) -> str:
    column = schema()[name]["time"][0]
    is_day = schema()[name]["columns"][column].startswith("day")
    day = f"CAST({column} - DATE '1970-01-01' AS INT)" if is_day else f"day_of({column})"
    return (
        f"SELECT agent_id AS agent, COUNT(*) AS rows, MIN({day}) AS first, MAX({day}) AS last, '{name}' AS source "
        f"FROM raw_{name} WHERE agent_id <> '' GROUP BY 1"
    )


def strangers(desk: Desk) -> pd.DataFrame:
    """The accounts that match nobody in the agents table, the busiest first, with the nearest known name.

    One row an account: shop, agent, rows, first, last, in (tables), nearest.
    """
    known = set(desk.people.ids()) | {row["alias_of"] for row in desk.people.rows if row.get("alias_of")}
    found = seen(desk)
    found = found[~found["agent"].isin([*known, *SPECIAL])].reset_index(drop=True)
    days = {side: [to_date(day) for day in found[side]] for side in ("first", "last")}
    nearest = [_nearest(agent, desk.people.names()) for agent in found["agent"]]
    return found.assign(shop=desk.shop, nearest=nearest, **days)[COLUMNS]


def _nearest(agent: str, names: dict[str, str]) -> str | None:
    """The known account that is spelled most like it, or whose name is; the shop before ":" does not count."""
    alike = {folded(said).rpartition(":")[2]: account for account, name in names.items() for said in (account, name)}
    found = get_close_matches(folded(agent).rpartition(":")[2], alike, n=1, cutoff=0.6)
    return alike[found[0]] if found else None


def template(desks: Iterable[Desk], path: Path) -> int:
    """Write an agents table to fill: the rows there are, then everybody else met in the data. Returns how many are new.

    Raises KpiError where the file exists: it may have been filled already.
    """
    if path.exists():
        raise KpiError(f"{path} is there already; fill that one, or remove it first")
    desks = list(desks)
    rows = [{name: row.get(name) for name in ROSTER} for row in (desks[0].people.rows if desks else [])]
    new = sorted({agent for desk in desks for agent in strangers(desk)["agent"]})
    frame = pd.DataFrame([*rows, *({"agent_id": agent} for agent in new)], columns=ROSTER)
    frame.to_csv(path, index=False, encoding="utf-8-sig")
    return len(new)
