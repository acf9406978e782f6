"""A real standalone Spark cluster on loopback: a master and two workers, each a process of its own."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

WORKERS = 2
# Short jobs: compiling the JVM's code thoroughly would cost more than it saves.
JVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
DEFAULTS = f"""
spark.driver.host               127.0.0.1
spark.driver.extraJavaOptions   {JVM}
spark.executor.extraJavaOptions {JVM}
spark.executor.memory           512m
spark.sql.shuffle.partitions    {WORKERS}
spark.ui.enabled                false
spark.ui.showConsoleProgress    false
"""


def why_not() -> str:
    """What is missing for a cluster on this machine; empty when nothing is."""
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        return "no Java (Debian: default-jre-headless)"
    return ""


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """Start it, with an environment in which sessions use it by themselves; gives the master's URL."""
    (folder / "spark-defaults.conf").write_text(DEFAULTS)
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in _environment(folder).items():
            patch.setenv(name, value)
        log = stack.enter_context(_process(folder / "master.log", "master.Master"))
        (url,) = _wait(log, r"Starting Spark master at (spark://\S+)", 1)
        for number in range(WORKERS):
            options = ["--cores", "1", "--memory", "512m", "--work-dir", str(folder / f"worker{number}"), url]
            stack.enter_context(_process(folder / f"worker{number}.log", "worker.Worker", *options))
        _wait(log, "Registering worker", WORKERS)
        patch.setenv("KPI_SPARK_MASTER", url)
        yield url
        _stop_session()


def executors() -> int:
    """How many executors the running session has."""
    from pyspark.sql import SparkSession

    return SparkSession.getActiveSession()._jsparkSession.sparkContext().getExecutorMemoryStatus().size() - 1


def _environment(folder: Path) -> dict[str, str]:
    import pyspark

    home = str(Path(pyspark.__file__).parent)
    return {
        "SPARK_HOME": home, "SPARK_CONF_DIR": str(folder), "SPARK_LOCAL_DIRS": str(folder),
        "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "256m", "SPARK_DAEMON_JAVA_OPTS": JVM,
    }  # fmt: skip


@contextmanager
def _process(log: Path, role: str, *options: str) -> Iterator[Path]:
    command = [f"{os.environ['SPARK_HOME']}/bin/spark-class", f"org.apache.spark.deploy.{role}"]
    where = ["--host", "127.0.0.1", "--port", "0", "--webui-port", "0"]
    with log.open("w") as out:
        process = subprocess.Popen([*command, *where, *options], stdout=out, stderr=subprocess.STDOUT)
    try:
        yield log
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(log: Path, pattern: str, times: int, seconds: int = 120) -> list[str]:
    end = time.monotonic() + seconds
    while len(found := re.findall(pattern, log.read_text())) < times:
        if time.monotonic() > end:
            pytest.fail(f"{log.name}: no {pattern!r} within {seconds} s:\n{log.read_text()[-2000:]}")
        time.sleep(0.2)
    return found


def _stop_session() -> None:
    from pyspark import SparkContext

    if SparkContext._active_spark_context:
        SparkContext._active_spark_context.stop()
