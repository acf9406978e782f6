"""Who is told what: against a local web server that answers as robots do, and a local mail server."""

import json
import socket
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest
import requests
from aiosmtpd.controller import Controller

from kpi_helpers import settings
from kpi_helpers.runs import notify
from kpi_helpers.runs.journal import Run, read

ROBOTS = {
    "wecom": "wecombot://12345678-1234-1234-1234-123456789abc",
    "dingtalk": "dingtalk://abcdefgh1234/",
    "feishu": "feishu://abcdefgh1234",
    "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#kpi",
}
LINES = ["本周接待 4,162 人，比上周多 57%", "销售 12 万", "客单价 88", "成功率 35.8%", "响应 P90 77 秒", "第六行不发"]
GOOD = Run("青禾 <旗舰店>", "2026-W44", "zh", "published", "now", page="r/a/report-zh.html", lines=LINES)
BAD = Run("青禾", "2026-W44", "zh", "failed", "now", "00_overview: 没有订单；kpi ingest", page="r/a/x.failed.html")


@pytest.fixture
def robot(monkeypatch):
    """A web server in place of every robot's; `said` is what it got, `answer` what it says."""
    seen = SimpleNamespace(said=[], answer={"errcode": 0, "code": 0, "ok": True}, status=200)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            seen.said.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(seen.status)
            self.end_headers()
            self.wfile.write(b"ok" if seen.answer == "ok" else json.dumps(seen.answer).encode())

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    real = requests.sessions.Session.request
    here = f"http://127.0.0.1:{server.server_port}/"
    monkeypatch.setattr(requests.sessions.Session, "request", lambda s, method, url, **k: real(s, method, here, **k))
    yield seen
    server.shutdown()


@pytest.fixture
def told(monkeypatch, tmp_path):
    """tell(run) with readers and owners at the given addresses."""
    notify._sent.clear()

    def tell(run: Run, readers: str = "", owners: str = "", named: str = "") -> list[str]:
        monkeypatch.setenv("KPI_READERS", readers)
        monkeypatch.setenv("KPI_OWNERS", owners)
        chosen = {"readers": ["KPI_READERS"] if readers else [], "owners": ["KPI_OWNERS"] if owners else []}
        chosen |= {"owners": [named]} if named else {}
        values = {**settings.defaults(), "notify": {"link": "https://bi.example.com/kpi", **chosen}}
        return notify.tell(settings.Settings(values), run, Path("r"))

    return tell


@pytest.mark.parametrize("name", ROBOTS)
def test_readers_get_five_lines_and_a_link(told, robot, name):
    robot.answer = "ok" if name == "slack" else robot.answer
    assert told(GOOD, readers=ROBOTS[name]) == []
    (sent,) = robot.said
    text = json.dumps(json.loads(sent), ensure_ascii=False)
    assert all(line in text for line in LINES[:5]) and LINES[5] not in text
    assert "https://bi.example.com/kpi/a/report-zh.html" in text
    assert len(sent) < 4096


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"errcode": 93000, "errmsg": "invalid webhook url"}, "errcode 93000: invalid webhook url"),
        ({"errcode": 130101, "errmsg": "send too fast"}, "errcode 130101"),
        ({"code": 11232, "msg": "frequency limited"}, "code 11232: frequency limited"),
    ],
)
def test_an_error_inside_a_200_is_noticed_and_owners_hear_of_it(told, robot, tmp_path, monkeypatch, answer, said):
    monkeypatch.chdir(tmp_path)
    robot.answer = answer
    (wrong,) = told(GOOD, readers=ROBOTS["wecom"], owners=ROBOTS["feishu"])
    assert said in wrong and "12345678" not in wrong
    assert len(robot.said) == 2 and said in json.dumps(json.loads(robot.said[1]), ensure_ascii=False)
    assert [run.outcome for run in read(Path("r"))] == ["untold"]


def test_failures_are_for_owners_only(told, robot):
    told(BAD, readers=ROBOTS["wecom"], owners=ROBOTS["dingtalk"])
    (sent,) = robot.said
    assert "没有订单" in json.dumps(json.loads(sent), ensure_ascii=False)
    told(GOOD, owners=ROBOTS["dingtalk"])
    told(Run("s", "2026-W44", "zh", "unchanged"), readers=ROBOTS["wecom"], owners=ROBOTS["dingtalk"])
    assert len(robot.said) == 1


def test_a_message_fits_in_bytes_not_characters():
    values = {**settings.defaults(), "notify": {"link": "https://bi.example.com", "readers": [], "owners": []}}
    long = Run("店" * 40, "2026-W44", "zh", "published", page="r/a/b.html", lines=["汉" * 900, "字" * 900])
    title, body = notify.message(settings.Settings(values), long, Path("r"))
    assert len(title.encode()) + len(body.encode()) <= 2048 and body.endswith("https://bi.example.com/a/b.html")
    assert "…" in body and "\ufffd" not in body


def test_mail_goes_through_a_mail_server(told):
    got = []

    class Box:
        async def handle_DATA(self, server, session, envelope):
            got.append(message_from_bytes(envelope.content, policy=policy.default))
            return "250 OK"

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(Box(), hostname="127.0.0.1", port=port)
    server.start()
    try:
        assert (
            told(BAD, owners=f"mailto://127.0.0.1:{port}?from=kpi@example.com&to=boss@example.com&mode=insecure") == []
        )
    finally:
        server.stop()
    (mail,) = got
    assert "报告失败" in mail["subject"] and "没有订单" in mail.get_body(("plain", "html")).get_content()


def test_secrets_are_only_in_the_environment(told, robot, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (wrong,) = told(BAD, named=ROBOTS["wecom"])
    assert "environment variable" in wrong and "12345678" not in wrong
    monkeypatch.delenv("NOT_SET", raising=False)
    (wrong,) = told(BAD, named="NOT_SET")
    assert "NOT_SET" in wrong and robot.said == []


def test_robots_are_not_flooded(robot, monkeypatch):
    notify._sent.clear()
    monkeypatch.setenv("KPI_ROBOT", ROBOTS["wecom"])
    waited = []
    for _ in range(notify.PER_MINUTE + 2):
        assert notify.send("KPI_ROBOT", "t", "b", pause=waited.append) == ""
    assert len(waited) == 2 and all(0 < seconds <= 60 for seconds in waited)


def test_a_dead_network_is_a_sentence(told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (wrong,) = told(GOOD, readers="json://127.0.0.1:9/secret-token")
    assert "not delivered" in wrong and "secret" not in wrong
