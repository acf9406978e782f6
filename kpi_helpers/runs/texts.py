"""The words of this room, in both languages (texts.toml)."""

import tomllib
from functools import cache
from pathlib import Path


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("texts.toml").read_text("utf-8"))


def text(key: str, lang: str, **values: object) -> str:
    """One text, with its values filled in."""
    return _texts()[lang][key].format(**values)
