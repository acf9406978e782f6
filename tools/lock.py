"""Pin the requirement files from pyproject.toml: `make lock` (`ARGS=--upgrade` for newer versions).

requirements.txt is the kit, requirements-test.txt what the tests and Spark add to it, requirements-uv.txt the
installer. Every entry has hashes, and none of the files names an address to fetch from.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import setup_env

ROOT = setup_env.ROOT
HEADER = "# Pinned by `make lock`. Change pyproject.toml, not this file.\n"
OPTIONS = ["--quiet", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url"]
OPTIONS += ["--no-header", "--no-annotate"]


def compile_pins(source: Path, target: Path, *options: object) -> None:
    """Resolve `source` into `target`, keeping the versions that `target` already has."""
    tool = setup_env.get_uv() or setup_env.give_up("uv is needed to pin the requirements")
    command = [tool, "pip", "compile", source, "-o", target, *OPTIONS, *options]
    if not setup_env.run(*command, env=setup_env.index_settings(), stdout=subprocess.DEVNULL):
        setup_env.give_up(f"could not pin {target.name}")


def entries(text: str) -> list[str]:
    """The requirements of a pinned file, each with its hashes."""
    return re.findall(r"^[A-Za-z0-9].*?(?=^[A-Za-z0-9#]|\Z)", text, re.M | re.S)


def pin(name: str, source: Path, *options: object, without: str = "") -> None:
    """Write one pinned file, leaving out the requirements that another one has."""
    path, known = ROOT / name, {entry.split()[0] for entry in entries(without)}
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, name)
        target.write_text(path.read_text() if path.exists() else "")
        compile_pins(source, target, *options)
        kept = [entry for entry in entries(target.read_text()) if entry.split()[0] not in known]
    path.write_text(HEADER + "".join(kept))


def main(options: list[str]) -> None:
    """Pin all three files."""
    setup_env.make_venv()
    project, core = ROOT / "pyproject.toml", ROOT / "requirements.txt"
    pin(core.name, project, *options)
    pin("requirements-test.txt", project, "--all-extras", "-c", core, *options, without=core.read_text())
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "uv.in")
        source.write_text("uv\n")
        pin("requirements-uv.txt", source, *options)


if __name__ == "__main__":
    main(sys.argv[1:])
