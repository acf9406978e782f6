"""Plans for the canonical tables: files (or frames) whose columns carry the specification's own names."""

import tomllib
from functools import cache
from pathlib import Path

from kpi_helpers.store.plan import Check, Fact, Field, Output, Plan, Remark, kind_of
from kpi_helpers.store.schema import Table, table


@cache
def rules() -> dict:
    """canonical.toml: facts, checks and the like."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _field(spec: Table, column: str, places: dict[str, int]) -> Field:
    spots = ((places[column], 1.0),) if column in places else ()
    may_be_empty = column in spec.optional or column in rules()["may_be_empty"].get(spec.name, ())
    return Field(column, kind_of(spec, column), spots, not may_be_empty, column)


def _checks(name: str, known: set[str]) -> tuple[Check, ...]:
    """The table's checks; for agent_daily those whose facts the file has."""
    checks = (Check(**entry) for entry in rules()["checks"].get(name, ()))
    return tuple(c for c in checks if name != "agent_daily" or set(c.holds.split()) - {"<="} <= known)


def plan(name: str, places: dict[str, int]) -> Plan:
    """The plan for canonical table `name`; `places` says at which position each canonical column stands.

    agent_daily is accepted wide (one column a fact) and long (fact, value).
    """
    spec = table(name)
    if name == "agent_daily" and "fact" not in places:
        return _agent_days(spec, places)
    fields = tuple(_field(spec, column, places) for column in spec.columns)
    lower = rules()["lower"].get(name, ())
    columns = {c: f"lower({c})" if c in lower else c for c in spec.columns}
    checks = _checks(name, set()) if name != "agent_daily" else ()
    remarks = tuple(Remark(**entry) for entry in rules()["remarks"].get(name, ()))
    return Plan(name, fields, tuple(spec.key_sql), (Output(name, columns),), {}, checks, remarks=remarks)


def _agent_days(spec: Table, places: dict[str, int]) -> Plan:
    """Wide rows (shop_id, day, agent_id and facts) folded into one row a fact, report 'agent_daily'."""
    who = [_field(spec, column, places) for column in ("shop_id", "day", "agent_id", "attribution_rule")]
    found = [fact for fact in rules()["facts"] if fact in places]
    facts = [Field(fact, "number", ((places[fact], 1.0),), False, fact) for fact in found]
    columns = {"report": "'agent_daily'", **{f.name: f.name for f in who}}
    output = Output("agent_daily", columns, facts=tuple(Fact(fact, fact) for fact in found))
    checks = _checks("agent_daily", set(found))
    return Plan("agent_daily", (*who, *facts), spec.key[:3], (output,), {}, checks, people="agent_id")
