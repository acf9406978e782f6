"""Canonical rows from a frame, without a store: what the readers do, for tests and for notebooks."""

import pandas as pd
import pyarrow as pa

from kpi_helpers.errors import KpiError
from kpi_helpers.store.canonical import plan
from kpi_helpers.store.convert import Converted, convert
from kpi_helpers.store.schema import table


def as_arrow(frame) -> pa.Table:
    """`frame` as an Arrow table: Arrow as it is, pandas column by column (mixed columns become text)."""
    if isinstance(frame, pa.Table):
        return frame
    frame = pd.DataFrame(frame)
    return pa.table({str(name): _column(frame[name]) for name in frame.columns})


def _column(values: pd.Series) -> pa.Array | pa.ChunkedArray:
    try:
        return pa.Array.from_pandas(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if pd.isna(v) else str(v) for v in values], pa.string())


def positioned(frame: pa.Table, first_row: int = 1) -> pa.Table:
    """The frame as readers hand it on: columns c0, c1, … and `row`, the row's number in its file."""
    names = [f"c{i}" for i in range(frame.num_columns)]
    numbers = pa.array(range(first_row, first_row + len(frame)), pa.int64())
    columns = [_plain(column) for column in frame.columns]
    return pa.table([*columns, numbers], names=[*names, "row"])


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Dictionaries (pandas categories) as their values."""
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def normalise(
    name: str, frame, timezone: str = "Asia/Shanghai", shop: str | None = None
) -> tuple[pa.Table, pd.DataFrame]:
    """Rows of canonical table `name` from any frame with its column names.

    Text cells are read as the readers read files: naive times are in `timezone`, empty is missing, the row
    read last wins. `shop` stands in where there is no shop_id. Returns the typed Arrow table (canonical columns
    and row_order) and a frame of the rows set aside, as they came, with `row` (1 is the first) and `reason`; a
    column of the frame with such a name becomes `<table>_reason`.
    Raises KpiError for an unknown table, missing required columns, or a column that is not what it says.
    """
    rows = as_arrow(frame)
    found = read_canonical(name, rows, timezone, shop)
    typed = found.tables[name].replace_schema_metadata({"given": ",".join(sorted(found.given[name]))})
    numbered = typed.append_column("row_order", pa.array(range(len(typed)), pa.int64()))
    rejected = pd.DataFrame({"row": found.rejected.keys(), "reason": found.rejected.values()})
    original = rows.take(pa.array([row - 1 for row in found.rejected], pa.int64())).to_pandas()
    original = original.rename(columns={clash: f"{name}_{clash}" for clash in rejected.columns})
    return numbered, pd.concat([rejected, original], axis=1)


def read_canonical(name: str, rows: pa.Table, timezone: str, shop: str | None) -> Converted:
    """The conversion behind `normalise`, with everything it found out."""
    spec = table(name)
    places = {column.strip().lower(): at for at, column in enumerate(rows.column_names)}
    missing = [c for c in spec.columns if c not in spec.optional and c not in places]
    missing = [c for c in missing if not (c == "shop_id" and shop) and name != "agent_daily"]
    if missing:
        raise KpiError(f"{name} needs the columns {', '.join(missing)}; there are: {', '.join(rows.column_names)}")
    return convert([positioned(rows)], plan(name, places), shop, lambda _: timezone)[0]
