"""Write what is made from data into the documents, or with --check fail when it is stale.

The metric tables of README.md and README.zh.md come from metrics.toml, the table of exports in data/README.md from the
layouts.
"""

import sys
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from kpi_helpers import metrics

ROOT = Path(__file__).resolve().parent.parent
LAYOUTS = ROOT / "kpi_helpers" / "sources" / "layouts"
HEADS = {"en": "| metric | means | definition |", "zh": "| 指标 | 名称 | 算法 |"}
ORDER = (
    "orders",
    "order_lines",
    "refunds",
    "messages",
    "agent_daily",
    "traffic",
)  # of the tables, in the list of exports


def ratios(lang: str) -> str:
    """Every ratio of the registry: name, label, definition in words."""
    ratios = [metric for metric in metrics.metrics().values() if metric.denominator]
    lines = [f"| `{m.name}` | {m.label[lang]} | {m.formula[lang]} |" for m in ratios]
    return "\n".join([HEADS[lang], "| --- | --- | --- |", *lines])


def exports() -> str:
    """Every layout: what it is called, which tables it gives, what to mind."""
    entries = [tomllib.loads(path.read_text("utf-8")) for path in sorted(LAYOUTS.glob("*.toml"))]
    rows = sorted((_gives(entry), entry["name"], entry) for entry in entries)
    lines = [
        f"| {entry['label']['zh']}, {entry['label']['en']} | {', '.join(ORDER[at] for at in gives)} "
        f"| {' '.join(entry['traps'])} |"
        for gives, _, entry in rows
    ]
    return "\n".join(["| export | gives | mind |", "| --- | --- | --- |", *lines])


def _gives(entry: dict) -> list[int]:
    return sorted({ORDER.index(output["table"]) for output in entry["outputs"]})


MADE = {
    ROOT / "README.md": ("metrics", lambda: ratios("en")),
    ROOT / "README.zh.md": ("metrics", lambda: ratios("zh")),
    ROOT / "data" / "README.md": ("exports", exports),
}


def fresh(path: Path) -> str:
    """The document with its table as the data have it now."""
    name, table = MADE[path]
    begin, end = f"<!-- {name}: made by tools/readme.py -->", f"<!-- /{name} -->"
    before, rest = path.read_text("utf-8").split(begin)
    return f"{before}{begin}\n{table()}\n{end}{rest.split(end)[1]}"


def main() -> None:
    """Write them, or only look."""
    stale = [path for path in MADE if fresh(path) != path.read_text("utf-8")]
    for path in stale:
        if "--check" not in sys.argv:
            path.write_text(fresh(path), "utf-8")
    if stale and "--check" in sys.argv:
        sys.exit("README tables are stale; run: python tools/readme.py")


if __name__ == "__main__":
    main()
