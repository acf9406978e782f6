"""What a file says about itself outside its cells: its shop (in agents' nicknames), its day, its attribution rule."""

import re
import unicodedata
from datetime import date

import pyarrow as pa

from kpi_helpers.errors import KpiError
from kpi_helpers.store.kinds import words
from kpi_helpers.store.plan import Plan

# the longest first: 下单优先判定 contains none of the others
RULES = {"下单优先判定": "order_first", "下单判定": "order", "付款判定": "payment"}
DAY = re.compile(
    r"(?<!\d)(20\d{2})(?:[-./_年]?)(0[1-9]|1[0-2]|[1-9](?=[-./_月]))(?:[-./_月]?)(0[1-9]|[12]\d|3[01]|[1-9])(?!\d)"
)
ASK = "the file does not name its shop: say which with --shop NAME"
NO_DAY = "the file has no column for the day (日期, Date), and neither its title nor its name gives one day"


def shop_of(rows: pa.Table, plan: Plan) -> str | None:
    """The shop of a file without a shop column: the part before ":" of 店铺:子账号 where all agents agree.

    None where a column names it or the table has no shop. Raises KpiError where only --shop can tell.
    """
    fields = {f.name: f for f in plan.fields}
    if "shop_id" not in fields or fields["shop_id"].sources:
        return None
    who = fields.get(plan.shop_in)
    if not who or not who.sources:
        raise KpiError(ASK)
    cells = {unicodedata.normalize("NFKC", n or "").strip() for n in rows[f"c{who.sources[0][0]}"].to_pylist()}
    names = {cell.removeprefix("cntaobao") for cell in cells if cell and cell.lower() not in words()["summary"]}
    if not plan.people:  # in chats the buyers stand in the same column
        names = {name for name in names if ":" in name}
    shops = {name.partition(":")[0].strip() if ":" in name else "" for name in names}
    if len(shops) != 1 or "" in shops:
        raise KpiError(ASK)
    return shops.pop()


def days_in(text: str) -> list[date]:
    """The days written in `text`, first to last."""
    found = []
    for year, month, day in DAY.findall(text):
        try:
            found.append(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    return sorted(set(found))


def other_days(file_name: str, tables: dict[str, pa.Table]) -> list[str]:
    """A word where the file name of a report by day speaks of other days than its rows: the rows count."""
    named = days_in(file_name)
    found = [v for t in tables.values() if "day" in t.column_names for v in t["day"].unique().to_pylist() if v]
    if not found or not named or (named[0] <= min(found) and max(found) <= named[-1]):
        return []
    return [f"the file's name says {named[0]} to {named[-1]}, its rows {min(found)} to {max(found)}: the rows count"]


def hints(places: dict, banner: list[list[str]], file_name: str, outside: bool) -> tuple[dict[str, str], list[str]]:
    """SQL of what stands above the table or in the file's name (day, attribution rule), and what to say about it.

    The day is looked for only where the layout has one and the file has no column for it. Raises KpiError where
    that day cannot be told, or where the rows cover several days each.
    """
    title = " ".join(cell for row in banner for cell in row)
    found = {name: rule for name, rule in RULES.items() if name in title + file_name}
    sql = {"attribution_rule": f"'{next(iter(found.values()))}'"} if found else {}
    if not outside or "day" in places:
        return sql, []
    days = days_in(title) or days_in(file_name)
    if len(days) > 1:
        raise KpiError(f"each row covers {days[0]} to {days[-1]}; export the report day by day")
    if not days:
        raise KpiError(NO_DAY)
    where = "the rows above the table" if days_in(title) else "the file's name"
    return {**sql, "day": f"DATE '{days[0]}'"}, [f"day {days[0]} taken from {where}"]
