"""What happened in a period that no headline number need show: each told once, with who, how much, against what, n."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kpi_helpers import wording
from kpi_helpers.study import gaming, goods, staff
from kpi_helpers.study.shared import remembered

if TYPE_CHECKING:
    from kpi_helpers.study.event import Event
    from kpi_helpers.study.study import Study

MOST = 3
LOOKED = (
    staff.unanswered_hours,
    goods.sold,
    goods.refunded,
    gaming.machines,
    gaming.splitting,
    staff.joined,
    staff.left,
)


@remembered
def events(study: Study) -> list[Event]:
    """At most three; what explains most numbers first. [] for vendors' reports alone and where nothing was found."""
    if "messages" not in study.desk.coverage.spans:
        return []
    found = [event for look in LOOKED if (event := look(study))]
    return sorted(found, key=lambda event: -len(event.explains))[:MOST]


def leading(study: Study, claimed: Sequence[str]) -> tuple[list[str], list[str]]:
    """Sentences that go before the headline's changes, because they explain the first of them; and the others."""
    found = events(study)
    first = [event for event in found if not claimed or claimed[0] in event.explains]
    others = [event.text for event in found if event not in first]
    dated = [wording.dated(study.period, study.lang) + event.text for event in first[:1]]
    return dated + [event.text for event in first[1:]], others
