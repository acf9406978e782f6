"""A real JupyterLab on a free port, on copies of the kit's notebooks and a copy of the sample shop, with no network."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120  # how long anything may take on a machine that others use as well
NO_NEWS = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
READY = """() => {
    const shown = window.jupyterapp && window.jupyterapp.shell.currentWidget;
    const kernel = shown && shown.sessionContext && shown.sessionContext.session && shown.sessionContext.session.kernel;
    return !!kernel && kernel.connectionStatus === 'connected' && kernel.status === 'idle';
}"""
RESTART = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
RUN_ALL = "() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }"
DONE = """() => {
    const cells = Array.from(window.jupyterapp.shell.currentWidget.content.model.cells);
    const code = cells.filter((cell) => cell.type === 'code' && cell.sharedModel.source.trim());
    return code.every((cell) => cell.executionCount !== null && cell.executionCount > 0);
}"""


@dataclass
class Lab:
    """One notebook open in the Lab, and what the page asked for and complained about."""

    page: object
    address: str
    token: str
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, name: str) -> None:
        """Show a notebook with its kernel at rest."""
        self.page.goto(f"{self.address}/lab/tree/{name}.ipynb?token={self.token}&reset")
        self.page.wait_for_function(READY)

    def run_all(self) -> None:
        """Run every cell; when the last one is done, no cell shows an error."""
        self.page.evaluate(RUN_ALL)
        self.page.wait_for_function(DONE)
        self.page.wait_for_function(READY)
        assert (
            self.page.locator(
                ".jp-OutputArea-output[data-mime-type*='error'], .jp-RenderedText pre .ansi-red-fg"
            ).count()
            == 0
        )

    def restart(self) -> None:
        """A new kernel: nothing of the old one's memory is left."""
        self.page.evaluate(RESTART)
        self.page.wait_for_function(READY)

    @property
    def outside(self) -> list[str]:
        """What was asked of anybody but this Lab."""
        return [address for address in self.requests if not address.startswith((self.address, "data:", "blob:", "ws:"))]


@pytest.fixture(scope="module")
def shop(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of this module's own, so that marks stay here."""
    home = tmp_path_factory.mktemp("lab") / "data"
    shutil.copytree(sample_store / "store", home / "store")
    return home


@pytest.fixture(scope="module")
def server(shop: Path) -> Iterator[tuple[str, str]]:
    """(address, token) of a running Lab, its settings and files in a folder of its own."""
    pytest.importorskip("jupyterlab")
    home = shop.parent
    shutil.copytree(ROOT / "notebooks", home / "notebooks")
    settings = home / "config" / "lab" / "user-settings"
    for name, chosen in NO_NEWS.items():
        room, plugin = name.split(":")
        (settings / room).mkdir(parents=True)
        (settings / room / f"{plugin}.jupyterlab-settings").write_text(json.dumps(chosen), "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    given = {"root_dir": home / "notebooks", "port": port, "port_retries": 0, "ip": "127.0.0.1", "allow_root": True}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--LabApp.expose_app_in_browser=True"]
    command += [f"--ServerApp.{name}={value}" for name, value in given.items()] + [f"--IdentityProvider.token={token}"]
    env = os.environ | {"KPI_DATA": str(shop), "PYTHONPATH": str(ROOT), "JUPYTER_CONFIG_DIR": str(home / "config")}
    env |= {"JUPYTER_DATA_DIR": str(home / "jupyter"), "JUPYTER_RUNTIME_DIR": str(home / "run")}
    env |= {"JUPYTERLAB_SETTINGS_DIR": str(settings), "IPYTHONDIR": str(home / "ipython")}
    with (home / "lab.log").open("w") as log, subprocess.Popen(command, env=env, stdout=log, stderr=log) as running:
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(running, f"{address}/api/status?token={token}", home / "lab.log")
            yield address, token
        finally:
            running.terminate()
            running.wait(SECONDS)


def _wait(running: subprocess.Popen, address: str, log: Path) -> None:
    until = time.monotonic() + SECONDS
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, TimeoutError):
            assert running.poll() is None and time.monotonic() < until, log.read_text("utf-8")[-2000:]
            time.sleep(0.2)


@pytest.fixture(scope="module")
def lab(server: tuple[str, str], browser: object) -> Iterator[Lab]:
    """The Lab in the browser; every request is noted."""
    address, token = server
    page = browser.new_page(viewport={"width": 1400, "height": 1500})
    page.set_default_timeout(SECONDS * 1000)
    seen = Lab(page, address, token)
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    yield seen
    page.close()
