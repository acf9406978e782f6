"""Causes to plant: each changes one thing in a shop before the week (`PlantedShop`) or in the tables made of one."""

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
from planted import RECRUITS, PlantedShop, Tables, roster, second

from kpi_helpers.sample.world import DAY

ITEM = "纯棉四件套"
START, STOP = (pd.Timestamp(second(day), unit="s").tz_localize("Asia/Shanghai") for day in (0, 7))
READY = "亲，您好，客服马上为您查询，请稍等一下哦"


def more(**kinds: float) -> Callable[[PlantedShop], None]:
    """So many times the usual visits of some kinds."""
    return lambda shop: shop.plan.more.update(kinds)


def habit(trait: str, who: int, value: float, **others: float) -> Callable[[PlantedShop], None]:
    """An agent with other traits in the week."""
    given = {trait: value} | others
    return lambda shop: shop.habits.update({(name, who): number for name, number in given.items()})


def leaves(who: int, day: int) -> Callable[[PlantedShop], None]:
    """An agent without a shift from a day of the week on."""

    def here(one: int, begin: int, end: int) -> tuple[int, int] | None:
        return None if one in RECRUITS or (one == who and begin >= second(day)) else (begin, end)

    return lambda shop: roster(shop, here)


def recruits(shop: PlantedShop) -> None:
    """Two new agents from Monday on, who sell to less than half as many buyers."""
    roster(shop, lambda who, begin, end: None if who in RECRUITS and begin < second(0) else (begin, end))
    shop.habits |= {("order", who): 0.45 for who in RECRUITS}


def dark_evenings(shop: PlantedShop) -> None:
    """In the week everybody but the night shift goes home at 19:00."""

    def early(who: int, begin: int, end: int) -> tuple[int, int] | None:
        evening = begin - begin % DAY + 19 * 3600
        inside = second(0) <= begin < second(7) and begin < evening
        return None if who in RECRUITS else (begin, min(end, evening) if inside else end)

    roster(shop, early)


def frames(found: Tables, *names: str) -> list[pd.DataFrame]:
    return [found[name].to_pandas() for name in names]


def changed(found: Tables, **new: pd.DataFrame) -> Tables:
    """The tables with some of them given anew."""
    back = {
        name: pa.Table.from_pandas(frame, schema=found[name].schema, preserve_index=False)
        for name, frame in new.items()
    }
    return found | back


def sent_back(found: Tables, item: str = "", agent: str = "", count: int = 60) -> Tables:
    """So many more refunds completed in the week: of one product, or of orders whose buyers one agent served."""
    orders, lines, refunds, messages = frames(found, "orders", "order_lines", "refunds", "messages")
    free = orders[orders["paid_at"].between(START - pd.Timedelta(days=12), START)]
    free = free[~free["order_id"].isin(refunds["order_id"])]
    if agent:
        mine = messages[(messages["agent_id"] == agent) & messages["sent_at"].between(free["created_at"].min(), START)]
        free = free[free["buyer_id"].isin(mine["buyer_id"])]
    chosen = lines[lines["order_id"].isin(free["order_id"]) & (lines["item_title"].eq(item) | (item == ""))]
    chosen = chosen.drop_duplicates("order_id").head(count)
    new = refunds.head(1).loc[[refunds.index[0]] * len(chosen)].reset_index(drop=True)
    new = new.assign(refund_id=[f"9{n}" for n in range(len(new))], order_id=chosen["order_id"].to_numpy())
    new = new.assign(amount=chosen["paid_amount"].to_numpy(), row_order=new.index + 10**6)
    for column, hours in (("applied_at", 5), ("completed_at", 50)):
        new[column] = (START + pd.Timedelta(hours=hours)).tz_convert("UTC")
    return changed(found, refunds=pd.concat([refunds, new.astype(refunds.dtypes)]))


def sold_out(found: Tables) -> Tables:
    """A product that nobody can buy in the week; four of five who ask for it buy nothing."""
    orders, lines, refunds, messages = frames(found, "orders", "order_lines", "refunds", "messages")
    asked = messages[messages["text"].fillna("").str.contains(ITEM) & messages["sent_at"].between(START, STOP)]
    lost = orders["buyer_id"].isin(asked["buyer_id"]) & (np.random.default_rng(6).random(len(orders)) < 0.8)
    lost |= orders["order_id"].isin(lines.loc[lines["item_title"] == ITEM, "order_id"])
    gone = orders.loc[lost & orders["created_at"].between(START, STOP), "order_id"]
    kept = {"orders": orders, "order_lines": lines, "refunds": refunds}
    return changed(found, **{name: frame[~frame["order_id"].isin(gone)] for name, frame in kept.items()})


def dearer(found: Tables, times: str = "1.25") -> Tables:
    """Every price of the week a quarter higher."""
    orders, lines = frames(found, "orders", "order_lines")
    ids = orders.loc[orders["created_at"].between(START, STOP), "order_id"]
    for frame in (orders, lines):
        inside = frame["order_id"].isin(ids)
        raised = frame.loc[inside, "paid_amount"].map(lambda x: (x * Decimal(times)).quantize(Decimal("0.01")))
        frame.loc[inside, "paid_amount"] = raised
    return changed(found, orders=orders, order_lines=lines)


def covered(found: Tables, agent: str) -> Tables:
    """Every question of the week to an agent gets the same line after two seconds, under the agent's name."""
    (messages,) = frames(found, "messages")
    mine = messages[messages["sent_at"].between(START, STOP)].sort_values(["buyer_id", "sent_at", "message_id"])
    opens = (mine["sender"] == "buyer") & (mine.groupby("buyer_id")["sender"].shift() != "buyer")
    lines = mine[opens & (mine["agent_id"] == agent)]
    lines = lines.assign(sender="agent", kind="text", text=READY, message_id="a" + lines["message_id"])
    lines = lines.assign(sent_at=lines["sent_at"] + pd.Timedelta(seconds=2), row_order=lines["row_order"] + 10**7)
    return changed(found, messages=pd.concat([messages, lines]))
