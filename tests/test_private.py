"""What no metric needs is stored nowhere: people's names, numbers and addresses, of rows used and set aside."""

import duckdb
import pytest
from exports import text_file
from test_fuzz import rows_of

from kpi_helpers.sources.intake import ingest
from kpi_helpers.sources.layouts import layouts

SECRET = "绝密甲乙丙"
PEOPLE = [
    "收货人姓名",
    "收货地址",
    "联系手机",
    "买家身份证号",
    "收件人电话",
    "详细地址",
    "Shipping Name",
    "billing_phone",
    "邮箱",
]


def stored(home) -> str:
    """Everything in the store, as text: tables, history, rows set aside."""
    texts = [path.read_text("utf-8") for path in home.rglob("*.json*")]
    with duckdb.connect() as con:
        for path in home.rglob("*.parquet"):
            every = f"SELECT COLUMNS(*)::VARCHAR FROM read_parquet('{path}', hive_partitioning = false)"
            texts.append(repr(con.sql(every).fetchall()))
    return "".join(texts)


@pytest.mark.parametrize("layout", layouts(), ids=lambda layout: layout.name)
def test_no_layout_stores_people(layout, tmp_path):
    header, *rows = rows_of(layout)
    people = [name for name in PEOPLE if layout.hides(name)]
    assert len(people) >= 7
    rows[0] = [*("" for _ in rows[0][1:]), "坏"]  # set aside where something is needed, and kept as it came
    lines = [[*header, *people], *([*row, *[SECRET] * len(people)] for row in rows)]
    report = ingest([text_file(tmp_path / "m.csv", lines)], tmp_path / "data", "店")
    [record] = report.files
    assert SECRET not in stored(tmp_path / "data")
    assert record.error or record.read == len(rows)
