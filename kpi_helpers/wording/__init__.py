"""Numbers and findings in words, Chinese and English."""

from .agents import StandOut, agents_finding, agents_title, stands_out
from .changes import Change, change, target_row
from .findings import base, because, card, finding, headline, title, told
from .waits import halves, load_because, slow_cells, slow_hours

__all__ = [
    "Change",
    "StandOut",
    "agents_finding",
    "agents_title",
    "base",
    "because",
    "card",
    "change",
    "finding",
    "halves",
    "headline",
    "load_because",
    "slow_cells",
    "slow_hours",
    "stands_out",
    "target_row",
    "title",
    "told",
]
