"""Text cells to typed canonical rows, in SQL over whole columns; every row is used or set aside with a
reason."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from kpi_helpers.errors import KpiError
from kpi_helpers.store.decide import decide, rate_scales
from kpi_helpers.store.kinds import READS_AS, among, quoted
from kpi_helpers.store.outputs import given, rows
from kpi_helpers.store.plan import Plan
from kpi_helpers.store.trust import trust_checks, trust_columns
from kpi_helpers.store.work import Work

SAME, REPLACED = "same row again", "replaced by a later row with the same key"
SUMMARY = "a total or mean, not an agent"


@dataclass
class Converted:
    """What became of a file: typed rows per table, the columns really given, and (row, reason) set aside."""

    rejected: pa.Table
    notes: list[str]
    tables: dict[str, pa.Table] = field(default_factory=dict)
    given: dict[str, frozenset[str]] = field(default_factory=dict)


def convert(raw: pa.Table, plan: Plan, shop: str | None, timezone_for: Callable[[str], str]) -> Converted:
    """Read `raw` (columns c0, c1, … and row) by `plan`.

    `shop` stands in where the file names none; `timezone_for` gives a shop's zone for times without an
    offset.
    Raises KpiError when a column as a whole is not what it says. Every row of `raw` is in a table or in
    `rejected`.
    """
    work = Work(raw, plan, shop, timezone_for)
    try:
        return _steps(work)
    except duckdb.Error as problem:
        sentence = str(problem).splitlines()[0]
        raise KpiError(f"the file could not be read as {plan.name}: {sentence}") from None
    finally:
        work.con.close()


def _steps(work: Work) -> Converted:
    _typed(work)
    trust_columns(work)
    _judged(work, decide(work))
    trust_checks(work)
    _repeats(work)
    rejected = work.con.sql("SELECT row, why AS reason FROM judged WHERE why IS NOT NULL ORDER BY row")
    found = Converted(rejected.to_arrow_table(), work.notes)
    for output in work.plan.outputs:
        found.tables[output.table] = rows(work, output)
        found.given[output.table] = given(work, output)
    return found


def _typed(work: Work) -> None:
    """Values, and beside each whether its cell is unreadable (bad_) or not settled yet (late_)."""
    zone, scales, picked = work.zone_sql(), rate_scales(work), []
    for f in work.plan.fields:
        cell = work.value(f, zone, scales)
        value = work.shop_sql() if f.name == "shop_id" else cell.value
        picked += [f"{value} AS {f.name}", f"{cell.bad} AS bad_{f.name}", f"{cell.late} AS late_{f.name}"]
    work.con.execute(f"CREATE TABLE typed AS SELECT row, {', '.join(picked)} FROM raw")


def _judged(work: Work, decided: dict[str, str]) -> None:
    """The reason to set a row aside: the first that applies."""
    derived = "".join(f", {sql} AS {name}" for name, sql in {**decided, **work.plan.derived}.items())
    whens = " ".join(f"WHEN {when} THEN {quoted(reason)}" for when, reason in _reasons(work.plan))
    why = f"CASE {whens} END" if whens else "NULL::VARCHAR"
    work.con.execute(f"CREATE TABLE judged AS SELECT *, {why} AS why FROM (SELECT *{derived} FROM typed)")


def _reasons(plan: Plan) -> Iterator[tuple[str, str]]:
    """(SQL, reason), the most telling first: totals, missing keys, failed identities, unreadable cells."""
    if plan.people:
        yield among(plan.people, "summary"), SUMMARY
    must = [f for f in plan.fields if f.required]
    unreadable = " OR ".join(f"bad_{f.name}" for f in must) or "false"
    for f in must:
        yield f"{f.name} IS NULL AND NOT ({unreadable})", f"no {f.label}"
    for check in plan.checks:
        yield f"({check.when}) AND NOT ({check.holds})", check.reason
    for f in plan.fields:
        yield f"bad_{f.name}", f"{f.label} cannot be read as {READS_AS[f.kind]}"


def _repeats(work: Work) -> None:
    """Within one file the last row of a key counts; the others are set aside."""
    names = [f"k{i}" for i in range(len(work.plan.key))]
    keyed = ", ".join(f"{sql} AS {name}" for name, sql in zip(names, work.plan.key, strict=True))
    work.con.execute(
        f"CREATE TABLE last AS SELECT {', '.join(names)}, max(row) AS row "
        f"FROM (SELECT {keyed}, row FROM judged WHERE why IS NULL) GROUP BY ALL HAVING count(*) > 1"
    )
    if work.one("SELECT count(*) FROM last")[0]:
        work.con.execute(_mark_repeats(work.plan, names, keyed))


def _mark_repeats(plan: Plan, names: list[str], keyed: str) -> str:
    match = " AND ".join(f"j.{k} IS NOT DISTINCT FROM l.{k}" for k in names)
    same = " AND ".join(f"j.{f.name} IS NOT DISTINCT FROM kept.{f.name}" for f in plan.fields)
    return (
        f"UPDATE judged SET why = again.why FROM (SELECT j.row, "
        f"CASE WHEN {same} THEN {quoted(SAME)} ELSE {quoted(REPLACED)} END AS why "
        f"FROM (SELECT *, {keyed} FROM judged WHERE why IS NULL) j JOIN last l ON {match} AND j.row < l.row "
        f"JOIN judged kept ON kept.row = l.row) again WHERE judged.row = again.row"
    )
