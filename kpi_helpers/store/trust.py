"""When a file as a whole cannot be trusted: lost ids, columns that hold something else, identities that fail
in bulk."""

import re

from kpi_helpers.errors import KpiError
from kpi_helpers.store.kinds import READS_AS, quoted
from kpi_helpers.store.plan import Check, Field
from kpi_helpers.store.work import FILE, Work

PERIOD = re.compile(r"\d[./月-]\d{1,2}日?\s*(-|~|—|至|到)\s*\d")  # 02.05-02.11
OTHER_DATE = r"^\d{1,2}[-/.](\d{1,2}|[A-Za-z]{3})[-/.]\d{2,4}(\s|$)"  # 11/01/2026, 26-Aug-23
FEW = 5  # below this many bad rows it is rows that are wrong, not the file


def _in_bulk(bad: int, rows: int) -> bool:
    return bad >= FEW and 2 * bad > rows


def trust_columns(work: Work) -> None:
    """Raise KpiError when ids went through a spreadsheet, or when most of a column cannot be read."""
    bad = [f"count(*) FILTER (bad_{f.name})" for f in work.plan.fields]
    for _, rows, *counts in work.per_file(["count(*)", *bad], "typed"):
        for f, count in zip(work.plan.fields, counts, strict=True):
            _trust_column(work, f, count, rows)


def _trust_column(work: Work, f: Field, count: int, rows: int) -> None:
    if count and f.kind == "id":
        raise KpiError(_lost_ids(work, f, count))
    if 0 < count < rows and f.kind in ("time", "day") and (other := _other_dates(work, f)):
        raise KpiError(_two_kinds(f, rows, *other))
    none = f.kind == "day" and count == rows
    if not none and not _in_bulk(count, rows):
        return
    if f.kind == "day" and PERIOD.search(_example(work, f)):
        raise KpiError(f"{f.label}: rows cover periods such as {_example(work, f)}, not days; export the report by day")
    raise KpiError(
        f"{f.label}: {count} of {rows} cells are not {READS_AS[f.kind]}, such as "
        f"{_example(work, f)}; the column is not what its name says"
    )


def _lost_ids(work: Work, f: Field, count: int) -> str:
    return (
        f"{f.label}: {count} ids were turned into numbers such as {_example(work, f)} by a spreadsheet, "
        "and their last digits are lost; export again and do not open the file in Excel before"
    )


def _two_kinds(f: Field, rows: int, count: int, example: str) -> str:
    return (
        f"{f.label}: dates of two kinds in one column; {count} of {rows} are written as {example!r}, where day and "
        "month cannot be told apart; write all of them with the year first, or export again"
    )


def _other_dates(work: Work, f: Field) -> tuple[int, str] | None:
    """How many cells of a column are dates written in another way than the year first, and one of them."""
    texts = " || ' ' || ".join(f"coalesce({work.text(at)}, '')" for at, _ in f.sources)
    where = f"FROM raw JOIN typed USING (row) WHERE bad_{f.name} AND regexp_matches(trim({texts}), '{OTHER_DATE}')"
    count, example = work.one(f"SELECT count(*), any_value({texts}) {where}")
    return (count, example.strip()[:40]) if count else None


def _example(work: Work, f: Field) -> str:
    """One unreadable cell, shortened."""
    texts = ", ".join(work.text(at) for at, _ in f.sources)
    where = f"FROM raw JOIN typed USING (row) WHERE bad_{f.name} LIMIT 1"
    return repr(work.one(f"SELECT concat_ws(' / ', {texts}) {where}")[0][:40])


def trust_checks(work: Work) -> None:
    """Raise KpiError when an identity fails on most rows it applies to: the columns do not mean what they say."""
    failed = work.con.sql(f"SELECT reason, max(n) FROM ({FAILED}) GROUP BY reason").fetchall()
    many = {reason for reason, n in failed if n >= FEW}
    for check in work.plan.checks:
        if check.reason in many:
            _trust_check(work, check)


FAILED = f"SELECT {FILE} AS file, reason, count(*) AS n FROM aside GROUP BY ALL"


def _trust_check(work: Work, check: Check) -> None:
    failed = dict(work.con.sql(f"SELECT file, n FROM ({FAILED}) WHERE reason = {quoted(check.reason)}").fetchall())
    applies = f"count(*) FILTER (({check.when}) AND ({check.holds}) IS NOT NULL)"
    for file, rows in work.per_file([applies], "derived"):
        if _in_bulk(failed.get(file, 0), rows):
            raise KpiError(
                f"{check.reason}: in {failed[file]} of {rows} rows, so the columns of this file do not hold what "
                "their names say; nothing was taken from it"
            )
