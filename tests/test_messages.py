"""Everything the kit says to people is said in Chinese too: every sentence has its line in errors.zh.toml."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from kpi_helpers import errors
from kpi_helpers.errors import KpiError, said, speaking
from kpi_helpers.store import convert
from kpi_helpers.store.kinds import READS_AS

PACKAGE = Path(errors.__file__).parent
SAID_IN_DATA = ("reason", "says", "refuses", "absent", "without")


def sentences() -> Iterator[tuple[str, str]]:
    """(where, sentence) of what code raises and what layouts and checks say, with `{…}` where a value comes in."""
    yield from (("convert.py", reason) for reason in (convert.SAME, convert.REPLACED, convert.SUMMARY))
    for path in sorted(PACKAGE.rglob("*.py")):
        yield from ((path.name, text) for text in _raised(ast.parse(path.read_text("utf-8"))))
    for path in [*sorted(PACKAGE.glob("sources/layouts/*.toml")), PACKAGE / "store" / "canonical.toml"]:
        yield from ((path.name, text) for text in _in_data(tomllib.loads(path.read_text("utf-8"))))


def _raised(tree: ast.Module) -> Iterator[str]:
    known = {
        target.id: node.value for node in tree.body if isinstance(node, ast.Assign) for target in node.targets
        if isinstance(target, ast.Name)
    }  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in (
            "KpiError",
            "note",
            "Wrong",
        ):
            yield from _texts(node.args[-1], known)
        elif isinstance(node, ast.FunctionDef) and node.name == "_skip":
            yield from (
                found.value for found in ast.walk(node) if isinstance(found, ast.Constant) and " " in str(found.value)
            )


def _texts(node: ast.expr, known: dict[str, ast.expr]) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from (*_texts(node.body, known), *_texts(node.orelse, known))
    elif isinstance(node, ast.Name) and node.id in known:
        yield from _texts(known[node.id], {})
    elif isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)


def _in_data(node: object, key: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _in_data(value, key if key == "without" else name)
    elif isinstance(node, list):
        for value in node:
            yield from _in_data(value, key)
    elif isinstance(node, str) and key in SAID_IN_DATA and " " in node:
        yield node


ALL = sorted({(where, text) for where, text in sentences() if re.search("[a-z]{2}", re.sub(r"\{\w*\}", "", text))})


@pytest.mark.parametrize("where, sentence", ALL, ids=lambda text: text[:60])
def test_every_sentence_has_its_chinese(where: str, sentence: str) -> None:
    example = re.sub(r"\{\w*\}", "42", sentence)
    assert said(example, "zh") != example and re.search("[一-鿿]", said(example, "zh")), where


def test_values_come_over_and_names_of_things_are_translated() -> None:
    assert said("unknown metric 'x'; did you mean sales / items?", "zh") == "没有这个指标：'x'；是不是 sales / items？"
    assert said("付款时间 cannot be read as a time", "zh") == "付款时间 不是时间"
    assert said("nobody has translated this", "zh") == "nobody has translated this"
    assert said("name 'x' is not defined", "zh") == "name 'x' is not defined"  # Python's words stay whole


def test_an_error_speaks_the_language_it_is_raised_in() -> None:
    with speaking("zh"):
        assert str(KpiError("the file is empty")) == "文件是空的"
    assert str(KpiError("the file is empty")) == "the file is empty"


def test_every_kind_of_cell_has_its_name():
    with speaking("zh"):
        for kind in READS_AS.values():
            assert not re.search("[a-z]", str(KpiError(f"金额 is not {kind}")))
