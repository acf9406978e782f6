"""When the rows that a merge changes happened: what was computed for other times still holds."""

from kpi_helpers.store.merge import Merge

MOST = 500  # spans of one column


def touched(merge: Merge) -> dict[str, list[list[int]]]:
    """Time column -> spans [from, to) in seconds since 1970 around every new, changed and replaced row.

    Spans are of whole minutes, of hours or days where that would be too many. Call after `merge.months()`.
    """
    same = merge._match("h", "c")
    columns = [name for name, kind in merge.table.columns.items() if kind in ("time", "day")]
    listed = ", ".join(columns) or "NULL"
    merge.con.execute(
        f"CREATE TABLE moments AS SELECT {listed} FROM changed UNION ALL "
        f"SELECT {listed} FROM hit h SEMI JOIN changed c ON {same}"
    )
    return {column: _spans(merge, column) for column in columns}


def _spans(merge: Merge, column: str) -> list[list[int]]:
    for seconds in (60, 3600, 86_400):
        found = merge.con.execute(_islands(column, seconds)).fetchall()
        if len(found) <= MOST:
            break
    return [[low, high] for low, high in found]


def _islands(column: str, seconds: int) -> str:
    return f"""
        WITH slots AS (
            SELECT DISTINCT CAST(FLOOR(EPOCH({column}) / {seconds}) AS BIGINT) AS slot
            FROM moments WHERE {column} IS NOT NULL
        ),
        numbered AS (SELECT slot, slot - ROW_NUMBER() OVER (ORDER BY slot) AS island FROM slots)
        SELECT MIN(slot) * {seconds}, (MAX(slot) + 1) * {seconds} FROM numbered GROUP BY island ORDER BY 1"""
