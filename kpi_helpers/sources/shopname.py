"""What a file says about itself outside its cells: its shop (in agents' nicknames), its attribution rule."""

import re
import unicodedata

import pyarrow as pa

from kpi_helpers.errors import KpiError
from kpi_helpers.store.kinds import words
from kpi_helpers.store.plan import Plan

RULES = {"下单优先": "order_first", "下单判定": "order", "付款判定": "payment"}
DAY = re.compile(r"(20\d{2})[-._年]?(\d{2})[-._月]?(\d{2})")
ASK = "the file does not name its shop: say which with --shop NAME"


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
    names = {unicodedata.normalize("NFKC", n or "").strip() for n in rows[f"c{who.sources[0][0]}"].to_pylist()}
    names = {name for name in names if name and name.lower() not in words()["summary"]}
    shops = {name.partition(":")[0].strip() if ":" in name else "" for name in names}
    if len(shops) != 1 or "" in shops:
        raise KpiError(ASK)
    return shops.pop()
