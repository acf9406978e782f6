"""Two answers to one question, compared group by group."""

from __future__ import annotations

from decimal import Decimal


def close(one, other) -> bool:
    """Counts and money equal, quotients to 1e-9."""
    if one is None or other is None:
        return one is other
    if isinstance(one, float) or isinstance(other, float):
        return abs(float(one) - float(other)) <= 1e-9 * max(1.0, abs(float(one)))
    return abs(Decimal(one) - Decimal(other)) <= Decimal("1e-9")


def is_nothing(row: tuple) -> bool:
    """What a missing group stands for: no units (a count of 0, a quotient of nothing)."""
    return not any(row[:3])


def differences(expected: dict[tuple, tuple], got: dict[tuple, tuple], flags: bool = True) -> list[str]:
    """One line per group that differs; rows are (numerator, denominator, value, provisional).

    A group missing on one side equals one of no units on the other. Numerators are compared where both
    sides give one; `flags` False leaves provisional out."""
    lines = []
    for key in {**expected, **got}:
        one, other = expected.get(key), got.get(key)
        if one is None or other is None:
            same = is_nothing(one or other)
        else:
            same = close(one[2], other[2]) and (not flags or one[3] == other[3])
            same = same and all(close(a, b) for a, b in zip(one[:2], other[:2], strict=True) if None not in (a, b))
        if not same:
            lines.append(f"{key}: expected {one}, got {other}")
    return lines
