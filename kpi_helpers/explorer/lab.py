"""How JupyterLab is started: in the notebooks' folder, at the start page, on data that are found from there."""

import os
import socket
import sys
from importlib.util import find_spec
from pathlib import Path

from kpi_helpers.desk import find_data
from kpi_helpers.errors import KpiError

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
START = "start.ipynb"
ALONE = ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]  # nobody else is asked anything


def command(port: int | None = None, no_browser: bool = False, notebooks: Path = NOTEBOOKS) -> list[str]:
    """The command line of JupyterLab. Raises KpiError when it is missing, has no notebooks, or the port is taken."""
    if not find_spec("jupyterlab"):
        raise KpiError("JupyterLab is not installed here; run make lab, or pip install jupyterlab")
    if not (notebooks / START).is_file():
        raise KpiError(
            f"there is no {START} in {notebooks}; run kpi lab from the kit's own folder, installed with pip -e"
        )
    if port and not _free(port):
        raise KpiError(f"port {port} is in use, perhaps by another Lab (jupyter lab list); choose another with --port")
    chosen = [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"] if port else []
    quiet = ["--no-browser"] if no_browser else []
    start = [f"--ServerApp.root_dir={notebooks}", f"--LabApp.default_url=/lab/tree/{START}"]
    return [sys.executable, "-m", "jupyterlab", *start, *chosen, *quiet, *ALONE]


def environment(data_dir: str = "") -> dict[str, str]:
    """The Lab's environment: the notebooks find the data that this command would."""
    return os.environ | {"KPI_DATA": str(find_data(data_dir).absolute())}


def _free(port: int) -> bool:
    with socket.socket() as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a Lab that has just ended does not count
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
