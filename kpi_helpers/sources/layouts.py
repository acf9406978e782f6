"""Layouts: which columns an export has, under which names and units. One TOML file a family, plus the
canonical tables."""

import re
import tomllib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from kpi_helpers.store import canonical
from kpi_helpers.store.kinds import quoted
from kpi_helpers.store.plan import Check, Choice, Decision, Fact, Field, Output, Plan, Remark, mentioned
from kpi_helpers.store.schema import Table, tables

FOLDER = Path(__file__).with_name("layouts")
# Names, numbers, addresses and free text about people, in any export
PRIVATE = re.compile("|".join(tomllib.loads(FOLDER.with_name("private.toml").read_text(encoding="utf-8"))["names"]))
Places = dict[str, list[tuple[int, float]]]  # field -> (position, unit factor) of its columns, best first


@lru_cache(maxsize=10_000)
def plain(name: str) -> str:
    """A column name as aliases are compared: NFKC, no blanks of any kind, lower case, -> for →."""
    name = re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).strip("\ufeff\u200b'\"")
    return name.replace("→", "->").lower()


@dataclass(frozen=True)
class Layout:
    """One kind of export. `names`: plain column name -> (field, unit factor, rank); `requires`: any-of
    groups."""

    name: str
    label: dict[str, str]
    names: dict[str, tuple[str, float, int]]
    requires: tuple[tuple[str, ...], ...]
    ignored: frozenset[str]
    private: frozenset[str]
    plan: Callable[[Places, list[str], dict[str, str]], Plan]  # places, header, hints -> plan
    titles: dict[str, str]  # field -> its first name
    outside: bool = False  # the day may stand above the table or in the file's name

    def places(self, header: list[str]) -> Places:
        """Where this layout's fields stand in a header."""
        found: dict[str, list[tuple[int, int, float]]] = {}
        for at, name in enumerate(map(plain, header)):
            if name in self.names:
                field, factor, rank = self.names[name]
                found.setdefault(field, []).append((rank, at, factor))
        return {field: [(at, factor) for _, at, factor in sorted(spots)] for field, spots in found.items()}

    def hides(self, name: str) -> bool:
        """True for columns about people that no metric needs: they are kept nowhere."""
        name = plain(name)
        known = name in self.names or name in self.ignored
        return name in self.private or (not known and bool(PRIVATE.search(name)))

    def lacks(self, places: Places) -> list[tuple[str, ...]]:
        """The required groups of which the header has nothing."""
        return [group for group in self.requires if not any(field in places for field in group)]

    def title(self, field: str) -> str:
        """The first name a field is known by, for sentences."""
        return self.titles.get(field, field)


# -- canonical tables ---------------------------------------------------------------------------------------


def _canonical(spec: Table) -> Layout:
    columns = [*spec.columns, *(canonical.rules()["facts"] if spec.name == "agent_daily" else ())]
    must = [c for c in spec.columns if c not in spec.optional and c != "shop_id"]
    requires = [(c,) for c in must]
    if spec.name == "agent_daily":
        requires = [("day",), ("agent_id",), ("fact", *canonical.rules()["facts"])]
    if spec.name == "agents":
        requires.append(("name", "team", "role", "alias_of", "valid_from"))
    names = {plain(c): (c, 1.0, 0) for c in columns}
    label = {lang: f"{text} ({spec.name})" for lang, text in spec.label.items()}
    return Layout(
        spec.name, label, names, tuple(requires), frozenset({"row_order", "month"}), frozenset(),
        lambda places, header, hints: canonical.plan(spec.name, {f: spots[0][0] for f, spots in places.items()}),
        {},
    )  # fmt: skip


# -- families in TOML ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Family:
    """A TOML file: fields with names and units, what they become, and what must hold (layouts/README.md)."""

    entry: dict

    def names(self) -> dict[str, tuple[str, float, int]]:
        """Every alias of every field."""
        return {
            plain(alias): (field, float(spec.get("scale", {}).get(alias, 1)), rank)
            for field, spec in self.entry["fields"].items()
            for rank, alias in enumerate(spec["names"])
        }

    def plan(self, places: Places, header: list[str], hints: dict[str, str]) -> Plan:
        """What to do with a file whose fields stand at `places`; `hints`: SQL of values known from outside its rows."""
        entry, fields = self.entry, tuple(self._fields(places, header, hints))
        present = set(places) | set(hints)
        over = self._chosen("over", present)
        derived = self._chosen("derived", present | over.keys())
        known = present | over.keys() | derived.keys()
        return Plan(
            name=entry["name"],
            fields=fields,
            key=tuple(entry["key"]),
            outputs=tuple(self._outputs(known, present)),
            derived=derived,
            checks=tuple(Check(**c) for c in entry.get("checks", []) if self._said(c["holds"], known)),
            decisions=tuple(_decision(d) for d in entry.get("decisions", [])),
            remarks=tuple(Remark(**r) for r in entry.get("remarks", []) if self._said(r["count"], known)),
            notes=tuple(said for field, said in entry.get("without", {}).items() if field not in present),
            people=entry.get("people", ""),
            shop_in=entry.get("shop_in", ""),
            group=tuple(entry.get("group", [])),
            over=over,
            whole=entry.get("whole", False),
            zone=entry.get("zone", ""),
        )

    def _fields(self, places: Places, header: list[str], hints: dict[str, str]):
        if "shop_id" not in self.entry["fields"]:
            yield Field("shop_id", "id", (), True, "shop")
        own = self.entry.get("attribution_rule", "")
        rule = hints.get("attribution_rule", quoted(own) if own else "")
        yield Field("attribution_rule", "label", (), False, "attribution rule", rule)
        for name, spec in self.entry["fields"].items():
            spots = tuple(places.get(name, ()))
            label = " ".join(header[spots[0][0]].split()) if spots else spec["names"][0]
            constant = "" if spots else hints.get(name, "")
            yield Field(name, spec["kind"], spots, spec.get("required", False), label, constant, spec.get("format", ""))

    @property
    def every(self) -> set[str]:
        """All names formulas may speak of."""
        return {name for part in ("fields", "over", "derived") for name in self.entry.get(part, {})}

    def _chosen(self, part: str, present: set[str]) -> dict[str, str]:
        """Each name of [over] or [derived] by the first of its formulas whose fields the file has."""
        chosen: dict[str, str] = {}
        for name, formulas in self.entry.get(part, {}).items():
            for sql in [formulas] if isinstance(formulas, str) else formulas:
                if mentioned(sql) & self.every <= present | set(chosen):
                    chosen[name] = sql
                    break
        return chosen

    def _said(self, sql: str, known: set[str]) -> bool:
        """False for a formula over names that this file's columns do not make."""
        made = self.every - set(self.entry["fields"])
        return mentioned(sql) & made <= known

    def _outputs(self, known: set[str], present: set[str]):
        for spec in self.entry["outputs"]:
            facts = []
            for name, ways in spec.get("facts", {}).items():
                ways = [{"value": ways}] if isinstance(ways, str) else [ways] if isinstance(ways, dict) else ways
                fit = [way for way in ways if mentioned(way["value"]) & self.every <= known]
                facts += [Fact(name, **fit[0])] if fit else []
            columns = {c: sql for c, sql in spec["columns"].items() if self._said(sql, known)}
            if "report" in columns:
                columns["report"] = f"'{self._report(present)}'"
            if set(spec.get("needs", [])) <= present:
                where, having = spec.get("where", "true"), spec.get("having", "true")
                yield Output(spec["table"], columns, where, tuple(facts), tuple(spec.get("group", [])), having)

    def _report(self, present: set[str]) -> str:
        """Which report of the family this is: the first whose marking fields are all there."""
        reports = self.entry.get("reports", [])
        return next((r["name"] for r in reports if set(r["has"]) <= present), self.entry["name"])


def _decision(entry: dict) -> Decision:
    choices = tuple(Choice(**choice) for choice in entry["choices"])
    return Decision(**{**entry, "needs": tuple(entry["needs"]), "choices": choices})


def family(entry: dict) -> Layout:
    """The layout that a TOML file of this schema describes (layouts/README.md)."""
    family = Family(entry)
    return Layout(
        entry["name"],
        entry["label"],
        family.names(),
        tuple(tuple([group] if isinstance(group, str) else group) for group in entry["requires"]),
        frozenset(map(plain, entry.get("ignored", []))),
        frozenset(map(plain, entry.get("private", []))),
        family.plan,
        {field: spec["names"][0] for field, spec in entry["fields"].items()},
        entry.get("day_outside", False),
    )


@cache
def layouts() -> tuple[Layout, ...]:
    """Every known layout: the canonical tables, then the families by file name."""
    families = (tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml")))
    return (*map(_canonical, tables().values()), *map(family, families))
