"""Make the environment of the kit: `python3 tools/setup_env.py [run|test]`, called by every make target.

Standard library only, because it runs before anything is installed. `run` installs what reports need, `test`
adds what the tests need (and Debian's Chromium and Chinese fonts, where this user may install them). It does
nothing when the environment is already what the requirement files ask for.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
UV = VENV / "uv"  # a folder of its own, so that `uv pip sync` does not remove the tool it is run by
STAMP = VENV / "kpi-setup.json"
LEVELS = {"run": ["requirements.txt"], "test": ["requirements.txt", "requirements-test.txt"]}
OLDEST = (3, 11)
# Shell and Python at once: a path with spaces, or longer than a first line may be, starts all the same.
KPI_COMMAND = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
from kpi_helpers.cli import main

main()
"""
# Debian package -> commands that do instead, when they are already there.
DEBIAN = {
    "chromium": ["chromium", "chromium-browser", "google-chrome"],
    "fonts-noto-cjk": [],
    "default-jre-headless": ["java"],
}


def say(text: str) -> None:
    """One line for the person who waits."""
    print(f"set-up: {text}", flush=True)


def give_up(text: str) -> None:
    """End with one sentence."""
    sys.exit(f"set-up: {text}")


def run(*command: object, **options: object) -> bool:
    """Run a command, without the setting that keeps byte-code from being written; True when it succeeds."""
    env = {**os.environ, **options.pop("env", {})}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.run([str(part) for part in command], env=env, check=False, **options).returncode == 0


def output(*command: object) -> str:
    """What a command prints; empty when it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


# -- what is wanted, what is there ---


def wanted(level: str) -> dict[str, str]:
    """What an environment of this level is made from: files by fingerprint, this Python, this folder."""
    files = [*LEVELS[level], "requirements-uv.txt", "tools/setup_env.py"]
    prints = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in files}
    return {**prints, "python": sys.version, "root": str(ROOT)}


def up_to_date(level: str) -> bool:
    """Whether the environment was made for at least this level from these very files."""
    try:
        made = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return False
    return PYTHON.exists() and all(made.get(name) == value for name, value in wanted(level).items())


def other_python() -> str:
    """A newer Python on this machine, when the one that runs this is too old."""
    names = [f"python3.{minor}" for minor in (13, 12, 11, 14)]
    return next((found for name in names if (found := shutil.which(name))), "")


def require_python(arguments: list[str]) -> None:
    """Go on under a Python that is new enough, or say that there is none."""
    if sys.version_info >= OLDEST:
        return
    newer = other_python() or give_up("Python 3.11 or newer is needed; install it, then run make again")
    sys.exit(subprocess.call([newer, __file__, *arguments]))


# -- Debian packages ---


def apt_prefix() -> list[str] | None:
    """How this user may install Debian packages: directly, with a sudo that asks nothing, or not (None)."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    sudo = ["sudo", "-n"]
    return sudo if shutil.which("sudo") and run(*sudo, "true", stderr=subprocess.DEVNULL) else None


def apt_install(packages: list[str]) -> bool:
    """Install Debian packages where that is allowed. True when they are there afterwards."""
    prefix = apt_prefix()
    if prefix is None:
        return False
    say(f"installing Debian packages: {' '.join(packages)}")
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    quiet = {"stdout": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
    run(*apt, "update", **quiet)
    return run(*apt, "install", "-y", "--no-install-recommends", *packages, **quiet)


def missing_debian() -> list[str]:
    """The Debian packages of the browser tests that are neither installed nor replaced by something else."""
    there = output("dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n").splitlines()
    return [
        package
        for package, commands in DEBIAN.items()
        if f"{package} installed" not in there and not any(map(shutil.which, commands))
    ]


def browser_packages() -> None:
    """What the browser tests need from Debian; they skip themselves, saying why, where it cannot be had."""
    missing = missing_debian()
    if missing and not apt_install(missing):
        say(f"not installed: {', '.join(missing)} (no right to, or not Debian); browser tests may be skipped")


# -- Python packages ---


def require_ensurepip() -> None:
    """Debian ships Python without the part that makes environments; install it, or say what to install."""
    package = f"python3.{sys.version_info.minor}-venv"
    if importlib.util.find_spec("ensurepip") is None and not apt_install([package]):
        give_up(f"this Python cannot make environments; install {package}, then run make again")


def make_venv() -> None:
    """An empty .venv with pip, unless a working one is there."""
    if PYTHON.exists() and output(PYTHON, "-m", "pip", "--version"):
        return
    require_ensurepip()
    say("making .venv")
    run(sys.executable, "-m", "venv", "--clear", VENV) or give_up("could not make .venv here (is the disk full?)")


def index_settings() -> dict[str, str]:
    """pip's own settings, for uv, which does not read them (in the environment: they may hold a password)."""
    lines = (line.partition("=") for line in output(PYTHON, "-m", "pip", "config", "list").splitlines())
    pip = {key: str(ast.literal_eval(value)) for key, _, value in lines if value}

    def setting(name: str) -> str:
        return next((pip[k] for k in (f":env:.{name}", f"install.{name}", f"global.{name}") if pip.get(k)), "")

    found = {"UV_DEFAULT_INDEX": setting("index-url"), "SSL_CERT_FILE": setting("cert")}
    found |= {"UV_INSECURE_HOST": setting("trusted-host"), "ALL_PROXY": setting("proxy")}
    return {name: value for name, value in found.items() if value and name not in os.environ}


def get_uv() -> Path | None:
    """The pinned uv, installed by pip; None where it cannot be had (an unusual processor, say)."""
    tool = UV / "bin" / ("uv.exe" if os.name == "nt" else "uv")
    pip = [PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes"]
    run(*pip, "--upgrade", "--target", UV, "-r", ROOT / "requirements-uv.txt")
    return tool if tool.exists() else None


def with_uv(files: list[Path]) -> bool:
    """Install exactly the pinned packages with uv, in seconds. False when that failed."""
    tool = get_uv()
    env = {**index_settings(), "UV_PYTHON_DOWNLOADS": "never", "UV_HTTP_TIMEOUT": "180"}
    options = ["--quiet", "--require-hashes", "--compile-bytecode", "--python", PYTHON]
    return bool(tool) and run(tool, "pip", "sync", *options, *files, env=env)


def with_pip(files: list[Path]) -> bool:
    """The same with plain pip: slower, needs nothing else."""
    say("uv could not do it; trying pip, which takes a few minutes")
    named = [part for file in files for part in ("-r", file)]
    return run(PYTHON, "-m", "pip", "install", "-qq", "--require-hashes", *named)


def link_kit() -> None:
    """Install the kit itself, as source: nothing to build, so nothing more to download."""
    site = Path(output(PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)[1]
    info, command = f"kpi_notebooks-{version}.dist-info", BIN / "kpi"
    files = {"kpi-notebooks.pth": f"{ROOT}\n", f"{info}/INSTALLER": "kpi-setup\n"}
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: kpi-notebooks\nVersion: {version}\n"
    files[f"{info}/RECORD"] = "".join(f"{n},,\n" for n in [*files, f"{info}/RECORD", os.path.relpath(command, site)])
    for old in site.glob("kpi_notebooks-*.dist-info"):
        shutil.rmtree(old)
    (site / info).mkdir()
    for name, text in {**files, str(command): KPI_COMMAND.format(python=PYTHON)}.items():
        (site / name).write_text(text, encoding="utf-8")
    command.chmod(0o755)
    run(PYTHON, "-m", "compileall", "-q", ROOT / "kpi_helpers")


def set_up(level: str) -> None:
    """Everything: .venv, packages, the kit, the stamp."""
    make_venv()
    say("installing the pinned packages")
    files = [ROOT / name for name in LEVELS[level]]
    with_uv(files) or with_pip(files) or give_up("the packages could not be installed; the lines above say why")
    link_kit()
    STAMP.write_text(json.dumps(wanted(level), indent=1), encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Bring the environment to the level asked for."""
    require_python(arguments)
    level = arguments[0] if arguments else "run"
    if level not in LEVELS:
        give_up(f"unknown level {level!r}; known: {', '.join(LEVELS)}")
    if level == "test":
        browser_packages()
    if not up_to_date(level):
        set_up(level)


if __name__ == "__main__":
    main(sys.argv[1:])
