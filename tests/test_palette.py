"""The palette holds: distinguishable for three kinds of sight, readable on white, the same in Python and CSS."""

from itertools import combinations, pairwise
from math import dist
from pathlib import Path

import pytest

from kpi_helpers.charts import theme

# Machado, Oliveira, Fernandes 2009, severity 1.0, applied to linear RGB.
SIGHT = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
}
CSS = Path(theme.__file__).with_name("page.css").read_text(encoding="utf-8").upper()


def linear(colour: str) -> list[float]:
    """Linear RGB, 0 to 1, of a #RRGGBB colour."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]


def seen(colour: str, sight: str) -> list[float]:
    """What a reader of that sight sees, in linear RGB."""
    return [min(1, max(0, sum(m * c for m, c in zip(row, linear(colour), strict=True)))) for row in SIGHT[sight]]


def lab(rgb: list[float]) -> tuple[float, float, float]:
    """CIE L*a*b* (D65) of a linear RGB colour."""
    r, g, b = rgb
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883,
    )
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def contrast(colour: str, ground: str = theme.PAPER) -> float:
    """WCAG contrast ratio of two colours."""
    light, dark = sorted(
        (sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(x), strict=True)) for x in (colour, ground)),
        reverse=True,
    )
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("sight", "least"), [("normal", 45), ("deutan", 40), ("protan", 38)])
def test_series_colours_keep_apart(sight, least):
    nearest = min(dist(lab(seen(a, sight)), lab(seen(b, sight))) for a, b in combinations(theme.PALETTE, 2))
    assert nearest >= least, f"two series colours are only {nearest:.1f} apart for {sight} readers"


def test_the_accent_stands_out_from_what_surrounds_it():
    for sight in SIGHT:
        for other in (theme.NAVY, theme.CONTEXT, theme.BAND):
            assert dist(lab(seen(theme.ACCENT, sight)), lab(seen(other, sight))) >= 25


def test_lines_and_words_can_be_read_on_white():
    assert all(contrast(c) >= 3 for c in theme.PALETTE)
    assert all(contrast(c) >= 4.5 for c in (theme.INK, theme.CONTEXT_TEXT, theme.NAVY, theme.ACCENT_TEXT))


def test_heat_shades_darken_evenly_and_their_text_can_be_read():
    lightness = [lab(linear(c))[0] for c in theme.SEQUENTIAL]
    steps = [a - b for a, b in pairwise(lightness)]
    assert min(steps) >= 8
    for shade in theme.SEQUENTIAL:
        assert max(contrast(shade, theme.INK), contrast(shade, theme.PAPER)) >= 4.5


def test_the_style_sheet_uses_the_same_colours():
    for name in ("NAVY", "ACCENT", "INK", "CONTEXT_TEXT", "RULE"):
        value = getattr(theme, name)
        assert f"--KPI-{name.replace('_', '-')}: {value}" in CSS
