"""Numbers and findings in words, Chinese and English."""

from .agents import StandOut, agents_finding, agents_title, stands_out
from .changes import Change, change, target_row
from .findings import because, card, finding, headline, title, told

__all__ = [
    "Change",
    "StandOut",
    "agents_finding",
    "agents_title",
    "because",
    "card",
    "change",
    "finding",
    "headline",
    "stands_out",
    "target_row",
    "title",
    "told",
]
