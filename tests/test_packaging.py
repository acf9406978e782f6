"""The installation files agree: pyproject, requirements, environment.yml; none of them names an index."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
# conda-forge's own names, where they differ by more than a dash.
CONDA = {"python-duckdb": "duckdb"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def wanted(texts: list[str]) -> dict[str, Requirement]:
    """Requirements by normalised name."""
    return {canonicalize_name(r.name): r for r in map(Requirement, texts)}


def pinned(*names: str) -> dict[str, set[str]]:
    """Pinned versions by normalised name, from requirement files."""
    found: dict[str, set[str]] = {}
    for name in names:
        for package, version in re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / name).read_text("utf-8"), re.M):
            found.setdefault(canonicalize_name(package), set()).add(version)
    return found


def tracked() -> list[Path]:
    """The files under version control (all files where git is not there)."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = [name for name in listed.stdout.split("\0") if name]
    return [path for name in names if (path := ROOT / name).is_file()] or pytest.skip("not a git checkout")


@pytest.mark.parametrize("files", [["requirements.txt"], ["requirements.txt", "requirements-test.txt"]])
def test_pins_satisfy_pyproject(files: list[str]) -> None:
    extras = [text for extra in PROJECT["optional-dependencies"].values() for text in extra]
    asked = wanted(PROJECT["dependencies"] + (extras if len(files) > 1 else []))
    pins = pinned(*files)
    missing = [name for name, r in asked.items() if not any(map(r.specifier.contains, pins.get(name, [])))]
    assert not missing, f"not pinned as pyproject.toml asks: {missing}; run make lock"


def test_test_pins_only_add() -> None:
    assert not pinned("requirements.txt").keys() & pinned("requirements-test.txt").keys()


def test_conda_lists_the_same_packages() -> None:
    listed = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    assert listed[-1] == {"pip": ["-e ."]}
    conda = wanted([CONDA.get(text.split()[0], text.split()[0]) + text.partition(" ")[2] for text in listed[2:-1]])
    assert {n: r.specifier for n, r in conda.items()} == {
        n: r.specifier for n, r in wanted(PROJECT["dependencies"]).items()
    }
    assert listed[0] == f"python {PROJECT['requires-python']}"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt", "requirements-uv.txt"])
def test_every_pin_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    entries = re.split(r"^(?=\w)", text, flags=re.M)[1:]
    assert entries and all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"://|--(extra-)?index-url|--find-links|file:", text)


def test_no_file_names_a_package_index() -> None:
    # Written in pieces, so that this file is not one of them.
    hosts = re.compile("|".join([r"py" + r"pi\.org", "python" + "hosted", r"registry\." + r"npm", "npm" + "js\\.org"]))
    texts = ((path, path.read_bytes().decode("utf-8", "ignore")) for path in tracked())
    assert [str(path.relative_to(ROOT)) for path, text in texts if hosts.search(text)] == []
