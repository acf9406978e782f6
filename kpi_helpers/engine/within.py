"""Messages of some days, read from the months they lie in: the view over all of them computes every row's second."""

import duckdb

from kpi_helpers.engine import duck, quick
from kpi_helpers.engine.clock import DAY
from kpi_helpers.engine.lines import home, month_of
from kpi_helpers.engine.nearby import where
from kpi_helpers.engine.stages import Shop, start
from kpi_helpers.engine.units import Units
from kpi_helpers.settings import Settings
from kpi_helpers.store.store import Store

ROOM = 3  # days for sessions that run over midnight, one after the other


def messages(con: duckdb.DuckDBPyConnection, first: int, end: int, stored: list[str] | None) -> str:
    """SQL: `raw_messages` of business days [first, end); `stored`: the files they are in, None where nobody knows."""
    low, high = start(con, first), start(con, end)
    if stored is None:
        return f"SELECT * FROM {where(con)}.raw_messages WHERE sent_at >= {low} AND sent_at < {high}"
    months = {str(month) for (month,) in con.execute(_months(low, high)).fetchall()}
    files = [file for file in stored if not (month := month_of(file)) or month in months]
    return duck.raw(
        con, "messages", files, f"stored.sent_at >= TO_TIMESTAMP({low}) AND stored.sent_at < TO_TIMESTAMP({high})"
    )


def lines(
    con: duckdb.DuckDBPyConnection, store: Store, shop: str, settings: Settings, days: tuple[int, int]
) -> Shop | None:
    """A shop whose messages lie on `days` (first, last), to be understood by arrays; None where the models have to.

    Its unit tables are not to be written. Who is one of the shop's own accounts is not known to open desks.
    """
    if not quick.able(settings) or settings.reception_filters["own_accounts"]:
        return None
    span = start(con, days[0]), start(con, days[1] + 1) - 1
    nowhere = store.root / "nowhere"
    found = Shop(store.tables(shop), settings, span, span, Units(nowhere, {}), nowhere, home(store, shop))
    return found if found.prepared(con, *span) else None


def _months(low: int, high: int) -> str:
    days = f"RANGE(CAST({low} AS BIGINT), CAST({high} + {DAY} AS BIGINT), {DAY})"
    return f"SELECT DISTINCT STRFTIME(MAKE_TIMESTAMP(second * 1000000), '%Y-%m') FROM {days} AS r(second)"


def reach(settings: Settings) -> tuple[int, int]:
    """Days (before, after) within which a message can still matter to a chat or an order of a day.

    Back: a paid order makes a later chat after-sales, it was placed before it was paid, and a chat before that secured
    it. Ahead: orders of the inquiry's window, until they are paid in the end.
    """
    secured = -(-settings.attribution_window_hours // 24)
    back = settings.after_sales_days + settings.payment_life_days + secured + ROOM
    return back, settings.inquiry_window_days + settings.final_delay_days + settings.payment_life_days + ROOM
