"""Text cells to typed canonical rows, in SQL over whole columns; every row is used or set aside with a
reason."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import duckdb
import pyarrow as pa

from kpi_helpers.errors import KpiError
from kpi_helpers.store.decide import decide, rate_scales, remark
from kpi_helpers.store.kinds import READS_AS, TO_SQL, Reading, among, quoted
from kpi_helpers.store.outputs import rows
from kpi_helpers.store.plan import Field, Plan
from kpi_helpers.store.totals import totals
from kpi_helpers.store.trust import trust_checks, trust_columns
from kpi_helpers.store.work import FILE, Work, together

SAME, REPLACED = "same row again", "replaced by a later row with the same key"
SUMMARY = "a total or mean, not an agent"
SIBLING = "another line of the same order was set aside, and its amounts belong together"


@dataclass
class Converted:
    """What became of a file: row -> reason set aside, typed rows per table, the columns it really gave."""

    rejected: dict[int, str]
    notes: list[str]
    tables: dict[str, pa.Table] = field(default_factory=dict)
    given: dict[str, frozenset[str]] = field(default_factory=dict)


def convert(
    raws: list[pa.Table],
    plan: Plan,
    shop: str | None,
    timezone_for: Callable[[str], str],
    con: duckdb.DuckDBPyConnection | None = None,
) -> list[Converted]:
    """Read files of one layout (columns c0, c1, … and row) by `plan`: what became of each, as if read alone.

    `shop` stands in where a file names none; `timezone_for` gives a shop's zone for times without an offset;
    `con`, from `kinds.connect()`, saves making one. Raises KpiError when a column of one of the files is not what
    it says, or when they differ in how they print numbers: then read them one by one. Every row is in a table or
    in `rejected`. `raws` is emptied.
    """
    files = len(raws)
    work = Work(together(raws, plan), files, plan, shop, timezone_for, con)
    try:
        return _steps(work)
    except duckdb.Error as problem:
        sentence = str(problem).splitlines()[0]
        raise KpiError(f"the file could not be read as {plan.name}: {sentence}") from None
    finally:
        work.con.close()


def preview(raw: pa.Table, plan: Plan, shop: str | None, timezone_for: Callable[[str], str]) -> pa.Table:
    """The values of a few rows as text (times in UTC where shops differ), a column a field, without judging them."""
    work = Work(together([raw], plan), 1, replace(plan, over={}), shop, timezone_for)
    zone = work.zone_sql() if work.zone_sql() != "zone" else "'UTC'"
    zone = quoted(timezone_for(work.shop or "")) if plan.zone else zone  # as the shop's clock showed it
    try:
        _typed(work)
        times = {f.name: f'timezone({zone}, "{f.name}")' for f in plan.fields if f.kind in ("time", "epoch")}
        names = ", ".join(f"{times.get(f.name, _name(f))}::VARCHAR AS {_name(f)}" for f in plan.fields)
        return work.con.sql(f"SELECT {names} FROM typed ORDER BY row").to_arrow_table()
    except duckdb.Error:  # what an ingest would refuse with a sentence: no examples
        return pa.table({f.name: pa.nulls(len(raw), pa.string()) for f in plan.fields})
    finally:
        work.con.close()


def _name(f: Field) -> str:
    return f'"{f.name}"'  # a field may be called group


def _steps(work: Work) -> list[Converted]:
    _typed(work)
    trust_columns(work)
    work.drop_raw()
    _judged(work, decide(work))
    trust_checks(work)
    _whole(work)
    _repeats(work)
    totals(work)
    remark(work)
    found = [Converted(rejected, work.notes[at]) for at, rejected in enumerate(_rejected(work))]
    for output in work.plan.outputs:
        for one, own in zip(found, rows(work, output), strict=True):
            before = one.tables.get(output.table)
            one.tables[output.table] = pa.concat_tables([before, own]) if before else own
            one.given[output.table] = work.plan.given(output)
    return found


def _rejected(work: Work) -> list[dict[int, str]]:
    """Row number -> reason, a dictionary a file."""
    found: list[dict[int, str]] = [{} for _ in range(work.files)]
    for file, row, reason in work.con.sql(
        f"SELECT {FILE}, row & 4294967295, reason FROM aside ORDER BY row"
    ).fetchall():
        found[file][row] = reason
    return found


def _typed(work: Work) -> None:
    """Values, and beside each whether its cell is unreadable (bad_) or not settled yet (late_)."""
    zone, scales = work.zone_sql(), rate_scales(work)
    cells = {f: _cells(f, work.readings(f, zone, scales)) for f in work.plan.fields}
    every = [cell for own in cells.values() for cell in own]
    own = f", {work.zone_column()} AS zone" if zone == "zone" else ""
    sql = f"SELECT *{own}{_step('text', 't', every)} FROM raw"
    sql = f"SELECT *{_step('half', 'h', every)} FROM ({sql})"
    sql = f"SELECT *{_step('value', 'v', every)} FROM ({sql})"
    fields = [column for f, parts in cells.items() for column in _field(f, parts, work.shop_sql())]
    work.con.execute(f"CREATE TEMP TABLE typed AS {_over(work.plan, f'SELECT row{_list(fields)} FROM ({sql})')}")


def _over(plan: Plan, values: str) -> str:
    """The values, and what each row has to know of the others of its group (copies of a row apart)."""
    if not plan.over:
        return values
    known = set(plan.key) <= {f.name for f in plan.fields}
    again = f"row < max(row) OVER (PARTITION BY {', '.join([*plan.key, FILE])})" if known else "false"
    named = _list([f"{sql} AS {name}" for name, sql in plan.over.items()])
    source = f"(SELECT *, {again} AS again FROM ({values}))"
    return f"SELECT *{named} FROM {source} WINDOW grp AS (PARTITION BY {_together_by(plan)}, again)"


def _together_by(plan: Plan) -> str:
    return ", ".join([*plan.group, FILE])


Cell = tuple[Reading, dict[str, str]]  # how it is read, and the names of its steps


def _cells(f: Field, readings: list[Reading]) -> list[Cell]:
    return [(r, {step: f"{step}_{f.name}_{n}" for step in "thv"}) for n, r in enumerate(readings)]


def _step(part: str, name: str, cells: list[Cell]) -> str:
    """One step of every cell, as columns t_…, h_… or v_…."""
    return _list([f"{getattr(r, part).format(**names)} AS {names[name]}" for r, names in cells])


def _list(parts: list[str]) -> str:
    return "".join(f", {part}" for part in parts)


def _field(f: Field, cells: list[Cell], shop: str) -> list[str]:
    """The columns of one field: the first of its cells that has a value, and its verdicts."""
    finals = [r.final.format(**names) for r, names in cells] + ([shop] if f.name == "shop_id" else [])
    value = f"coalesce({', '.join(finals)})" if finals else f"({f.constant or 'NULL'})::{TO_SQL[f.kind]}"
    bad = " OR ".join(f"({r.bad.format(**names)})" for r, names in cells) or "false"
    late = " OR ".join(f"({r.late.format(**names)})" for r, names in cells) or "false"
    if len(cells) > 1:  # a blank or broken cell does not matter where another column has the value
        bad, late = f"{value} IS NULL AND ({bad})", f"{value} IS NULL AND ({late})"
    return [f"{value} AS {f.name}", f"{bad} AS bad_{f.name}", f"{late} AS late_{f.name}"]


def _judged(work: Work, decided: dict[str, str]) -> None:
    """The rows to set aside, each with the first reason that applies."""
    derived = _list([f"{sql} AS {name}" for name, sql in {**decided, **work.plan.derived}.items()])
    whens = " ".join(f"WHEN {when} THEN {quoted(reason)}" for when, reason in _reasons(work.plan))
    work.con.execute(f"CREATE TEMP VIEW derived AS SELECT *{derived} FROM typed")
    work.con.execute(
        # Named apart first: refunds have a column `reason` of their own.
        f"CREATE TEMP TABLE aside AS SELECT row, why AS reason FROM (SELECT row, CASE {whens} END AS why FROM derived) "
        "WHERE why IS NOT NULL"
    )
    work.con.execute("CREATE TEMP VIEW fit AS SELECT * FROM derived ANTI JOIN aside USING (row)")


def _reasons(plan: Plan) -> Iterator[tuple[str, str]]:
    """(SQL, reason), the most telling first: totals, missing keys, failed identities, unreadable cells."""
    if plan.people:
        yield among(plan.people, "summary"), SUMMARY
    for f in plan.fields:
        if f.required:
            yield f"{f.name} IS NULL AND NOT bad_{f.name}", f"no {f.label}"
    for check in plan.checks:
        yield f"({check.when}) AND NOT ({check.holds})", check.reason
    for f in plan.fields:
        yield f"bad_{f.name}", f"{f.label} is not {READS_AS[f.kind]}"


def _whole(work: Work) -> None:
    """The other lines of orders of which a line was set aside: their sum would be too small."""
    if work.plan.whole:
        mine = _together_by(work.plan)
        work.con.execute(
            f"INSERT INTO aside SELECT row, {quoted(SIBLING)} FROM derived ANTI JOIN aside USING (row) "
            f"WHERE ({mine}) IN (SELECT ({mine}) FROM derived SEMI JOIN aside USING (row))"
        )


def _repeats(work: Work) -> None:
    """Within one file the last row of a key counts; the others are set aside."""
    key = [*work.plan.key, FILE]
    names = [f"k{i}" for i in range(len(key))]
    keyed = ", ".join(f"{sql} AS {name}" for name, sql in zip(names, key, strict=True))
    if work.one(f"SELECT count(*) = count(DISTINCT hash({', '.join(key)})) FROM fit")[0]:
        return
    work.con.execute(
        f"CREATE TEMP TABLE last AS SELECT {', '.join(names)}, max(row) AS row "
        f"FROM (SELECT {keyed}, row FROM fit) GROUP BY ALL HAVING count(*) > 1"
    )
    if work.one("SELECT count(*) FROM last")[0]:
        work.con.execute(_repeated(work.plan, names, keyed))


def _repeated(plan: Plan, names: list[str], keyed: str) -> str:
    match = " AND ".join(f"j.{k} IS NOT DISTINCT FROM l.{k}" for k in names)
    same = " AND ".join(f"j.{f.name} IS NOT DISTINCT FROM kept.{f.name}" for f in plan.fields)
    return (
        f"INSERT INTO aside SELECT j.row, CASE WHEN {same} THEN {quoted(SAME)} ELSE {quoted(REPLACED)} END "
        f"FROM (SELECT *, {keyed} FROM fit) j JOIN last l ON {match} AND j.row < l.row "
        f"JOIN typed kept ON kept.row = l.row"
    )
