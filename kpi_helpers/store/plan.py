"""What to do with the columns of one file, as data: made from a layout (sources) or from a canonical
table."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from kpi_helpers.store.schema import Table, table

WORD = re.compile(r"'[^']*'|[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Field:
    """A value read from one or more columns of the file (`sources`: position and unit factor), first one
    present wins."""

    name: str
    kind: str
    sources: tuple[tuple[int, float], ...] = ()
    required: bool = False
    label: str = ""
    constant: str = ""  # SQL that stands in where the file has no such column
    format: str = ""  # how the source writes its times where the year does not come first (strptime)


@dataclass(frozen=True)
class Check:
    """Rows where `when` holds and `holds` does not are set aside with `reason`. A bulk of them stops the
    file."""

    reason: str
    holds: str
    when: str = "true"


@dataclass(frozen=True)
class Choice:
    """One reading of an ambiguous column. `holds`: the identity that proves it, row by row; `impossible`: what
    must not happen under it, the second look where the identities do not tell."""

    says: str
    holds: str
    impossible: str
    gives: dict[str, str]


@dataclass(frozen=True)
class Decision:
    """Something a file must prove about itself before it is used, such as net or gross amounts."""

    scope: str
    needs: tuple[str, ...]
    choices: tuple[Choice, ...]
    otherwise: dict[str, str]
    absent: str  # said where the file lacks the columns to tell
    refuses: str  # said where it has them and they do not tell


@dataclass(frozen=True)
class Remark:
    """A sentence for the report, with {n}, said when `count` (an aggregate over the rows used) is above 0."""

    says: str
    count: str


@dataclass(frozen=True)
class Fact:
    """One fact of an agent-day: SQL over fields, and whether the number is printed (exact) or rebuilt
    (reweighted)."""

    name: str
    value: str
    basis: str = "exact"


@dataclass(frozen=True)
class Output:
    """Rows for one canonical table: column -> SQL over fields; or, for agent_daily, a list of facts to
    fold."""

    table: str
    columns: dict[str, str]
    where: str = "true"
    facts: tuple[Fact, ...] = ()
    group: tuple[str, ...] = ()  # rows equal in these become one; columns and facts are aggregates
    having: str = "true"  # of the groups


@dataclass(frozen=True)
class Plan:
    """Everything `convert` needs to know about one file."""

    name: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    outputs: tuple[Output, ...]
    derived: dict[str, str] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    decisions: tuple[Decision, ...] = ()
    remarks: tuple[Remark, ...] = ()
    notes: tuple[str, ...] = ()  # what can be said from the header alone
    group: tuple[str, ...] = ()  # the fields that rows of one order (or conversation) share
    over: dict[str, str] = field(default_factory=dict)  # window SQL over the rows of a group (OVER grp)
    zone: str = ""  # the time zone of naive times, where it is not the shop's
    whole: bool = False  # a row set aside takes the others of its group with it
    people: str = ""  # the field with agents' names: rows that name a total instead are set aside
    shop_in: str = ""  # the field whose part before ":" names the shop

    def present(self) -> set[str]:
        """The fields this file speaks about: with a column, or known from outside its rows."""
        return {f.name for f in self.fields if f.sources or f.constant}

    def behind(self, sql: str) -> set[str]:
        """The fields of the file an expression rests on, through derived names."""
        names = mentioned(sql)
        found = names & {f.name for f in self.fields}
        formulas = self.over | self.derived
        for name in names & formulas.keys() - found:
            found |= self.behind(formulas[name])
        return found

    def given(self, output: Output) -> frozenset[str]:
        """The canonical columns this file speaks about; the others keep what the store has."""
        if output.facts:
            return frozenset(table(output.table).columns)
        absent = {f.name for f in self.fields} - self.present() - {"shop_id"}
        return frozenset(c for c, sql in output.columns.items() if not self.behind(sql) & absent)


@lru_cache(maxsize=10_000)
def mentioned(sql: str) -> frozenset[str]:
    """The identifiers in an SQL expression."""
    return frozenset(word for word in WORD.findall(sql) if not word.startswith("'"))


def kind_of(spec: Table, column: str) -> str:
    """How a canonical column is read: text columns are ids, labels or verbatim text."""
    kind = spec.columns[column]
    if kind != "text" or (spec.name, column) == ("messages", "text"):
        return kind
    return "id" if column.endswith("_id") or column == "alias_of" else "label"
