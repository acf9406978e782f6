"""When a file as a whole cannot be trusted: lost ids, columns that hold something else, identities that fail
in bulk."""

from kpi_helpers.errors import KpiError
from kpi_helpers.store.kinds import READS_AS
from kpi_helpers.store.plan import Field
from kpi_helpers.store.work import Work

FEW = 5  # below this many bad rows it is rows that are wrong, not the file


def _in_bulk(bad: int, rows: int) -> bool:
    return bad >= FEW and 2 * bad > rows


def trust_columns(work: Work) -> None:
    """Raise KpiError when ids went through a spreadsheet, or when most of a column cannot be read."""
    bad = [f"count(*) FILTER (bad_{f.name})" for f in work.plan.fields]
    *found, rows = work.one(f"SELECT {', '.join(bad)}, count(*) FROM typed")
    for f, count in zip(work.plan.fields, found, strict=True):
        if count and f.kind == "id":
            raise KpiError(_lost_ids(work, f, count))
        if _in_bulk(count, rows):
            raise KpiError(
                f"{f.label}: {count} of {rows} cells cannot be read as {READS_AS[f.kind]}, such as "
                f"{_example(work, f)}; the column is not what its name says"
            )


def _lost_ids(work: Work, f: Field, count: int) -> str:
    return (
        f"{f.label}: {count} ids were turned into numbers such as {_example(work, f)} by a spreadsheet, "
        "and their last digits are lost; export again and do not open the file in Excel before"
    )


def _example(work: Work, f: Field) -> str:
    """One unreadable cell, shortened."""
    texts = ", ".join(work.text(at) for at, _ in f.sources)
    where = f"FROM raw JOIN typed USING (row) WHERE bad_{f.name} LIMIT 1"
    return repr(work.one(f"SELECT concat_ws(' / ', {texts}) {where}")[0][:40])


def trust_checks(work: Work) -> None:
    """Raise KpiError when an identity fails on most rows it applies to: the columns do not mean what they say."""
    failed = dict(work.con.sql("SELECT reason, count(*) FROM aside GROUP BY reason").fetchall())
    suspects = [c for c in work.plan.checks if failed.get(c.reason, 0) >= FEW]
    for check in suspects:
        applies = f"({check.when}) AND ({check.holds}) IS NOT NULL"
        rows = work.one(f"SELECT count(*) FILTER ({applies}) FROM derived")[0]
        if _in_bulk(failed[check.reason], rows):
            raise KpiError(
                f"{check.reason}: in {failed[check.reason]} of {rows} rows, so the columns of this file do not "
                "hold what their names say; nothing was taken from it"
            )
