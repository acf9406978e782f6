"""A transcript as HTML. Every word in it came from strangers and is escaped; with the mask on no buyer can be told."""

import re

import pandas as pd

from kpi_helpers.charts.html import Html, tag
from kpi_helpers.metrics import listing
from kpi_helpers.metrics.buyers import coded
from kpi_helpers.review import word
from kpi_helpers.review.transcript import Transcript
from kpi_helpers.wording import formats
from kpi_helpers.wording.names import agent_label

SWIFT = 30  # seconds; up to the setting slow_seconds a wait is middling, beyond it slow
NUMBERS = re.compile(r"\d{7,}")  # telephone numbers, parcel numbers, ids of strangers
DECIDED = ("reception", "inquiry", "inquiry_reason", "outcome", "ordered", "paid", "speed")


def page(shown: Transcript, lang: str = "zh", *, mask: bool = True, marked: str = "") -> Html:
    """The chat with times, waits by colour, rounds, orders in line with who was credited and why."""
    events = sorted([*_lines(shown, lang, mask), *_orders(shown, lang)], key=lambda event: event[0])
    head = tag("p", _who(shown, mask), " · ", agent_label(shown.agent, lang), f" · {shown.day}", class_="kpi-title")
    parts = [head, _decided(shown, lang), *([tag("p", marked, class_="kpi-marked")] if marked else [])]
    listed = tag("ol", *(event[2] for event in events), class_="kpi-chat")
    return tag("section", *parts, listed, class_="kpi kpi-transcript", lang={"zh": "zh-CN"}.get(lang, lang))


def masked(text: str, buyer: str) -> str:
    """A line without the buyer's nick and without long numbers."""
    hidden = NUMBERS.sub(lambda found: found[0][:3] + "****", text)
    return hidden.replace(buyer, coded([buyer])[buyer]) if len(buyer) > 1 else hidden


def _who(shown: Transcript, mask: bool) -> str:
    return coded([shown.buyer])[shown.buyer] if mask else shown.buyer


def _decided(shown: Transcript, lang: str) -> Html:
    """What was decided about the chat, in the words of `kpi rows`."""
    titles = listing.titles(lang)
    said = [(titles[name], shown.decided[name]) for name in DECIDED if isinstance(shown.decided[name], str)]
    terms = [tag("span", tag("b", title), " ", text) for title, text in said]
    return tag("p", *terms, class_="kpi-decided")


def _lines(shown: Transcript, lang: str, mask: bool) -> list[tuple]:
    slow = shown.desk.settings.slow_seconds
    rows = enumerate(shown.lines.itertuples())
    return [(line.sent_at, at, _line(line, shown.buyer, slow, lang, mask)) for at, line in rows]


def _line(line: object, buyer: str, slow: int, lang: str, mask: bool) -> Html:
    who = word(f"sender.{line.sender}", lang)
    if line.sender in ("agent", "assist") or not line.mine:
        who += f" {agent_label(line.agent, lang)}" if isinstance(line.agent, str) else ""
    at = tag("time", f"{line.sent_at:%H:%M:%S}")
    said = tag("span", _text(line, buyer, lang, mask), class_="kpi-said")
    style = f"kpi-line kpi-by-{line.sender}" + ("" if line.mine else " kpi-beside")
    return tag("li", at, tag("b", who), said, *_badges(line, slow, lang), class_=style)


def _text(line: object, buyer: str, lang: str, mask: bool) -> Html:
    """The text, line by line; pictures, cards and stickers by their name."""
    if not isinstance(line.text, str) or not line.text.strip():
        return tag("i", word(f"kind.{line.kind}" if f"kind.{line.kind}" in word.records else "kind.other", lang))
    text = masked(line.text, buyer) if mask else line.text
    return Html("<br>".join(tag("span", part) for part in text.splitlines()))


def _badges(line: object, slow: int, lang: str) -> list[Html]:
    badges = []
    if pd.notna(line.opens_round):
        badges.append(tag("em", word("line.round", lang, n=int(line.opens_round)), class_="kpi-round"))
    if pd.notna(line.unanswered) and line.unanswered:
        badges.append(tag("em", word("line.unanswered", lang), class_="kpi-wait-slow"))
    if pd.notna(line.wait_seconds):
        waited = word("line.waited", lang, x=formats.show(line.wait_seconds, "seconds", lang))
        badges.append(tag("em", waited, class_=f"kpi-wait-{_speed(line.wait_seconds, slow)}"))
    if line.machine and line.sender != "bot":
        badges.append(tag("em", word("line.machine", lang), class_="kpi-round"))
    return badges


def _speed(seconds: float, slow: int) -> str:
    return "swift" if seconds <= SWIFT else "middling" if seconds <= slow else "slow"


def _orders(shown: Transcript, lang: str) -> list[tuple]:
    """Each order where it was placed, paid and closed, with who got it and why."""
    return [event for order in shown.orders.itertuples() for event in _events(order, shown, lang)]


def _events(order: object, shown: Transcript, lang: str) -> list[tuple]:
    words, money = listing.words(lang), formats.show(order.paid_amount, "money", lang)
    secured = _credited(order.created_agent, words[f"order:{order.created_step}"], lang)
    told = {"created_at": word("order.placed", lang, order=order.order_id) + secured}
    told["closed_at"] = word("order.closed", lang, order=order.order_id)
    if pd.notna(order.paid_at):
        owner = _credited(order.owner, words[order.owner_step], lang)
        told["paid_at"] = word("order.paid", lang, order=order.order_id, amount=money) + owner
        if isinstance(order.assists, str):
            told["paid_at"] += word("order.assists", lang, names=order.assists)
    return [_event(getattr(order, at), text, shown) for at, text in told.items() if pd.notna(getattr(order, at))]


def _credited(agent: str, why: str, lang: str) -> str:
    if agent == "(silent)":
        return word("order.silent", lang)
    return word("order.credited", lang, agent=agent_label(agent, lang), why=why)


def _event(at: pd.Timestamp, text: str, shown: Transcript) -> tuple:
    near = at.date() == shown.day
    when = tag("time", f"{at:%H:%M:%S}" if near else f"{at:%m-%d %H:%M}")
    return at, 10**6, tag("li", when, tag("span", text), class_="kpi-order-event" + ("" if near else " kpi-beside"))
