"""Second orders (追加单): minutes after paying, a few buyers order one more small thing on the same day.

They are drawn from a stream of their own, have order numbers of their own and are remembered by nobody, so the
rest of the sample is the same with and without them.
"""

from __future__ import annotations

import numpy as np

from kpi_helpers.sample.world import DAY, NEVER, Columns, Plan, take, world

STREAM = 1  # beside the stream of the day
NUMBERS = 1_000_000_000  # added to the first order's number


def stream(plan: Plan, day: int) -> np.random.Generator:
    """The random numbers of a day's second orders."""
    return np.random.default_rng([plan.seed, day, STREAM])


def second_orders(rng: np.random.Generator, plan: Plan, bought: Columns) -> tuple[Columns, Columns]:
    """Second orders with the columns of the day's orders, and their lines: one accessory each, postage free.

    Only who pays at once orders again, within the hour of the first order, and for less than it."""
    shop, items, size = world()["second_orders"], world()["items"], len(bought["id"])
    accessories = [number for number, item in enumerate(items) if item["title"] in shop["items"]]
    item = np.array(accessories)[rng.integers(0, len(accessories), size)]
    cents = np.array([round(one["price"] * 100) for one in items])[item]
    created = bought["paid"] + rng.integers(120, 2400, size)
    paid = created + rng.integers(6, 90, size)
    again = (rng.random(size) < shop["share"]) & (bought["paid"] != NEVER) & ~bought["waits"]
    same_day = (bought["created"] - plan.opens) // DAY == (paid - plan.opens) // DAY
    again &= same_day & (paid - bought["created"] < 3600) & (cents < bought["cents"]) & (paid < plan.cut)
    one, zero = np.ones(size, np.int64), np.zeros(size, np.int64)
    orders = bought | {"id": NUMBERS + bought["id"], "created": created, "paid": paid, "closed": zero + NEVER}
    orders |= {"reminded": zero + NEVER, "cents": cents, "postage": zero, "item_count": one, "flag": zero - 1}
    lines = {"line": one, "item": item, "quantity": one, "cents": cents}
    return take(orders, again), {"order": np.arange(again.sum())} | take(lines, again)
