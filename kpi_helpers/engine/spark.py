"""Spark runs the models: the same SQL over the same Parquet files, on whatever cluster the master URL names.

KPI_SPARK_MASTER (or SPARK_MASTER) names it: `local[*]`, `spark://host:port`, `yarn`, `k8s://…`. Everything else is
Spark's own configuration: spark-defaults.conf, PYSPARK_SUBMIT_ARGS, or a session that already runs, which is then used.
"""

import os
import re
import shutil
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from kpi_helpers import facts
from kpi_helpers.engine.duck import Source
from kpi_helpers.engine.schema import TYPES, schema
from kpi_helpers.engine.units import DAY
from kpi_helpers.errors import KpiError
from kpi_helpers.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.readwriter import DataFrameWriter

    from kpi_helpers.engine.stages import Shop

    Write = Callable[[DataFrame], DataFrameWriter]

MASTERS = ("KPI_SPARK_MASTER", "SPARK_MASTER")
# What a desk asks its DuckDB for: the units, and the orders that coverage looks at.
RESULTS = [*facts.UNITS, "orders"]
# What the translated text relies on, whatever the cluster's defaults are. Set for our session only.
MEANING = {"spark.sql.session.timeZone": "UTC", "spark.sql.parser.escapedStringLiterals": "false"}


def build(con: duckdb.DuckDBPyConnection, tables: Mapping[str, Source], settings: Settings) -> None:
    """All unit tables of one shop as tables of `con`, which has the shop's raw views open.

    Raises KpiError when Spark, Java or the cluster is not there, or gives up.
    """
    with tempfile.TemporaryDirectory(prefix="kpi-spark-") as folder:
        work = _Work(con, tables, settings, Path(folder))
        work.run(facts.MODELS, dict.fromkeys(RESULTS, lambda frame: frame.write))
        for name in RESULTS:
            files = f"read_parquet({facts.quote(f'{folder}/{name}/*.parquet')})"
            con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM {files}")


def all_units(shop: "Shop") -> None:
    """Every stored unit table of a shop from every stored row, as files by month beside those that DuckDB makes.

    Workers read the store and write beside it, so they must reach that folder. Raises KpiError as `build` does.
    """
    folder = shop.scratch / "spark"
    folder.mkdir(parents=True)
    work = _Work(shop.connect(), shop.tables, shop.settings, folder)
    work.run(facts.CHATS + facts.ORDERS + facts.OUTCOMES, {name: partial(_by_month, day) for name, day in DAY.items()})
    for file in sorted(folder.glob("*/month=*/*.parquet")):
        name, month = file.parts[-3], file.parts[-2].removeprefix("month=")
        kept = shop.units.folder / f"{name}-{month}-{uuid4().hex[:12]}.parquet"
        file.replace(kept)
        shop.units.tables[name].setdefault(month, []).append(kept.name)


def _by_month(day: str, frame: "DataFrame") -> "DataFrameWriter":
    month = f"date_format(date_from_unix_date({day}), 'yyyy-MM') AS month"
    return frame.selectExpr("*", month).hint("rebalance", "month").write.partitionBy("month")


@dataclass(frozen=True)
class _Work:
    """One shop's tables on their way through Spark; `folder` takes what is written meanwhile."""

    con: duckdb.DuckDBPyConnection
    tables: Mapping[str, Source]
    settings: Settings
    folder: Path

    def run(self, models: list[str], results: Mapping[str, "Write"]) -> None:
        """Every model as a view; results, and what several models read, are written first, so that plans stay small."""
        _require()
        from kpi_helpers.engine import dialect

        known = dialect.macros(self.con)
        texts = {name: dialect.translate(facts.render(name, self.settings), known) for name in models}
        reads = Counter(table for text in texts.values() for table in text.reads)
        with _spark() as spark:
            for name in sorted(reads.keys() - texts.keys()):
                self._open(spark, name).createOrReplaceTempView(name)
            for name, text in texts.items():
                spark.sparkContext.setJobDescription(f"kpi: {name}")
                frame = spark.sql(text.sql)
                if name in results or reads[name] > 1:
                    frame = self._written(spark, name, frame, results.get(name, lambda frame: frame.write))
                frame.createOrReplaceTempView(name)

    def _written(self, spark: "SparkSession", name: str, frame: "DataFrame", write: "Write") -> "DataFrame":
        write(frame).parquet(f"file://{self.folder.absolute()}/{name}")
        return spark.read.schema(frame.schema).parquet(_address(self.folder / name)).select(frame.columns)

    def _open(self, spark: "SparkSession", name: str) -> "DataFrame":
        """A stored table with times as whole seconds (UTC), or a small one that DuckDB has already."""
        if name.startswith("raw_"):
            return _seconds(spark, name.removeprefix("raw_"), self._files(name.removeprefix("raw_")))
        path = self.folder / f"{name}.parquet"
        self.con.execute(f"COPY {name} TO {facts.quote(str(path))} (FORMAT parquet)")
        return spark.read.parquet(_address(path))

    def _files(self, name: str) -> list[str]:
        """A table's files; a table in memory is written down first, an absent one as no rows."""
        source, own = self.tables.get(name), self.folder / f"raw_{name}.parquet"
        if isinstance(source, list) and source:
            return source
        rows = source if isinstance(source, pa.Table) else pa.table({"row_order": pa.array([], pa.int64())})
        pq.write_table(rows, own)
        return [str(own)]


def _seconds(spark: "SparkSession", table: str, files: list[str]) -> "DataFrame":
    from kpi_helpers.engine.dialect import type_name

    columns = {**schema()[table]["columns"], "row_order": "integer"}
    types = {column: type_name(TYPES[kind.rstrip("?")]) for column, kind in columns.items()}
    reader = spark.read.schema(", ".join(f"`{column}` {kind}" for column, kind in types.items()))
    picked = [f"unix_seconds({c}) AS {c}" if types[c] == "TIMESTAMP" else f"`{c}`" for c in columns]
    return reader.parquet(*map(_address, files)).selectExpr(*picked)


def _address(path: str | Path) -> str:
    """A path as Spark reads it: on the file system even where a cluster has another one, signs of patterns plain."""
    return "file://" + re.sub(r"([\\{}\[\]*?])", r"\\\1", os.path.abspath(path))


# -- the session ---


@contextmanager
def _spark() -> Iterator["SparkSession"]:
    """A session of our own in the running Spark, or in a new one; what goes wrong there as one sentence."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield _session()
    except (PySparkException, Py4JError) as error:
        where = f" on {_master()}" if _master() else ""
        raise KpiError(f"Spark{where} could not compute the unit tables: {_reason(error)}") from error


def _session() -> "SparkSession":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the version of pandas, which no row passes through
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.appName("kpi-notebooks")
        spark = (builder.master(_master()) if _master() else builder).getOrCreate().newSession()
    for key, value in MEANING.items():
        spark.conf.set(key, value)
    return spark


def _master() -> str:
    return next((os.environ[name] for name in MASTERS if os.environ.get(name)), "")


def _require() -> None:
    missing = [name for name in ("pyspark", "sqlglot") if find_spec(name) is None]
    if missing:
        raise KpiError(f'engine = "spark" needs {" and ".join(missing)}: pip install "kpi-notebooks[spark]"')
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise KpiError(
            'engine = "spark" needs Java 17 or newer: install a JRE (Debian: default-jre-headless), or set JAVA_HOME'
        )


def _reason(error: Exception) -> str:
    """The first line that says something."""
    lines = [line.strip(" :\t") for line in str(error).splitlines()]
    return next((line for line in lines if line and not line.startswith("An error occurred")), type(error).__name__)
