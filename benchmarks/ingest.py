"""How fast exports are read, and how much memory it takes: one command, one table."""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
HEADER = (
    "订单编号,买家会员名,买家支付宝账号,买家应付货款,买家应付邮费,总金额,买家实际支付金额,订单状态,买家留言,收货人姓名,"
    "收货地址 ,运送方式,联系手机,订单创建时间,订单付款时间 ,宝贝标题 ,宝贝总数量,店铺名称,退款金额"
)
DAILY = "旺旺昵称,日期,咨询人数,接待人数,总消息,买家消息,客服消息,未回复人数,首次响应(秒),平均响应(秒)"
CODE = (
    "import json, resource, sys, time; sys.path.insert(0, {root!r}); from kpi_helpers.sources import ingest; "
    "import kpi_helpers.store.convert, deltalake; began, used = time.perf_counter(), time.process_time(); "
    "done = ingest([{path!r}], {data!r}, '店'); "
    "print(json.dumps([time.perf_counter() - began, time.process_time() - used, "
    "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, sum(r.used for r in done.files)]))"
)


def main() -> None:
    """Make the files where they are not there yet, read them into fresh stores, print and keep a table."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--rows", type=int, default=1_000_000, help="of the order file")
    given.add_argument("--files", type=int, default=400, help="small files in a folder")
    given.add_argument("--folder", type=Path, default=Path("data/benchmark"), help="where files are made, and kept")
    chosen = given.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    orders = order_file(chosen.folder / f"orders-{chosen.rows}.csv", chosen.rows)
    cases = {f"{chosen.rows:,} orders, GB18030 csv": orders}
    for n in (chosen.files // 10, chosen.files):
        cases[f"{n} daily reports, csv"] = daily_files(chosen.folder / f"daily-{n}", n)
    write({name: (path, measure(path, chosen.folder / "store")) for name, path in cases.items()})


def order_file(path: Path, rows: int) -> Path:
    """A Taobao order csv: ids as spreadsheets protect them, addresses, a note with a line break now and then."""
    if path.exists():
        return path
    with path.open("w", encoding="gb18030", newline="") as out:
        out.write(HEADER + "\r\n")
        for n in range(rows):
            at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(1_760_000_000 + n * 29))
            paid = at if n % 9 else ""
            note = '"请尽快,\n谢谢"' if n % 50 == 0 else ""
            amount = f"{20 + n % 300}.{n % 100:02d}"
            out.write(
                f'="{4_890_000_000_000_000_000 + n}",买家{n % 200_003},138****{n % 10_000:04d},{amount},0.00,{amount},'
                f"{amount if paid else '0.00'},{'交易成功' if paid else '等待买家付款'},{note},王**,"
                f"浙江省 杭州市 西湖区 某某街道{n % 999}号,快递,'138****0000,{at},{paid},四件套 纯棉 床上用品,"
                f"{1 + n % 3},青禾家居旗舰店,0.00\r\n"
            )
    return path


def daily_files(folder: Path, files: int) -> Path:
    """A folder of agents' daily reports, a file a day."""
    folder.mkdir(exist_ok=True)
    for n in range(files):
        day = time.strftime("%Y-%m-%d", time.gmtime(1_700_000_000 + n * 86_400))
        rows = [f"店:客服{a:02d},{day},{60 + a},{50 + a},{300 + a},{100},{200 + a},0,12,20" for a in range(20)]
        (folder / f"日报-{day}.csv").write_text("\n".join([DAILY, *rows]), encoding="gb18030")
    return folder


def measure(path: Path, data: Path) -> tuple[float, float, float, int]:
    """(seconds, processor seconds, peak memory in GB, rows used) of an ingest in a process of its own."""
    subprocess.run(["rm", "-rf", str(data)], check=True)
    code = CODE.format(root=str(HERE.parent), path=str(path), data=str(data))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = tuple(json.loads(done.stdout.splitlines()[-1]))
    print(f"{path.name}: {found[0]:.2f} s, {found[1]:.2f} s of processors, {found[2]:.2f} GB", flush=True)
    return found


def write(found: dict[str, tuple[Path, tuple]]) -> None:
    """Add the table to RESULTS.md and print it."""
    cores, load = os.cpu_count(), os.getloadavg()[1]
    lines = [
        f"## Reading exports, {time.strftime('%Y-%m-%d')}",
        "",
        f"{cores} cores, load {load:.1f}, Python {platform.python_version()}. A file: all of it, into an empty store.",
        "",
        "| | MB | rows used | seconds | processor seconds | peak GB | ms a file |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, (path, (seconds, used, peak, rows)) in found.items():
        files = list(path.iterdir()) if path.is_dir() else [path]
        size = sum(file.stat().st_size for file in files) / 1e6
        each = f"{1000 * seconds / len(files):.1f}" if path.is_dir() else ""
        lines.append(f"| {name} | {size:,.1f} | {rows:,} | {seconds:.2f} | {used:.2f} | {peak:.2f} | {each} |")
    print("\n".join(lines))
    with (HERE / "RESULTS.md").open("a", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n\n")


if __name__ == "__main__":
    main()
