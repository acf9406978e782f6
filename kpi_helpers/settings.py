"""The settings of specification section 8: defaults as data, overridden by kpi.toml, checked on the way in."""

import tomllib
from dataclasses import dataclass
from datetime import time
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from kpi_helpers.errors import KpiError, unknown

FILE = "kpi.toml"
CHOICES = {
    "attribution_rule": ["order", "payment", "order_first"],
    "unanswered_in_mean": ["exclude", "cap600"],
    "platform": ["taobao", "jd", "pdd", "douyin", "kuaishou", "xiaohongshu", "1688"],
    "engine": ["duckdb", "spark"],
}


@dataclass(frozen=True)
class Settings:
    """One shop's settings: every key of settings.toml, by attribute or as `values`."""

    values: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["values"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def cut_seconds(self) -> int:
        """The business day's start, in seconds after midnight."""
        cut = time.fromisoformat(self.business_day_cut)
        return cut.hour * 3600 + cut.minute * 60 + cut.second

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self.timezone)


@cache
def defaults() -> dict[str, Any]:
    """The defaults of settings.toml."""
    return tomllib.loads(Path(__file__).with_name("settings.toml").read_text("utf-8"))


def load(shop: str | None = None, path: Path | None = None) -> Settings:
    """Settings of one shop from a kpi.toml (or the defaults where there is none).

    Raises KpiError for a key, a type or a choice that nobody knows, naming the file and the key.
    """
    given = _read(path)
    shops = given.pop("shops", {})
    values = merge(defaults(), given, source=str(path))
    return Settings(merge(values, shops.get(shop, {}), source=f'{path} [shops."{shop}"]'))


def find(data_dir: Path) -> Path | None:
    """The kpi.toml in force: beside the data, else in the current folder."""
    return next((p for p in (data_dir / FILE, Path(FILE)) if p.is_file()), None)


def merge(base: dict[str, Any], given: dict[str, Any], source: str = "settings") -> dict[str, Any]:
    """`base` with `given` laid over it, each value checked against the type of the default."""
    checked = {key: _checked(key, value, base, source) for key, value in given.items()}
    return {**base, **checked}


def _read(path: Path | None) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig")) if path else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KpiError(f"{path} is not valid TOML ({error}); correct that line") from None


def _checked(key: str, value: Any, base: dict[str, Any], source: str) -> Any:
    if key not in base:
        raise unknown(f"setting in {source}", key, list(base))
    if key == "targets":
        return _targets(value, source)
    if isinstance(base[key], dict) and isinstance(value, dict):
        return merge(base[key], value, f"{source} [{key}]")
    if not _same_kind(value, base[key], key):
        raise KpiError(f"{source}: {key} = {value!r} should look like {base[key]!r}")
    return _valid(key, value, source)


def _same_kind(value: Any, default: Any, key: str) -> bool:
    if key == "transfer_only":
        return isinstance(value, int) and value >= 0
    if isinstance(default, bool) or isinstance(value, bool):
        return type(value) is type(default)
    if isinstance(default, int):
        return isinstance(value, int) and value >= 0
    if isinstance(default, list):
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, type(default))


def _valid(key: str, value: Any, source: str) -> Any:
    if key in CHOICES and value not in CHOICES[key]:
        raise unknown(f"{key} in {source}", str(value), CHOICES[key])
    if key == "timezone" and value not in available_timezones():
        raise unknown(f"timezone in {source}", value, sorted(available_timezones()))
    if key == "business_day_cut":
        try:
            time.fromisoformat(value)
        except ValueError:
            raise KpiError(f"{source}: business_day_cut = {value!r} should be a time such as '02:00'") from None
    return value


def _targets(value: Any, source: str) -> dict[str, float]:
    if not isinstance(value, dict) or not all(isinstance(v, (int, float)) for v in value.values()):
        raise KpiError(f"{source}: targets should be numbers, such as inquiry_to_order_rate = 0.5")
    return dict(value)
