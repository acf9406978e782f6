"""The models in Spark's SQL: DuckDB's text translated by sqlglot, shop time written out as arithmetic."""

from dataclasses import dataclass
from itertools import permutations

import duckdb
import sqlglot
from sqlglot import exp

Macros = dict[str, tuple[list[str], str]]


@dataclass(frozen=True)
class Translated:
    """One model for Spark: its text, and the tables it reads as often as it reads them."""

    sql: str
    reads: list[str]


def macros(con: duckdb.DuckDBPyConnection) -> Macros:
    """name -> (parameters, expression) of every macro defined in this DuckDB, such as day_of."""
    rows = con.execute(
        "SELECT function_name, parameters, macro_definition FROM duckdb_functions() "
        "WHERE function_type = 'macro' AND NOT internal"
    ).fetchall()
    return {name: (parameters, expression) for name, parameters, expression in rows}


def translate(sql: str, known: Macros) -> Translated:
    """A SELECT of DuckDB as Spark understands it, with the macros' calls replaced by what they stand for."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    # Inner calls first, so that an argument is in its final form when it is copied into place.
    for call in reversed(list(tree.find_all(exp.Anonymous))):
        if call.name.lower() in known:
            call.replace(_written_out(call, *known[call.name.lower()]))
    _adapt(tree)
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    reads = [table.name for table in tree.find_all(exp.Table) if table.name and table.name not in own]
    return Translated(tree.sql("spark", comments=False), reads)


def _adapt(tree: exp.Expression) -> None:
    """What sqlglot leaves as it is, although Spark means something else by it."""
    for match in tree.find_all(exp.RegexpLike):
        match.expression.replace(exp.Literal.string(without_recursion(match.expression.name)))
    for number in list(tree.find_all(exp.RowNumber)):
        window = number.find_ancestor(exp.Window)
        window.replace(exp.cast(window.copy(), "BIGINT"))  # Spark's is a short integer, which products do not fit in
    tree.set("order", None)  # rows of a table have no order in Spark


def type_name(kind: str) -> str:
    """A column type of DuckDB under Spark's name."""
    return exp.DataType.build(kind, dialect="duckdb").sql("spark")


def without_recursion(pattern: str) -> str:
    """`^(?:a|b)*$` for Java, which otherwise recurses once a word and runs out of stack in a long text.

    A possessive loop takes the longest word at every place and never goes back, which finds the same texts unless the
    rest of a word, after a shorter word it begins with, could itself begin other words. Such a list keeps its pattern.
    """
    words = pattern.removeprefix("^(?:").removesuffix(")*$").split("|")
    if pattern != f"^(?:{'|'.join(words)})*$" or not _longest_is_right(words):
        return pattern
    return f"^(?:{'|'.join(sorted(words, key=len, reverse=True))})*+$"


def _longest_is_right(words: list[str]) -> bool:
    rests = {long[len(short) :] for short, long in permutations(words, 2) if long.startswith(short)}
    return not any(rest.startswith(word) or word.startswith(rest) for rest in rests for word in words)


def _written_out(call: exp.Anonymous, parameters: list[str], expression: str) -> exp.Expression:
    given = dict(zip(parameters, call.expressions, strict=True))
    body = exp.paren(sqlglot.parse_one(expression, read="duckdb"), copy=False)
    for column in list(body.find_all(exp.Column)):
        if column.name in given:
            column.replace(exp.paren(given[column.name].copy(), copy=False))
    return body
