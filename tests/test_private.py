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


def test_long_cells_are_looked_through_once(tmp_path):
    """Patterns that look ahead from every place would take hours for cells of this length."""
    header = "shop_id,message_id,buyer_id,sender,sent_at,text,备考\n"
    cells = ["x" * 300_000, "市" * 300_000, "x@" * 100_000, "1" * 300_000, "杭州市文三路", "a@b.cn 138 13800000001"]
    lines = header + "".join(f"店,{n},,buyer,2026-11-01 10:00:00,,{cell}\n" for n, cell in enumerate(cells))
    report = ingest([text_file(tmp_path / "m.csv", lines), text_file(tmp_path / "x.csv", cells[0])], tmp_path / "data")
    assert report.files[0].set_aside == len(cells)
    kept = stored(tmp_path / "data")
    assert "xxxx" in kept and "文三路" not in kept and "a@b" not in kept and "••• 138 •••" in kept


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
