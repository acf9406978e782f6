"""HTML as a value: helpers return it, a cell's last line shows it. All text in it went through `text`."""

import html as _html
import re
from functools import lru_cache

from kpi_helpers.wording.formats import clean, escape_html


class Html(str):
    """Finished, escaped HTML. A str, so pieces can be joined; shown as HTML by Jupyter."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """Called by Jupyter."""
        return str(self)

    def __repr__(self) -> str:
        """Short, because a notebook keeps it as the plain-text form of the output."""
        return f"<Html, {len(self):,} characters>"


def text(value: object) -> str:
    """`value` as HTML text, safe between tags; Html stays as it is."""
    return value if isinstance(value, Html) else escape_html(value)


def words(value: object) -> str:
    """The text of `value` alone: Html without its tags and entities, anything else cleaned. Not escaped."""
    return clean(_html.unescape(re.sub("<[^>]*>", " ", value)) if isinstance(value, Html) else value)


def tag(name: str, *children: object, **attributes: object) -> Html:
    """One HTML element. Children are escaped unless they are Html, attribute values always.

    An attribute that is None or False is left out, one that is True has no value. `class_` means class.
    """
    given = ((key, value) for key, value in attributes.items() if value is not None and value is not False)
    written = "".join(_attribute(key, value) for key, value in given)
    return Html(f"<{name}{written}>{''.join(text(child) for child in children)}</{name}>")


@lru_cache(maxsize=10_000, typed=True)
def _attribute(key: str, value: object) -> str:
    """A table's cells all say the same."""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape_html(words(value))}"'
