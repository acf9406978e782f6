"""Unit tables as SQL models: one SELECT a file, the file's name is the table's name.

`render` fills in a shop's settings; the text is DuckDB's dialect and the only place a rule is written.
"""

import re
from collections.abc import Collection
from functools import cache
from importlib.resources import files
from string import Template

from kpi_helpers.settings import Settings

# Models in the order they build on each other, by what they need to be made again for.
# Of a day's messages (with those of the day before and after):
CHATS = [
    "buyers", "accounts", "messages", "around", "assigned", "lines", "spoken", "seconds", "all_rounds", "all_sessions",
    "last_words", "others", "said", "robots", "early",
    "tails", "bots", "talks", "adverts", "filtered", "counted", "chat_sessions", "waits", "openers", "served",
]  # fmt: skip
# Not worth a table of their own: read in passing.
PASSING = ["lines", "talks", "bought"]
# Of some orders, and the sessions around their events:
ORDERS = ["bought", "candidates", "secured", "orders", "assists"]
# Of a day's chats, and the orders of those buyers around it:
OUTCOMES = ["outcomes"]
# Other ways to look at those tables, and small tables as they are:
VIEWS = ["chats", "rounds", "sessions", "refunds", "sold", "placed", "ratings", "traffic"]
MODELS = CHATS + ORDERS + OUTCOMES + VIEWS
# Windows over a pair's seconds.
OWN_ORDER = {
    "chain": "PARTITION BY pair ORDER BY sent_at",
    "chain_opened": "PARTITION BY pair ORDER BY opened_at",
    "buyer_chain": "PARTITION BY buyer ORDER BY sent_at, turn, message_id, row_order",
}
KEPT_ORDER = {"chain": "", "chain_opened": "", "buyer_chain": ""}
# What facts are counted on and `kpi rows` lists.
UNITS = ["chats", "sessions", "rounds", "placed", "sold", "assists", "refunds", "ratings", "traffic"]


@cache
def text(model: str) -> str:
    """A model as it stands in its file."""
    return files(__package__).joinpath(f"{model}.sql").read_text("utf-8")


def render(model: str, settings: Settings, in_order: bool = False) -> str:
    """The SELECT of a model with the settings written in as literals.

    `in_order`: the engine reads a table in the order in which it was written, so that windows over ordered tables
    ($chain) need not sort.
    """
    return _Template(text(model)).substitute(literals(settings), **(KEPT_ORDER if in_order else OWN_ORDER))


def create(model: str, settings: Settings, passing: Collection[str] = ()) -> str:
    """The statement that makes a model in DuckDB, which keeps the order of rows; `passing`: more that is read once."""
    kind = "VIEW" if model in PASSING or model in passing else "TABLE"
    return f"CREATE OR REPLACE {kind} {model} AS {render(model, settings, in_order=True)}"


def literals(settings: Settings) -> dict[str, str]:
    """Every $name a model may use, as SQL text."""
    filters = settings.reception_filters
    switches = ("agent_monologue", "bot_only", "closing_only", "own_accounts", "single_buyer_line")
    return {
        **{name: _flag(filters[name]) for name in switches},
        "transfer_only": _flag(filters["transfer_only"] > 0),
        "transfer_lines": str(int(filters["transfer_only"])),
        "adverts": _list(filters["advert"]),
        "advertised": _flag(bool(filters["advert"])),
        "human_senders": _list(settings.human_senders),
        "zero_second_is_machine": _flag(settings.zero_second_is_machine),
        "ignore_closing_lines": _flag(settings.ignore_closing_lines),
        "closing_pattern": quote(closing_pattern(tuple(settings.closing_lines))),
        "session_gap_seconds": str(settings.session_gap_minutes * 60),
        "attribution_window_seconds": str(settings.attribution_window_hours * 3600),
        "inquiry_window_days": str(settings.inquiry_window_days),
        "payment_life_days": str(settings.payment_life_days),
        "payment_life_seconds": str(settings.payment_life_days * 86_400),
        "final_delay_days": str(settings.final_delay_days),
        "after_sales_seconds": str(settings.after_sales_days * 86_400),
        "cap600": _flag(settings.unanswered_in_mean == "cap600"),
        "slow_seconds": str(settings.slow_seconds),
        "slow_count": str(settings.slow_count),
        "long_reception_seconds": str(settings.long_reception_minutes * 60),
        "accounts": str(2**20),  # more than a shop has agents
        "span": str(2**39),  # seconds; more than lie between any two dates
        "half": str(2**38),
        "rule": quote(settings.attribution_rule),
    }


@cache
def closing_pattern(words: tuple[str, ...]) -> str:
    """A pattern for a line made of closing words only (section 5), letters and digits of each word, case folded.

    Words that are made of other words are left out: they add nothing, and repeated choices make some engines slow.
    """
    plain = sorted({re.sub(r"[\W_]+", "", word.lower()) for word in words} - {""}, key=lambda word: (len(word), word))
    needed: list[str] = []
    for word in plain:
        if not (needed and re.fullmatch(_any_of(needed), word)):
            needed.append(word)
    return f"^{_any_of(needed)}$" if needed else "^$"


class _Template(Template):
    # A regular expression's end sign must not be read as the start of a name.
    idpattern = r"[a-z][a-z0-9_]*"


def _any_of(words: list[str]) -> str:
    return f"(?:{'|'.join(map(re.escape, words))})*"


def _flag(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def quote(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def _list(values: list[str]) -> str:
    return "(" + ", ".join(map(quote, values or [""])) + ")"
