"""Buyers in lists that people see: masked, yet told apart."""

from base64 import b32encode
from collections.abc import Iterable
from hashlib import blake2s

from kpi_helpers.wording.names import mask_buyer


def coded(names: Iterable[str]) -> dict[str, str]:
    """Nick -> mask and a code of the nick, always the same for the same nick: 小麦田 -> 小** K3QX7A2B.

    It hides the name from a reader; whoever has a list of nicks can still find the code of each.
    """
    return {name: f"{mask_buyer(name)} {_code(name)}" for name in set(names) if isinstance(name, str)}


def _code(name: str) -> str:
    return b32encode(blake2s(name.encode("utf-8", "surrogatepass"), digest_size=5).digest()).decode()
