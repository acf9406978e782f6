"""Write the metric tables of README.md and README.zh.md from metrics.toml; with --check, fail when they are stale."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from kpi_helpers import metrics

ROOT = Path(__file__).resolve().parent.parent
FILES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh.md"}
HEADS = {"en": "| metric | means | definition |", "zh": "| 指标 | 名称 | 算法 |"}
BEGIN, END = "<!-- metrics: made by tools/readme.py -->", "<!-- /metrics -->"


def table(lang: str) -> str:
    """Every ratio of the registry: name, label, definition in words."""
    ratios = [metric for metric in metrics.metrics().values() if metric.denominator]
    lines = [f"| `{m.name}` | {m.label[lang]} | {m.formula[lang]} |" for m in ratios]
    return "\n".join([HEADS[lang], "| --- | --- | --- |", *lines])


def fresh(lang: str) -> str:
    """The README with its table as the registry has it now."""
    text = FILES[lang].read_text("utf-8")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{table(lang)}\n{END}{rest.split(END)[1]}"


def main() -> None:
    """Write both, or only look."""
    stale = [lang for lang in FILES if fresh(lang) != FILES[lang].read_text("utf-8")]
    for lang in stale:
        if "--check" not in sys.argv:
            FILES[lang].write_text(fresh(lang), "utf-8")
    if stale and "--check" in sys.argv:
        sys.exit("README tables are stale; run: python tools/readme.py")


if __name__ == "__main__":
    main()
