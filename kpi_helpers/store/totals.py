"""The total row of a vendor's report, which is no agent and is set aside, against what the agents add up to."""

from kpi_helpers.store.kinds import among
from kpi_helpers.store.plan import Field
from kpi_helpers.store.work import FILE, Work

SAYS = "the total row says"
LIKELY = 0.02  # totals that differ by less agree: they are rounded
ADDITIVE = ("number", "integer", "money")
PEAKS = ("peak_concurrent_chats",)
PEOPLE = "_buyers"  # facts that count people: a total may count each once, so it may be smaller


def totals(work: Work) -> None:
    """Note, file by file, the columns whose total row is not what the agents add up to.

    A total above them means agents are missing in the file; one below them, where no people are counted, that a row
    stands twice or the total is of something else.
    """
    plan = work.plan
    if not plan.people or not any(f.name == "day" for f in plan.fields):
        return
    facts = {fact.value: fact.name for output in plan.outputs for fact in output.facts if fact.basis == "exact"}
    fields = [f for f in plan.fields if f.kind in ADDITIVE and f.sources and facts.get(f.name, PEAKS[0]) not in PEAKS]
    if not fields or not work.one(f"SELECT count(*) FROM derived WHERE {among(plan.people, 'totals')}")[0]:
        return
    for f in fields:
        for file, total, added in work.con.sql(_compared(f, plan.people)).fetchall():
            _note(work, f, PEOPLE in facts[f.name], file, total, added)


def _compared(f: Field, people: str) -> str:
    """(file, total row, agents added up): of its day, or of the whole file where the total names no day."""
    return f"""
        WITH t AS (
            SELECT {FILE} AS file, day, max("{f.name}")::DOUBLE AS total FROM derived WHERE {among(people, "totals")}
            GROUP BY ALL HAVING count(*) = 1 AND total IS NOT NULL
        ),
        a AS (SELECT {FILE} AS file, day, sum("{f.name}")::DOUBLE AS added FROM fit GROUP BY ALL),
        w AS (SELECT file, sum(added) AS added FROM a GROUP BY ALL)
        SELECT t.file, sum(t.total), sum(coalesce(a.added, CASE WHEN t.day IS NULL THEN w.added END))
        FROM t INNER JOIN w ON t.file = w.file LEFT JOIN a ON t.file = a.file AND t.day = a.day
        GROUP BY ALL ORDER BY 1"""


def _note(work: Work, f: Field, people: bool, file: int, total: float, added: float | None) -> None:
    gap = total - (added or 0.0)
    if added is None or abs(gap) <= LIKELY * abs(added) or (people and gap < 0):
        return
    work.note(f"{f.label}: {SAYS} {total:,.10g}, the agents add up to {added:,.10g}", file)
