"""Every layout's export, mutated: no traceback, every row accounted for, the store untouched where nothing was used.

KPI_FUZZ=2000 runs that many mutations of each layout instead of a few.
"""

import json
import os
import shutil
import zipfile

import pyarrow as pa
import pytest
from exports import text_file, workbook
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from kpi_helpers.errors import KpiError
from kpi_helpers.sources.drafted import write
from kpi_helpers.sources.explain import explain
from kpi_helpers.sources.explained import render
from kpi_helpers.sources.intake import ingest
from kpi_helpers.sources.layouts import layouts
from kpi_helpers.store import Store

EXAMPLES = int(os.environ.get("KPI_FUZZ", "2"))
NAMES = ("orders", "agents", "chitu", "sycm", "taobao_orders", "pdd_orders", "livechat_events")
SOME = [layout for layout in layouts() if "KPI_FUZZ" in os.environ or layout.name in NAMES]
ROWS = 6
VALUES = {
    "time": "2026-11-0{n} 10:00:0{n}",
    "day": "2026-11-0{n}",
    "money": "￥1,{n}34.50",
    "integer": "{n}",
    "number": "{n}0",
    "rate": "9{n}.5%",
    "duration": "{n}分3秒",
    "flag": "是",
    "id": "店:客服{n}",
    "label": "文字{n}",
    "word": "交易成功",
    "account": "店:客服{n}",
    "text": '说了 "{n}", 好',
}
WORDS = ["4.89E+17", "延迟统计", "汇总", "#VALUE!", "100%%", "6,25%", "-", '="', "'", "1e999", "0001-01-01 00:00:00"]
SIGNS = [",", "\n", '"', "\r\n", "\t", "\0", "，", "2026/2/30", "二〇二六年", "=1+1"]
PIECES = st.one_of(st.binary(max_size=6), st.sampled_from(WORDS + SIGNS).map(str.encode))
CHANGE = st.tuples(st.sampled_from(["over", "insert", "cut", "again"]), st.floats(0, 1), PIECES, st.integers(1, 80))


def rows_of(layout) -> list[list[str]]:
    """A small file of a layout: each field under its first name, with values of its kind."""
    header = {field: name for name, (field, _, rank) in reversed(layout.names.items()) if rank == 0}
    places = {field: [(at, 1.0)] for at, field in enumerate(header)}
    kinds = {f.name: f.kind for f in layout.plan(places, list(header.values()), {}).fields}
    shapes = ["店" if field == "shop_id" else VALUES[kinds.get(field, "text")] for field in header]
    body = [[shape.format(n=n) for shape in shapes] for n in range(1, ROWS + 1)]
    return [list(header.values()), *body]


def mutated(data: bytes, changes: list[tuple]) -> bytes:
    """The bytes with pieces written over, put in, cut out or repeated."""
    out = bytearray(data)
    for what, where, piece, length in changes:
        at = int(where * len(out))
        if what == "over":
            out[at : at + len(piece)] = piece
        elif what == "insert":
            out[at:at] = piece
        elif what == "cut":
            del out[at : at + length]
        else:
            out[at:at] = out[at : at + length]
    return bytes(out)


def examine(path, home) -> None:
    """Explain, map and ingest one file."""
    seen = explain([path], "店", lambda _: "Asia/Shanghai")
    assert render(seen, "zh") and render(seen, "en")
    report = ingest([path], home, "店")
    for record in report.files:
        assert record.read == record.used + record.set_aside == record.used + sum(record.reasons.values())
        assert bool(record.error) != bool(record.read)
        assert "\n" not in record.error
    assert [(r.name, r.used, r.set_aside, r.error) for r in report.files] == [
        (r.name, r.used, r.set_aside, r.error) for r, _ in seen
    ]
    if report.status == 2 and not any(record.set_aside for record in report.files):
        assert report.commit is None and Store(home).commits() == []
    try:
        write(path, home, "zh")
    except KpiError as problem:
        assert "\n" not in str(problem)


quickly = settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # an example is small as it is
    suppress_health_check=list(HealthCheck),
)
by_layout = pytest.mark.parametrize("layout", SOME, ids=lambda layout: layout.name)


@by_layout
@quickly
@given(st.lists(CHANGE, max_size=5), st.sampled_from(["utf-8", "gb18030", "utf-8-sig"]))
def test_text_files(layout, tmp_path, changes, encoding):
    shutil.rmtree(tmp_path / "data", ignore_errors=True)
    path = text_file(tmp_path / "m.csv", rows_of(layout), encoding)
    path.write_bytes(mutated(path.read_bytes(), changes))
    examine(path, tmp_path / "data")


def test_layouts_are_explained(tmp_path):
    paths = [text_file(tmp_path / f"{layout.name}.csv", rows_of(layout)) for layout in SOME]
    found = explain(paths, "店", lambda _: "Asia/Shanghai")
    assert all(look.layout for _, look in found) and len(found) == len(paths)
    assert render(found, "zh") and render(found, "en")


def as_json(path, rows):
    records = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    path.write_text(json.dumps({"data": {"list": records}}, ensure_ascii=False), encoding="utf-8")


def as_lines(path, rows):
    records = (json.dumps(dict(zip(rows[0], row, strict=True)), ensure_ascii=False) for row in rows[1:])
    path.write_text("\n".join(records), encoding="utf-8")


def as_parquet(path, rows):
    parquet.write_table(pa.table(list(map(list, zip(*rows[1:], strict=True))), names=rows[0]), path)


def as_zip(path, rows):
    text_file(path.with_suffix(".csv"), rows, "gb18030")
    workbook(path.with_suffix(".xlsx"), 表=rows)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path.with_suffix(".csv"), "导出/订单.csv")
        archive.write(path.with_suffix(".xlsx"), "b.xlsx")


def as_page(path, rows):
    cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    path.write_text(f"<html><table>{cells}</table></html>", encoding="utf-8")


FORMS = {"json": as_json, "jsonl": as_lines, "parquet": as_parquet, "zip": as_zip, "xls": as_page}


@by_layout
@quickly
@given(st.sampled_from(list(FORMS)), st.lists(CHANGE, max_size=3))
def test_other_containers(layout, tmp_path, form, changes):
    shutil.rmtree(tmp_path / "data", ignore_errors=True)
    path = tmp_path / f"m.{form}"
    FORMS[form](path, rows_of(layout))
    path.write_bytes(mutated(path.read_bytes(), changes))
    examine(path, tmp_path / "data")


TEXTS = st.text(st.characters(exclude_categories=["C"]), max_size=5) | st.sampled_from(WORDS)
MOMENTS = st.datetimes() | st.timedeltas() | st.times()
CELL = st.none() | st.integers() | st.floats() | st.booleans() | TEXTS | MOMENTS
EDIT = st.tuples(st.integers(0, ROWS), st.integers(0, 40), CELL)


@by_layout
@quickly
@given(st.lists(EDIT, max_size=5), st.lists(CHANGE, max_size=1))
def test_workbooks(layout, tmp_path, edits, changes):
    shutil.rmtree(tmp_path / "data", ignore_errors=True)
    rows = rows_of(layout)
    for at, column, cell in edits:
        rows[at][column % len(rows[at])] = cell
    try:
        path = workbook(tmp_path / "m.xlsx", 表=rows)
    except (ValueError, OverflowError):  # a moment no workbook can hold
        assume(False)
    path.write_bytes(mutated(path.read_bytes(), changes))
    examine(path, tmp_path / "data")
