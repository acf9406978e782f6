"""Spark against DuckDB: the same unit tables, row by row, from a real standalone cluster that the tests start."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
import spark_cluster
from engines import opened
from reference import METRICS
from shops import played_days, random_shop
from spec_tables import in_one_shop, load_cases, profiles
from typed import typed

from kpi_helpers import desk, engine, facts, metrics, settings
from kpi_helpers.engine import duck, keep
from kpi_helpers.errors import KpiError
from kpi_helpers.metrics.compute import compute
from kpi_helpers.periods import between

pytest.importorskip("pyspark", reason='Spark is not installed: pip install "kpi-notebooks[spark]"')
pytest.importorskip("sqlglot", reason='sqlglot is not installed: pip install "kpi-notebooks[spark]"')

from pyspark.sql import SparkSession

from kpi_helpers.engine import dialect, spark

CASES = load_cases()
PROFILES = profiles(CASES)


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory):
    """The URL of a cluster whose sessions are used by themselves."""
    if reason := spark_cluster.why_not():
        pytest.skip(reason)
    with spark_cluster.cluster(tmp_path_factory.mktemp("spark")) as url:
        yield url


def differences(tables: dict[str, list[dict]], given: dict) -> list[str]:
    """Rows of any unit table that only one of the engines has; both must have found some."""
    chosen = settings.Settings(settings.merge(settings.defaults(), given))
    stored = typed(tables, chosen.timezone)
    con = engine.connect()
    engine.open_tables(con, stored, chosen)
    duck.build(con, chosen)
    wanted = {name: _rows(con, name) for name in spark.RESULTS}
    spark.build(con, stored, chosen)
    assert wanted["chats"] and wanted["sold"]
    return [line for name in spark.RESULTS for line in _compared(name, wanted[name], _rows(con, name))]


def _rows(con, name: str) -> list[tuple]:
    cursor = con.execute(f"SELECT * FROM {name} ORDER BY ALL")
    return [tuple(column[0] for column in cursor.description), *cursor.fetchall()]


def _compared(name: str, one: list[tuple], other: list[tuple]) -> list[str]:
    if len(one) != len(other):
        return [f"{name}: {len(one)} rows in DuckDB, {len(other)} in Spark"]
    return [f"{name}: {a} in DuckDB, {b} in Spark" for a, b in zip(one, other, strict=True) if a != b]


@pytest.mark.parametrize("given", PROFILES, ids=lambda given: f"{len(given) or 'no'} other settings")
def test_spec_tables(given: dict, master: str):
    assert differences(in_one_shop(CASES), given) == []


@pytest.mark.parametrize("seed", (3, 8))
def test_random_shop(seed: int, master: str):
    assert differences(*random_shop(seed)) == []


def test_a_desk_asks_the_engine_of_the_settings(master: str):
    """Both engines answer alike through compute; and it was the cluster that worked, not this process."""
    tables, given = random_shop(2)
    start, end = played_days(tables)
    desks = [opened(tables, given | {"engine": name}) for name in ("duckdb", "spark")]
    frames = [compute(METRICS, one, between(start, end), "agent,day") for one in desks]
    pd.testing.assert_frame_equal(*frames, rtol=1e-12)
    assert spark_cluster.executors() == spark_cluster.WORKERS


def test_what_is_missing_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(KpiError, match="needs Java 17 or newer: install a JRE"):
        opened({}, {"engine": "spark"})
    monkeypatch.setattr(spark, "find_spec", lambda name: None)
    with pytest.raises(KpiError, match=r"needs pyspark and sqlglot: pip install \"kpi-notebooks\[spark\]\""):
        opened({}, {"engine": "spark"})


def test_a_cluster_that_fails_is_named(master: str):
    rows = {"messages": [], "orders": []}
    stored = {name: [f"/nowhere/{name}.parquet"] for name in rows}
    con = engine.connect()
    engine.open_tables(con, {}, settings.load())
    with pytest.raises(KpiError, match=rf"Spark on {master} could not compute the unit tables: .*PATH_NOT_FOUND"):
        spark.build(con, stored, settings.load())


@pytest.mark.parametrize("words, quick", [(("好", "好的", "ok", "okay"), True), (("ab", "abc", "cd"), False)])
def test_closing_lines_of_any_length(words: tuple, quick: bool, master: str):
    """Java's expressions recurse; the usual words are matched without, a list that needs going back keeps its way."""
    pattern = facts.closing_pattern(words)
    assert dialect.without_recursion(pattern).endswith("*+$") is quick
    texts = ["", "ab" * 5, "abcd", "好的好okayok", "okay好a", "好" * 100_000 if quick else "ab" * 100]
    con = engine.connect()
    query = "SELECT " + ", ".join(f"REGEXP_MATCHES('{text}', '{pattern}')" for text in texts)
    row = tuple(SparkSession.getActiveSession().sql(dialect.translate(query, {}).sql).first())
    assert row == con.execute(query).fetchone()


def test_a_store_gives_the_same_numbers(sample_store: Path, master: str, tmp_path: Path):
    """Stored unit tables made by Spark, opened by DuckDB: every metric at every grain, and the files by month."""
    names = list(metrics.metrics())
    opened = {}
    for chosen in ("duckdb", "spark"):
        home = tmp_path / f"{chosen} [neu]"
        shutil.copytree(sample_store, home, ignore=shutil.ignore_patterns("units"))
        (home / "kpi.toml").write_text(f'engine = "{chosen}"\n')
        opened[chosen] = desk.open_desk(data_dir=home)
    one, other = opened.values()
    for name in keep.SHOWN:
        assert _compared(name, _rows(one.con, name), _rows(other.con, name)) == []
    for by in (None, "agent,day"):
        frames = [compute(names, each, "2026-10", by) for each in (one, other)]
        pd.testing.assert_frame_equal(*frames, rtol=1e-12)
    files = [sorted(p.name.rsplit("-", 1)[0] for p in tmp_path.glob(f"{c} */store/units/*/*.parquet")) for c in opened]
    assert files[0] == files[1]
