"""The one error the kit shows to people: a sentence, never a traceback; in English in the code, in Chinese to readers.

errors.zh.toml has the Chinese of every sentence. KPI_LANG (zh, the default, or en) says which one people see; the
`--lang` of a command comes first.
"""

import os
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

NAMES = re.compile(r"\{(\w+)\}")
KIND = "不是{kind}"
_language: ContextVar[str] = ContextVar("language", default="")


class KpiError(Exception):
    """Something a user can put right. The message says what was wrong, where, and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(said(sentence))


def unknown(what: str, name: str, known: list[str]) -> KpiError:
    """An error for a name nobody knows, with the nearest known ones as a suggestion."""
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"did you mean {' / '.join(near)}?" if near else f"known: {', '.join(sorted(known)[:40])}"
    return KpiError(f"unknown {what} {name!r}; {hint}")


def language() -> str:
    """The language of sentences to people: of `speaking`, else KPI_LANG, else Chinese."""
    return _language.get() or ("en" if os.environ.get("KPI_LANG") == "en" else "zh")


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Inside, sentences to people are in this language."""
    before = _language.set(lang)
    try:
        yield
    finally:
        _language.reset(before)


def said(sentence: str, lang: str = "") -> str:
    """A sentence of the code in the reader's language; as it is where nobody has translated it."""
    if (lang or language()) == "en":
        return sentence
    for pattern, chinese in _chinese():
        found = pattern.fullmatch(sentence)
        parts = {name: said(part, "zh") for name, part in found.groupdict().items()} if found else {}
        if chinese.endswith(KIND) and parts and parts["kind"] == found["kind"]:
            continue  # "… is not …" is Python's, too: it ends in no kind of value that the kit knows
        if found:
            return chinese.format(**parts)
    return sentence


@cache
def _chinese() -> list[tuple[re.Pattern, str]]:
    """(what an English sentence looks like, its Chinese), the most particular first."""
    text = files(__package__).joinpath("errors.zh.toml").read_text("utf-8")
    pairs = sorted(tomllib.loads(text).items(), key=lambda pair: -len(NAMES.sub("", pair[0])))
    return [(_pattern(english), chinese) for english, chinese in pairs]


def _pattern(english: str) -> re.Pattern:
    """`{name}` stands for any text."""
    pieces = NAMES.split(english)
    return re.compile("".join(f"(?P<{p}>.*?)" if n % 2 else re.escape(p) for n, p in enumerate(pieces)), re.DOTALL)
