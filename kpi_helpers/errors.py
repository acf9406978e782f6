"""The one error the kit shows to people: a sentence, never a traceback."""

from difflib import get_close_matches


class KpiError(Exception):
    """Something a user can put right. The message says what was wrong, where, and what to do."""


def unknown(what: str, name: str, known: list[str]) -> KpiError:
    """An error for a name nobody knows, with the nearest known ones as a suggestion."""
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(sorted(known)[:40])}"
    return KpiError(f"unknown {what} {name!r}; {hint}")
