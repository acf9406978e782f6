"""What a file must prove about itself: the scale of its rates, net or gross amounts. Decided per file, and
said."""

from kpi_helpers.errors import KpiError
from kpi_helpers.store.kinds import NUMERIC
from kpi_helpers.store.plan import Choice, Decision, Field
from kpi_helpers.store.work import Work

NEARLY_ALL = 0.95
PERCENT_SHARE = 0.2  # a column of fractions may hold a few slips above 1; percents stand above 1 everywhere
UNITS = {100.0: "percents", 1.0: "fractions"}
# UTF-8 bytes read as Windows-1252 or Latin-1: a lead byte's letter, then a trailing byte's sign
TWICE = "[ÂÃâãäåæçèé][\\x{80}-\\x{BF}€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œŸ]"
DIFFER = "the files read together differ in how they print numbers"  # the reader then takes them one by one


def rate_scales(work: Work) -> dict[int, float]:
    """Column position -> 100 where its bare numbers are percents, 1 where they are fractions."""
    rates = [f for f in work.plan.fields if f.kind == "rate"]
    return {at: _scale(work, f, at) for f in rates for at, _ in f.sources}


def _scale(work: Work, f: Field, at: int) -> float:
    scales = set()
    for file, above, marked, positive in _rate_counts(work, at):
        scale = 100.0 if above > PERCENT_SHARE * positive else 1.0
        if positive:
            scales.add(scale)
        if scale == 100 or (marked and positive):
            work.note(f"{f.label}: numbers without a % sign read as {UNITS[scale]}", file)
    if len(scales) > 1:
        raise KpiError(DIFFER)
    return scales.pop() if scales else 1.0


def _rate_counts(work: Work, at: int) -> list[tuple]:
    trimmed = f"SELECT row, {work.text(at)} AS t FROM raw"
    source = f"(SELECT row, t, k_number(h) AS v FROM (SELECT *, k_half(t) AS h FROM ({trimmed})))"
    counts = ["count(*) FILTER (v > 1)", "count(*) FILTER (contains(t, '%'))", "count(*) FILTER (v > 0)"]
    return work.per_file(counts, source)


def decide(work: Work) -> dict[str, str]:
    """The names the plan's decisions define, as SQL. Raises KpiError where a file proves no reading."""
    gives: dict[str, str] = {}
    for decision in work.plan.decisions:
        gives |= decision.otherwise
        if set(decision.needs) <= work.plan.present():
            gives |= _chosen(work, decision)
        else:
            work.note(decision.absent)
    return gives


def _chosen(work: Work, decision: Decision) -> dict[str, str]:
    """What the readings that the files prove give; nothing where no row is in scope."""
    parts = [f"count(*) FILTER ({getattr(c, part)})" for part in ("holds", "impossible") for c in decision.choices]
    proven: dict[str, Choice] = {}
    for file, rows, *counts in work.per_file(["count(*)", *parts], f"typed WHERE {decision.scope}"):
        choice = _proven(decision, rows, counts[: len(counts) // 2], counts[len(counts) // 2 :])
        work.note(choice.says, file)
        proven[choice.says] = choice
    if len(proven) > 1:
        raise KpiError(DIFFER)
    return next(iter(proven.values())).gives if proven else {}


def _proven(decision: Decision, rows: int, held: list[int], broken: list[int]) -> Choice:
    """The one reading the rows of a file prove: by its identity, or because the others are impossible."""
    by_identity = [c for c, n in zip(decision.choices, held, strict=True) if n >= NEARLY_ALL * rows]
    possible = [c for c, n in zip(decision.choices, broken, strict=True) if n <= (1 - NEARLY_ALL) * rows]
    for fits in (by_identity, possible):
        if len(fits) == 1:
            return fits[0]
    raise KpiError(f"{decision.refuses} (checked on {rows} rows)")


def _garbled(work: Work) -> None:
    """Note texts that were encoded twice on their way (donâ€™t for don’t): kept as they are."""
    for f in [f for f in work.plan.fields if f.sources and f.kind in ("text", "label")]:
        for file, n in work.per_file([f"count(*) FILTER (regexp_matches(\"{f.name}\", '{TWICE}'))"], "typed"):
            work.note(f"{f.label}: {n} texts were encoded twice (donâ€™t), kept as they are", file) if n else None


def remark(work: Work) -> None:
    """Note what the plan wants said about the rows used, and cells that are not settled yet."""
    if items := work.plan.remarks:
        for file, *counts in work.per_file([item.count for item in items], "fit"):
            for item, n in zip(items, counts, strict=True):
                work.note(item.says.format(n=n), file) if n else None
    if fields := [f for f in work.plan.fields if f.sources and f.kind in NUMERIC]:
        for file, *counts in work.per_file([f"count(*) FILTER (late_{f.name})" for f in fields], "typed"):
            for f, n in zip(fields, counts, strict=True):
                work.note(f"{f.label}: {n} cells not settled yet, kept as missing", file) if n else None
    _garbled(work)
