"""Fair samples of chats for review (抽检): the same number of every agent, drawn by lot from a seed."""

from pathlib import Path

import pandas as pd

from kpi_helpers.desk import Desk
from kpi_helpers.engine.clock import day_number, to_date
from kpi_helpers.errors import KpiError, unknown
from kpi_helpers.facts import literals, quote
from kpi_helpers.metrics.buyers import coded
from kpi_helpers.periods import Period
from kpi_helpers.review import word

LAST_LINES = 3  # buyer's last lines in which the price was asked

# How chats are chosen: which of them (SQL over a chat `c` with `longest` and `spent`), and in which order within an
# agent; `lot` depends on seed and chat alone.
KINDS = {
    "random": ("TRUE", "lot"),
    "slowest": ("c.longest IS NOT NULL", "c.longest DESC, lot"),
    "lost_after_price": ("c.inquiry AND NOT c.ordered AND p.pair IS NOT NULL", "lot"),
    "long_without_order": ("c.long_reception AND NOT COALESCE(c.ordered, FALSE)", "c.reception_seconds DESC, lot"),
    "high_value": ("c.spent > 0", "c.spent DESC, lot"),
}
COLUMNS = ["kind", "day", "agent", "buyer", "first_at", "longest_wait_seconds", "reception_seconds", "outcome", "spent"]


def review_sample(
    desk: Desk,
    period: Period | str,
    kind: str = "random",
    per_agent: int = 5,
    seed: int = 1,
    *,
    agent: str = "",
    unmask: bool = False,
) -> pd.DataFrame:
    """At most `per_agent` received chats of every agent.

    `kind`: random, slowest, lost_after_price, long_without_order, high_value. One row per chat: when, who, longest wait
    and reception in seconds, outcome, `spent` (paid amount of the buyer's orders in the inquiry's window). The same
    seed gives the same chats. Raises KpiError for another kind or without chats.
    """
    if kind not in KINDS:
        raise unknown("kind of sample", kind, list(KINDS))
    if per_agent < 1:
        raise KpiError(f"per_agent = {per_agent}: ask for at least one chat of every agent")
    if "messages" not in desk.coverage.spans:
        raise KpiError(f"{desk.shop} has no chats in the store to draw from; read chat exports with kpi ingest")
    span = desk.period(period) if isinstance(period, str) else period
    found = desk.con.execute(_select(desk, span, kind, per_agent, seed, agent)).df()
    found["day"] = found["day"].map(to_date).astype(object)
    found["first_at"] = pd.to_datetime(found["first_at"], unit="s", utc=True)
    found["first_at"] = found["first_at"].dt.tz_convert(desk.settings.zone).dt.tz_localize(None)
    if desk.settings.mask_buyers and not unmask:
        found["buyer"] = found["buyer"].map(coded(found["buyer"]))
    return found.assign(kind=kind)[COLUMNS]


def _select(desk: Desk, span: Period, kind: str, per_agent: int, seed: int, agent: str) -> str:
    which, order = KINDS[kind]
    first, end = day_number(span.start), day_number(span.end)
    mine = f"AND agent_id = {quote(agent)}" if agent else ""
    window = literals(desk.settings)["inquiry_window_days"]
    asked = (
        _asked_price(desk, first, end)
        if kind == "lost_after_price"
        else "SELECT NULL AS pair, NULL AS agent_id, NULL AS day"
    )
    return f"""
        WITH chosen AS (
            SELECT *, MD5('{int(seed)}' || buyer_id || CHR(31) || agent_id || CHR(31) || day) AS lot,
                (SELECT MAX(r.wait_seconds) FROM rounds AS r
                    WHERE r.buyer_id = k.buyer_id AND r.agent_id = k.agent_id AND r.day = k.day) AS longest,
                (SELECT SUM(o.paid_amount) FROM orders AS o WHERE o.buyer_id = k.buyer_id
                    AND o.created_at >= k.first_buyer_at AND o.created_at < day_start(k.day + {window})) AS spent
            FROM chats AS k
            WHERE received AND agent_id <> '(unassigned)' AND day >= {first} AND day < {end} {mine}
        ),
        priced AS ({asked})
        SELECT c.day, c.agent_id AS agent, c.buyer_id AS buyer, c.first_at, c.longest AS longest_wait_seconds,
            c.reception_seconds, CASE WHEN c.inquiry THEN c.outcome ELSE 'after_sales' END AS outcome,
            CAST(COALESCE(c.spent, 0) AS DOUBLE) AS spent
        FROM chosen AS c LEFT JOIN priced AS p ON c.buyer_id = p.pair AND c.agent_id = p.agent_id AND c.day = p.day
        WHERE {which}
        QUALIFY ROW_NUMBER() OVER (PARTITION BY c.agent_id ORDER BY {order}) <= {int(per_agent)}
        ORDER BY c.agent_id, {order}"""


def _asked_price(desk: Desk, first: int, end: int) -> str:
    """Chats in which one of the buyer's last lines asked for the price."""
    return f"""
        SELECT buyer_id AS pair, COALESCE(a.agent_id, m.agent_id) AS agent_id, day
        FROM (
            SELECT *, day_of(sent_at) AS day,
                ROW_NUMBER() OVER (
                    PARTITION BY buyer_id, agent_id, day_of(sent_at) ORDER BY sent_at DESC, row_order DESC
                ) AS n
            FROM ({desk.messages(first, end)})
            WHERE sender = 'buyer'
        ) AS m
        LEFT JOIN aliases AS a ON m.agent_id = a.alias_id AND m.day >= a.from_day AND m.day < a.to_day
        WHERE n <= {LAST_LINES} AND REGEXP_MATCHES(LOWER(text), {quote(_price_words())})
        GROUP BY ALL"""


def _price_words() -> str:
    """Words that ask for the price, in either language."""
    return "|".join(word("price.words", lang) for lang in ("zh", "en"))


def save_sheet(sample: pd.DataFrame, path: str | Path, lang: str = "zh") -> Path:
    """The sample as a review sheet in Excel: a row a chat, and cells to score and comment in. Returns the path."""
    from kpi_helpers.review.sheet import write

    shown = sample.assign(kind=[word(f"sample.{kind}", lang) for kind in sample["kind"]])
    shown = shown.assign(outcome=[word(f"outcome.{name}", lang) for name in sample["outcome"]])
    return write(shown, Path(path), lang)
