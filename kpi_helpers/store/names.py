"""Folder names made from shop names, whatever a shop is called."""

import hashlib
import re

from kpi_helpers.errors import KpiError

# letters, digits and 汉字 stay; everything a file system or a shell could stumble over does not
UNSAFE = re.compile(r"[^0-9A-Za-z\u4e00-\u9fff]+")


def slug(shop: str) -> str:
    """A folder name for `shop`: readable, at most 51 characters, different for different shops.

    The hash at its end keeps apart names that differ only in case, in punctuation or far to the right.
    Raises KpiError for an empty name.
    """
    if not shop or not shop.strip():
        raise KpiError("a shop needs a name: say which with --shop NAME")
    readable = UNSAFE.sub("-", shop).strip("-").lower()[:40]
    return f"{readable or 'shop'}-{hashlib.sha256(shop.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"
