"""One contract for parameters: what it lets through, and what it says to the rest before anything runs."""

import pytest

from kpi_helpers.errors import KpiError
from kpi_helpers.report.parameters import check_value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("period", "2026-W44"), ("period", "latest-week"), ("period", "2026-11-01..2026-11-11"),
        ("period", "last-month"),
        ("compare_to", "year_before"), ("compare_to", "2026-W38"), ("shop", "青禾 <旗舰店> {x}"), ("lang", "en"),
        ("audience", "shop"), ("own", 7), ("shop", "\u202e店 👩\u200d👧"),
    ],
)  # fmt: skip
def test_what_is_allowed(name, value):
    assert check_value(name, value) == value


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("period", "latest-wek", "did you mean latest-week"),
        ("period", "2026-W99", "is not a period"),
        ("period", 2026, "is int; it should be text"),
        ("compare_to", "previus", "did you mean previous"),
        ("lang", "zn", "did you mean zh"),
        ("audience", "extern", "did you mean external"),
        ("shop", "a\nimport os", "without line breaks"),
        ("shop", "店" * 1001, "without line breaks"),
        ("x = 1; import os; y", "v", "unknown parameter"),
        ("__class__.x", "v", "unknown parameter"),
    ],
)
def test_what_is_refused(name, value, said):
    with pytest.raises(KpiError, match=said):
        check_value(name, value)
