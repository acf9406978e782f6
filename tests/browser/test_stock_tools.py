"""The notebooks are ordinary: stock papermill and stock nbconvert make a page of them, with its charts."""

import subprocess
import sys
from pathlib import Path

import pytest

TOY = Path(__file__).parents[1] / "fixtures" / "notebooks" / "10_toy_reception.ipynb"


@pytest.fixture(scope="module")
def stock_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy notebook through the two stock commands, with nothing of ours around them."""
    folder = tmp_path_factory.mktemp("stock")
    for command in (
        ["papermill", str(TOY), "run.ipynb", "-p", "lang", "zh", "--no-progress-bar"],
        ["nbconvert", "--to", "html", "run.ipynb"],
    ):
        subprocess.run([sys.executable, "-m", *command], cwd=folder, check=True, capture_output=True)
    return folder / "run.html"


def test_charts_are_drawn_by_the_stock_tools(stock_page: Path, open_page) -> None:
    assert open_page(stock_page).charts_drawn() == 2
