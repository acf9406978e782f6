"""Names of people and shops as text: cleaned, shortened, masked, and harmless wherever they are printed.

Buyer nicks, agent and shop names and product titles come from strangers. They pass through `clean` on the way
in and through one of the escapes on the way out: `escape_html` for pages, `escape_label` for plotly.
"""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from .texts import say

_MARK = "[\u0300-\u036f\u0483-\u0489\u0e31\u0e34-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
AUDIENCES = ("shop", "external")  # who reads a page; external readers see masks
SPECIAL = {"(silent)": "name.silent", "(unassigned)": "name.unassigned"}


def clean(text: object) -> str:
    """One line of visible text: no control characters, no direction marks, nothing of zero width, NFC.

    At most two combining marks follow a letter, so that no name climbs out of its row. None becomes "".
    """
    if text is None or text != text:  # NaN
        return ""
    return _cleaned(str(text))


@lru_cache(maxsize=10_000)
def _cleaned(text: str) -> str:
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    visible = "".join(map(_visible, unicodedata.normalize("NFC", text)))
    return " ".join(re.sub(f"({_MARK}{{2}}){_MARK}+", r"\1", visible).split())


def _visible(char: str) -> str:
    """The character, a space for line ends, nothing for what cannot be seen or stored."""
    kind = unicodedata.category(char)
    if char.isspace() or kind in ("Zl", "Zp"):
        return " "
    return "" if kind in ("Cc", "Cf", "Cs", "Co", "Cn") else char


def escape_html(text: object) -> str:
    """For HTML, between tags and inside quoted attributes."""
    return html.escape(clean(text), quote=True)


def escape_label(text: object) -> str:
    """For any text plotly draws: no tag of its small HTML, no formula between dollars, no %{template} acts.

    plotly turns the entities back into the characters when it draws them; of quotes it knows only the numbers.
    """
    quoted = escape_html(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
    return quoted.replace("$", "&#36;").replace("%{", "&#37;{")


def columns(text: str) -> int:
    """How wide a text is, 汉字 counting two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def fit(text: object, width: int) -> str:
    """At most `width` columns, 汉字 counting two, cut with an ellipsis."""
    line, used = clean(text), 0
    for at, char in enumerate(line):
        used += 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if used > width:
            return line[: max(at - 1, 0)].rstrip() + "…"
    return line


def mask_buyer(name: object) -> str:
    """小麦田 -> 小**: the first letter and two stars, whatever the length; never a whole name."""
    line = clean(name)
    first = line[0] if len(line) > 1 and line[0].isalnum() else ""
    return first + "**"


def mask_agent(name: object) -> str:
    """旗舰店:晓晓 -> 晓*: the part after the shop's name, its first letter and a star."""
    line = re.split("[:：]", clean(name))[-1].strip()
    first = line[0] if len(line) > 1 and line[0].isalnum() else ""
    return first + "*"


def mask_agents(names: Iterable[str], lang: str = "zh") -> dict[str, str]:
    """Name -> mask for readers outside the shop, different for every name: 晓*, 晓* 2.

    (silent) and (unassigned) are no people and are named in words.
    """
    seen: Counter[str] = Counter()
    masks = {}
    for name in sorted(set(names)):
        mask = agent_label(name, lang) if name in SPECIAL else mask_agent(name)
        seen[mask] += 1
        masks[name] = mask if seen[mask] == 1 else f"{mask} {seen[mask]}"
    return masks


def agent_label(agent: object, lang: str = "zh") -> str:
    """An agent's display name, cleaned; 静默 / silent and 未分配 / unassigned in words. Not escaped."""
    key = SPECIAL.get(str(agent))
    return say(key, lang) if key else clean(agent)
