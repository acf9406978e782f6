"""The platforms' rule files, checked when read, and the facts and metrics they make."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from kpi_helpers.engine.clock import day_number
from kpi_helpers.errors import unknown

NAMES = ("taobao", "jd", "pdd", "douyin", "kuaishou", "xiaohongshu", "1688")
NEVER = 2**30  # a day
WHY = {
    "zh": "按平台考核口径计算，与店铺口径并列，不可混用。",
    "en": "As the platform assesses it: beside the house view, never mixed with it.",
}


@dataclass(frozen=True)
class Rule:
    """How a platform counts from a day on, until its next rule."""

    valid_from: date
    hours: tuple[int, int]  # assessed, [from, to), of the shop's clock
    by: str  # round or session: whose start is looked at
    within_seconds: int
    human: tuple[str, ...]
    zero_second: str  # machine, reply, left_out
    cap_seconds: int  # 0: none
    unanswered: str  # in means: left_out, cap
    nobody: str  # chats of nobody: miss, left_out
    grade: str
    source: str
    note: dict[str, str]

    @property
    def hours_text(self) -> str:
        """8:00–23:00."""
        return f"{self.hours[0]}:00–{self.hours[1]}:00"


@dataclass(frozen=True)
class Platform:
    """A platform's rules by date, and which of its numbers are counted how."""

    key: str
    name: dict[str, str]
    rules: tuple[Rule, ...]
    metrics: dict[str, dict]

    @property
    def table(self) -> str:
        """The unit table of its rounds."""
        return f"platform_{self.key}"

    @property
    def in_force(self) -> list[tuple[Rule, int]]:
        """Every rule with the business day (day number) on which the next one takes its place."""
        until = [day_number(rule.valid_from) for rule in self.rules[1:]] + [NEVER]
        return list(zip(self.rules, until, strict=True))

    def rule(self, day: date) -> Rule:
        """The rule in force on a day."""
        return [rule for rule in self.rules if rule.valid_from <= day][-1]


@cache
def platform(key: str) -> Platform:
    """One platform. Raises KpiError for a name nobody knows."""
    if key not in NAMES:
        raise unknown("platform", key, list(NAMES))
    data = _read(key)
    rules = tuple(sorted((_rule(entry) for entry in data["rules"]), key=lambda rule: rule.valid_from))
    return Platform(key, data["name"], rules, data["metrics"])


@cache
def definitions() -> tuple[dict[str, dict], dict[str, dict]]:
    """(facts, metrics) of every platform, as entries of the registry."""
    facts: dict[str, dict] = {}
    metrics: dict[str, dict] = {}
    for one in map(platform, NAMES):
        for name, entry in one.metrics.items():
            facts |= _facts(one, entry)
            metrics[name] = _metric(one, entry)
    return facts, metrics


@cache
def _read(name: str) -> dict:
    return tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text("utf-8"))


def _rule(entry: dict) -> Rule:
    return Rule(**{key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()})


def _facts(one: Platform, entry: dict) -> dict[str, dict]:
    count = _read("counts")["counts"][entry["counts"]]
    return {f"{one.key}_{name}": _fact(one, name) for name in (count["numerator"], count["denominator"])}


def _fact(one: Platform, name: str) -> dict:
    shape = _read("counts")["facts"][name]
    label = {lang: text.format(one.name[lang]) for lang, text in shape["label"].items()}
    return {**shape, "label": label, "rows": one.table, "needs": ["messages"]}


def _metric(one: Platform, entry: dict) -> dict:
    count = _read("counts")["counts"][entry["counts"]]
    rate = count["kind"] == "rate"
    latest = one.rules[-1]
    return {
        "label": entry["label"],
        "numerator": f"{one.key}_{count['numerator']}",
        "denominator": f"{one.key}_{count['denominator']}",
        "kind": count["kind"],
        "unit": "fraction" if rate else "seconds",
        "better": "higher" if rate else "lower",
        "flat": 0.01 if rate else 0.05,
        "platform": one.key,
        "why": WHY,
        "caveat": {
            "zh": f"现行口径 {latest.hours_text}，来源等级 {latest.grade}。{latest.note['zh']}",
            "en": f"Assessed {latest.hours_text} today; source of grade {latest.grade}. {latest.note['en']}",
        },
    }
