"""Section 5: closing lines."""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """Letters, digits and 汉字 only, case folded."""
    kept = [sign for sign in text if unicodedata.category(sign)[0] == "L" or unicodedata.category(sign) == "Nd"]
    return "".join(kept).casefold()


def is_closing(text: str | None, words: list[str]) -> bool:
    """True when the text is nothing but words of the list; a line without text is none."""
    return text is not None and is_concatenation(folded(text), {folded(word) for word in words} - {""})


def is_concatenation(text: str, words: set[str]) -> bool:
    return text == "" or any(text.startswith(word) and is_concatenation(text[len(word) :], words) for word in words)
