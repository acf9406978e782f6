"""Findings across files and tables (findings.toml), for any span of business days."""

import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

import duckdb

from kpi_helpers import metrics
from kpi_helpers.engine.clock import to_date

HERE = Path(__file__).parent
ALWAYS = (-(2**31) + 1, 2**31 - 1)
Source = tuple[duckdb.DuckDBPyConnection, Collection[str]]  # raw views, and the tables that are really there


@dataclass(frozen=True)
class Finding:
    """Something that cannot be, or cannot all be: how many cases, first and last day (ISO), an example."""

    key: str
    n: int
    first: str
    last: str
    example: str = ""
    small: str = ""
    large: str = ""


@cache
def _rules() -> dict:
    return tomllib.loads((HERE / "findings.toml").read_text(encoding="utf-8"))


def review(source: Source, start: int = ALWAYS[0], end: int = ALWAYS[1]) -> list[Finding]:
    """Every finding over business days [start, end), the most frequent first."""
    con, there = source
    asked = list(_asked(set(there)))
    if not asked:
        return []
    views = Template((HERE / "review.sql").read_text(encoding="utf-8")).substitute(start=start, end=end)
    every = " UNION ALL ".join(f"SELECT {at}, * FROM ({sql})" for at, (_, sql, _) in enumerate(asked))
    found = []
    for at, n, first, last, example in sorted(con.execute(f"{views} {every}").fetchall()):
        key, _, names = asked[at]
        if n:
            found.append(Finding(key, n, *(to_date(day).isoformat() for day in (first, last)), example or "", *names))
    return sorted(found, key=lambda finding: -finding.n)


def _asked(there: set[str]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(key, SQL, pair of facts) of every rule whose tables are there."""
    for key, rule in _rules().items():
        if key in ("pairs", "words") or not set(rule["needs"]) <= there:
            continue
        pairs = _rules()["pairs"] if key == "pair" else [()]
        for pair in pairs:
            yield key, rule["sql"].format(**dict(zip(("small", "large"), pair, strict=False))), tuple(pair)


def told(finding: Finding, lang: str) -> str:
    """A finding as a sentence."""
    days = finding.first
    if finding.last != finding.first:
        days = _rules()["words"]["span"][lang].format(first=finding.first, last=finding.last)
    labels = {"small": _label(finding.small, lang), "large": _label(finding.large, lang)}
    text = _rules()[finding.key][lang]
    return text.format(n=f"{finding.n:,}", days=days, example=_label(finding.example, lang), **labels)


def _label(name: str, lang: str) -> str:
    """A fact by its label; everything else as it stands."""
    return metrics.facts()[name].label[lang] if name in metrics.facts() else name
