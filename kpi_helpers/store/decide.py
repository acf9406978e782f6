"""What a file must prove about itself: the scale of its rates, net or gross amounts. Decided per file, and
said."""

from kpi_helpers.errors import KpiError
from kpi_helpers.store.kinds import NUMERIC
from kpi_helpers.store.plan import Choice, Decision
from kpi_helpers.store.work import Work

NEARLY_ALL = 0.95
PERCENT_SHARE = 0.2  # a column of fractions may hold a few slips above 1; percents stand above 1 everywhere


def rate_scales(work: Work) -> dict[int, float]:
    """Column position -> 100 where its bare numbers are percents, 1 where they are fractions."""
    scales = {}
    for f in (f for f in work.plan.fields if f.kind == "rate"):
        for at, _ in f.sources:
            above, marked, positive = _rate_counts(work, at)
            scales[at] = 100.0 if above > PERCENT_SHARE * positive else 1.0
            if scales[at] == 100 or marked:
                read_as = "percents" if scales[at] == 100 else "fractions"
                work.notes.append(f"{f.label}: numbers without a % sign read as {read_as}")
    return scales


def _rate_counts(work: Work, at: int) -> tuple:
    text = work.text(at)
    return work.one(
        f"SELECT count(*) FILTER (v > 1), count(*) FILTER (contains(t, '%')), count(*) FILTER (v > 0) "
        f"FROM (SELECT {text} AS t, k_number(k_half(k_trim({text}))) AS v FROM raw)"
    )


def decide(work: Work) -> dict[str, str]:
    """The names the plan's decisions define, as SQL. Raises KpiError where the file proves no reading."""
    gives: dict[str, str] = {}
    for decision in work.plan.decisions:
        if set(decision.needs) <= work.plan.present():
            chosen = _choose(work, decision)
            gives |= chosen.gives if chosen else decision.otherwise
            work.notes += [chosen.says] if chosen else []
        else:
            gives |= decision.otherwise
            work.notes.append(decision.absent)
    return gives


def _choose(work: Work, decision: Decision) -> Choice | None:
    """The one reading the rows in scope prove; None where there are no such rows."""
    rows, held = _count(work, decision, "holds")
    _, broken = _count(work, decision, "impossible")
    if rows == 0:
        return None
    proven = [c for c, n in zip(decision.choices, held, strict=True) if n >= NEARLY_ALL * rows]
    left = [c for c, n in zip(decision.choices, broken, strict=True) if n <= (1 - NEARLY_ALL) * rows]
    for fits in (proven, left):
        if len(fits) == 1:
            return fits[0]
    raise KpiError(f"{decision.refuses} (checked on {rows} rows)")


def _count(work: Work, decision: Decision, part: str) -> tuple[int, list[int]]:
    """How many rows are in scope, and on how many of them each choice's `part` is true."""
    counts = ", ".join(f"count(*) FILTER ({getattr(choice, part)})" for choice in decision.choices)
    rows, *true = work.one(f"SELECT count(*), {counts} FROM typed WHERE {decision.scope}")
    return rows, true


def remark(work: Work) -> None:
    """Note what the plan wants said about the rows used, and cells that are not settled yet."""
    if items := work.plan.remarks:
        counts = work.one(f"SELECT {', '.join(item.count for item in items)} FROM fit")
        work.notes += [item.says.format(n=n) for item, n in zip(items, counts, strict=True) if n]
    if fields := [f for f in work.plan.fields if f.sources and f.kind in NUMERIC]:
        late = work.one(f"SELECT {', '.join(f'count(*) FILTER (late_{f.name})' for f in fields)} FROM typed")
        counted = [(f.label, n) for f, n in zip(fields, late, strict=True) if n]
        work.notes += [f"{label}: {n} cells not settled yet, kept as missing" for label, n in counted]
