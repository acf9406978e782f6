"""Numbers and findings in words, Chinese and English."""

from .agents import StandOut, agents_finding, agents_title, stands_out
from .causes import because, by_people, factor, which_kind
from .changes import Change, change, target_row
from .events import dated, day_words, joined, names_of
from .findings import base, card, finding, headline, title, told, weight
from .waits import halves, load_because, slow_cells, slow_hours

__all__ = [
    "Change",
    "StandOut",
    "agents_finding",
    "agents_title",
    "base",
    "because",
    "by_people",
    "card",
    "change",
    "dated",
    "day_words",
    "factor",
    "finding",
    "halves",
    "headline",
    "joined",
    "load_because",
    "names_of",
    "slow_cells",
    "slow_hours",
    "stands_out",
    "target_row",
    "title",
    "told",
    "weight",
    "which_kind",
]
