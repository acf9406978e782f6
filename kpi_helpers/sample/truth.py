"""What was planted in a sample, counted from the tables themselves."""

from pathlib import Path

from kpi_helpers.sample.world import Plan


def write_truth(plan: Plan, paths: list[Path], target: Path) -> None:
    """Write TRUTH.md."""
    target.write_text(f"# {plan.shop}\n", encoding="utf-8")
