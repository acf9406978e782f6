"""Bad input: one sentence each, exit status 2, the store untouched, never a traceback."""

import json
import zipfile

import pyarrow as pa
import pytest
from exports import Desk, text_file, workbook
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from kpi_helpers.sources.explain import explain

HEADER = ["shop_id", "order_id", "created_at", "paid_at", "paid_amount"]
T = "2026-11-01 10:00:00"
ROW = ["店", "1", T, "", "5"]


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "data")


LINES = [f"店,{i},2026-11-0{i} 10:00:00,2026-11-0{i} 10:00:09,{i}.50" for i in range(1, 8)]
GOOD = "\n".join([",".join(HEADER), *LINES])


def damaged_book(path):
    whole = workbook(path, 订单=[HEADER, ROW]).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def plain_zip(path):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.txt", "hello")


def archive(path, name, text, how=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", how) as file:
        file.writestr(name, text)
    return path


def cut(path):
    path.write_bytes(path.read_bytes()[:-30])


def broken(path, *places):
    """With bytes that say something else."""
    data = bytearray(path.read_bytes())
    for at in places:
        data[at] ^= 0xFF
    path.write_bytes(bytes(data))


def bad_text(path):
    """A Parquet file with a text that is no UTF-8."""
    cells = pa.array([b"\xe6\xe6"] * 2).view(pa.string())
    parquet.write_table(pa.table([cells if name == "order_id" else ["店", "1"] for name in HEADER], names=HEADER), path)


def locked(path):
    """Marked as encrypted, in the file's own header and in the directory."""
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    path.write_bytes(bytes(data))


VERSION = -22 - 46 - len("o.csv") + 6  # the version a reader needs, in the directory of an archive with one file
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # how workbooks with a password begin
MIXED = ("买家昵称," * 6).encode() + "花店".encode("gb18030") + b"\xff"
BAD = {
    "empty.csv": (lambda p: p.write_bytes(b""), "the file is empty"),
    "cut.xlsx": (damaged_book, "damaged or incomplete"),
    "zip.xlsx": (plain_zip, "damaged or incomplete"),
    "locked.xlsx": (
        lambda p: p.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
        "protected with a password",
    ),
    "page.xls": (lambda p: p.write_bytes(b"\xef\xbb\xbf <HTML><table></table>"), "a web page under a table's name"),
    "cut.parquet": (lambda p: p.write_bytes(b"PAR1" + b"\0" * 50), "the Parquet file is damaged"),
    "text.parquet": (bad_text, "the Parquet file is damaged"),
    "binary.csv": (lambda p: p.write_bytes(b"a\0b" * 50), "neither a table nor text"),
    "utf16.csv": (lambda p: p.write_text("order_id", encoding="utf-16"), "UTF-16"),
    "latin.csv": (lambda p: p.write_bytes(b"order_id,\xff\xff\n"), "neither UTF-8 nor GB18030"),
    "mixed.csv": (lambda p: p.write_bytes(MIXED), "mixes encodings"),
    "header.csv": (lambda p: text_file(p, [HEADER]), "a header and no rows"),
    "blank.csv": (lambda p: p.write_bytes(b"\n\n\n"), "not recognised"),
    "line.csv": (
        lambda p: p.write_bytes((",".join(HEADER) + "\n店," + "x" * (40 << 20)).encode()),
        "longer than 16 MB",
    ),
    "line.txt": (lambda p: p.write_bytes(b"x" * (40 << 20)), "not recognised"),
    "cut.zip": (lambda p: cut(archive(p, "o.csv", GOOD)), "the archive is damaged or incomplete"),
    "climbs.zip": (lambda p: archive(p, "../o.csv", GOOD), "names a file outside of itself ('../o.csv')"),
    "absolute.zip": (lambda p: archive(p, "/etc/o.csv", GOOD), "names a file outside of itself"),
    "locked.zip": (lambda p: locked(archive(p, "o.csv", GOOD)), "the archive is protected with a password"),
    "inner.zip": (lambda p: archive(p, "o.csv", ""), "o.csv: the file is empty"),
    "bits.zip": (lambda p: broken(archive(p, "o.csv", GOOD, zipfile.ZIP_DEFLATED), 60), "the archive is damaged"),
    "newer.zip": (lambda p: broken(archive(p, "o.csv", GOOD), VERSION), "the archive is damaged"),
    "dot.zip": (lambda p: archive(p, ".", GOOD), "not a data file"),
    "nothing.zip": (lambda p: archive(p, "folder/", ""), "the archive holds no table"),
    "chat.txt": (
        lambda p: p.write_bytes("小花猫 2026-11-1 9:05:07\n在吗".encode("gb18030") + b"\xff"),
        "neither UTF-8 nor GB18030",
    ),
    "cut.json": (lambda p: p.write_text('{"chats": [{"id": 1}, '), "the JSON is damaged or incomplete (near line 1)"),
    "deep.json": (lambda p: p.write_text("[" * 200_000), "the JSON is damaged or incomplete"),
    "empty.json": (lambda p: p.write_text("{}"), "the file has no rows"),
    "odd.json": (lambda p: p.write_text('{"a": [{"b": 1}]}'), "not recognised; its columns are: b"),
    "quote.csv": (
        lambda p: text_file(p, ",".join(HEADER) + '\n店,1,"' + "x" * (17 << 20) + "\n"),
        "a record is longer than 16 MB",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_one_sentence_and_nothing_else(name, desk, tmp_path):
    make, sentence = BAD[name]
    make(tmp_path / name)
    report = desk.take(tmp_path / name)
    assert (report.status, report.commit, len(report.files)) == (2, None, 1)
    assert sentence in report.files[0].error
    assert "\n" not in report.files[0].error
    assert desk.store.commits() == []


def test_links_and_missing_files(desk, tmp_path):
    (tmp_path / "link.csv").symlink_to(text_file(tmp_path / "o.csv", [HEADER, ROW]))
    assert desk.take(tmp_path / "link.csv").status == 2
    report = desk.take(tmp_path / "nothing.csv")
    assert (report.status, report.files[0].error) == (2, "there is no such file; check the path")


def test_a_failing_file_leaves_the_store_as_it_was(desk, tmp_path):
    desk.take(text_file(tmp_path / "o.csv", [HEADER, ROW]))
    before = desk.store.fingerprint("店")
    desk.take(text_file(tmp_path / "p.csv", [HEADER, *[["店", f"{i}", "??", "", "5"] for i in range(9)]]))
    assert desk.store.fingerprint("店") == before


def test_dates_of_two_kinds_in_one_column(desk, tmp_path):
    rows = [["店", str(i), "2026-11-01 10:00:00", "", "5"] for i in range(9)]
    report = desk.take(text_file(tmp_path / "o.csv", [HEADER, *rows, ["店", "x", "11/01/2026 10:00", "", "5"]]))
    assert (report.status, report.commit) == (2, None)
    assert "two kinds in one column; 1 of 10 are written as '11/01/2026 10:00'" in report.files[0].error
    [record] = desk.take(text_file(tmp_path / "p.csv", [HEADER, *rows, ["店", "x", "昨天", "", "5"]])).files
    assert (record.used, record.reasons) == (9, {"created_at is not a time": 1})


def test_records_of_another_width(desk, tmp_path):
    lines = ["order_id,created_at,paid_amount", f"1,{T},5", f"2,{T}", f"3,{T},5,,", f"4,{T},5,6", "5,?,5,,"]
    [record] = desk.take(text_file(tmp_path / "o.csv", "\n".join(lines)), shop="店").files
    assert (record.read, record.used) == (5, 2)
    width = {"fewer cells than the header": 1, "more cells than the header": 1}
    assert record.reasons == {**width, "created_at is not a time": 1}
    assert [(row["row"], row["cells"]["order_id"]) for row in desk.rejected()] == [(3, "2"), (5, "4"), (6, "5")]


def test_parquet_columns_of_one_name_and_days_beyond_the_calendar(desk, tmp_path):
    days = pa.array([20_000, 10_000_000], pa.int32()).view(pa.date32())
    rows = [["店", "店"], days, ["5", "6"], ["a", "b"], ["\xe6", "x"]]
    parquet.write_table(pa.table(rows, names=["shop_id", "day", "visitors", "shop_id", "odd"]), tmp_path / "o.parquet")
    [record] = desk.take(tmp_path / "o.parquet").files
    assert (record.used, record.reasons) == (1, {"day is not a day": 1})
    [kept] = desk.rejected()
    assert kept["cells"] == {"shop_id": "店", "day": "29349-01-26", "visitors": "6", "shop_id (4)": "b", "odd": "x"}
    [(looked, _)] = explain([tmp_path / "o.parquet"], None, lambda _: "Asia/Shanghai")
    assert looked.reasons == record.reasons


def test_a_broken_text_in_a_parquet_column_that_nobody_reads(desk, tmp_path):
    odd = pa.array([b"\xe6\xe6"]).view(pa.string())
    parquet.write_table(pa.table([*[[v] for v in ROW], odd], names=[*HEADER, "odd"]), tmp_path / "o.parquet")
    [(looked, _)] = explain([tmp_path / "o.parquet"], None, lambda _: "Asia/Shanghai")
    assert looked.used == desk.take(tmp_path / "o.parquet").files[0].used == 1


def test_no_person_is_kept_with_a_row_set_aside(desk, tmp_path):
    """Whatever the column: cells that moved, or too few of them, may bring a name or an address under another name."""
    header = "订单编号,订单创建时间,买家实际支付金额,收货人姓名,收货地址 ,联系手机,宝贝标题 ,物流公司"
    lines = [
        f"1,{T},5,王小明,浙江省杭州市某某路9号,13800000001,四件套,快递",
        f"2,{T},五元,王小明,浙江省杭州市某某路9号,13800000001,四件套,快递",
        f"3,{T},5,王小明,浙江省杭州市某某路9号,13800000001",
        f"4,王小明,{T},5,x,x,浙江省杭州市某某路9号,打13800000001",
        f"13800000002,{T},x9,王小明,x,x,四件套,a@b.cn",
    ]
    [record] = desk.take(text_file(tmp_path / "o.csv", "\n".join([header, *lines]), "gb18030"), shop="店").files
    assert (record.used, record.set_aside) == (1, 4)
    kept = [row["cells"] for row in desk.rejected()]
    said = json.dumps(kept, ensure_ascii=False)
    assert not [word for word in ("王小明", "杭州", "13800000001", "a@b.cn") if word in said]
    assert [cells["订单编号"] for cells in kept] == ["2", "3", "4", "13800000002"]


def test_no_person_is_given_as_an_example(desk, tmp_path):
    lines = ["订单编号,订单创建时间,买家实际支付金额", *(f"{n},'138000000{n:02},5" for n in range(9))]
    [record] = desk.take(text_file(tmp_path / "o.csv", "\n".join(lines)), shop="店").files
    assert "9 of 9 cells are not a time" in record.error and "138" not in record.error and "•••" in record.error
    [record] = desk.take(text_file(tmp_path / "x.csv", "省,市,区,街道,货号\n1,2,3,4,5\n"), shop="店").files
    assert "街道, 货号" in record.error
    headless = "王小明,13800000001,浙江省杭州市某某路9号,a@b.cn\n李雷,13800000002,浙江省杭州市某某路8号,c@d.cn\n"
    [record] = desk.take(text_file(tmp_path / "y.csv", headless), shop="店").files
    assert not [word for word in ("1380", "杭州", "@") if word in record.error]


def test_a_broken_character_where_nobody_reads(desk, tmp_path):
    """Only the cells that are read must be whole; what is kept of a row set aside shows where it is broken."""
    body = "".join(f"{n},{T},{'x' if n == 8000 else n}.5,请尽快发货谢谢老板\n" for n in range(1, 8001))
    data = f"订单编号,订单创建时间,买家实际支付金额,运送方式\n{body}".encode("gb18030")
    (tmp_path / "o.csv").write_bytes(data[:-3] + b"\xff\n")
    [record] = desk.take(tmp_path / "o.csv", shop="店").files
    assert (record.read, record.used, record.set_aside) == (8000, 7999, 1)
    assert "�" in desk.rejected()[0]["cells"]["运送方式"]
    (tmp_path / "p.csv").write_bytes(data + b"1,2026-11-01\xff 10:00:00,5,\n")
    assert "neither UTF-8 nor GB18030" in desk.take(tmp_path / "p.csv", shop="店").files[0].error


def test_line_breaks_and_separators_inside_quotes(desk, tmp_path):
    text = '订单编号,订单创建时间,买家实际支付金额,买家留言\r\n\r\n"1",2026-11-01 10:00:00,5,"一\r\n二,三\t""四"""\r\n'
    [record] = desk.take(text_file(tmp_path / "o.csv", text, "gb18030"), shop="店").files
    assert (record.read, record.used) == (1, 1)


def test_a_name_that_climbs_folders(desk, tmp_path):
    (tmp_path / "in").mkdir()
    text_file(tmp_path / "o.csv", [HEADER, ["../../x", *ROW[1:]]])
    assert desk.take(tmp_path / "in" / ".." / "o.csv").status == 0
    assert {path.parent.name for path in (desk.folder / "store" / "shops").iterdir()} == {"shops"}


CHANGES = st.lists(st.tuples(st.integers(0, 500), st.binary(max_size=6)), max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES, st.sampled_from(["utf-8", "gb18030"]))
def test_mutated_files_never_break_the_reader(tmp_path, changes, encoding):
    data = bytearray(GOOD.encode(encoding))
    for at, piece in changes:
        data[at : at + len(piece)] = piece
    (tmp_path / "m.csv").write_bytes(bytes(data))
    [record] = Desk(tmp_path / "data").take(tmp_path / "m.csv").files
    assert record.read == record.used + record.set_aside
    assert bool(record.error) != bool(record.read)
