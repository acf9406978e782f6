"""The set-up script: what it hands to uv, when it does nothing, what it says when it cannot go on."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "tools" / "setup_env.py"


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """The script as a module whose environment is an empty folder."""
    spec = importlib.util.spec_from_file_location("setup_env", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "STAMP", tmp_path / "stamp.json")
    return module


def test_pip_settings_reach_uv(tool, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = "global.index-url='https://mirror.example/simple'\n:env:.cert='/ca.pem'\nglobal.find-links='/wheels'\n"
    monkeypatch.setattr(tool, "output", lambda *command: listed)
    monkeypatch.setenv("SSL_CERT_FILE", "/own.pem")
    assert tool.index_settings() == {"UV_DEFAULT_INDEX": "https://mirror.example/simple"}


def test_the_nearer_pip_setting_wins(tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "output", lambda *command: "global.index-url='https://a'\n:env:.index-url='https://b'\n")
    assert tool.index_settings()["UV_DEFAULT_INDEX"] == "https://b"


def test_nothing_is_done_twice(tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "PYTHON", Path(sys.executable))
    assert not tool.up_to_date("run")
    tool.STAMP.write_text(json.dumps(tool.wanted("test")))
    assert tool.up_to_date("run") and tool.up_to_date("test"), "an environment for tests runs reports too"
    tool.STAMP.write_text(json.dumps(tool.wanted("run")))
    assert tool.up_to_date("run") and not tool.up_to_date("test")
    tool.STAMP.write_text(json.dumps({**tool.wanted("run"), "requirements.txt": "other"}))
    assert not tool.up_to_date("run"), "new pins mean a new set-up"


def test_debian_packages_only_where_they_may_be_installed(tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool.shutil, "which", lambda name: None)
    assert tool.apt_prefix() is None and not tool.apt_install(["chromium"])


def test_a_wrong_word_is_a_sentence() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "reports"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stderr == "set-up: unknown level 'reports'; known: run, test\n"


def test_old_python_is_told(tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool.sys, "version_info", (3, 9))
    monkeypatch.setattr(tool, "other_python", lambda: "")
    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer is needed"):
        tool.require_python([])
