"""Chats of every system: transcripts, JSON, archives and tables, and the messages (or facts) they become."""

import json
import zipfile

import pytest
from exports import Desk, names, text_file, workbook

AT = "strftime(sent_at, '%d %H:%M:%S')"
MESSAGES = f"SELECT buyer_id, agent_id, sender, {AT}, text FROM messages ORDER BY sent_at, row_order"
BUYER, AGENT = ("小花猫", None, "buyer"), ("小花猫", "花店:小美", "agent")
TALK = [(*BUYER, "01 09:05:07", "在吗\n这件有货吗"), (*AGENT, "01 09:05:11", "亲: 在的")]


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "data")


def taken(desk, path, layout, shop=None):
    """The record of the one table of a file that must be recognised as `layout`."""
    [record] = desk.take(path, shop=shop).files
    assert (record.layout, record.error) == (layout, "")
    return record


def document(path, content):
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


# -- 千牛/旺旺 -------------------------------------------------------------------------------------------------

OLD = """花店:小美
2026年11月1日9:05:07 小花猫: 在吗
这件有货吗
2026年11月1日9:05:11 花店:小美: 亲: 在的
"""
CLIPBOARD = """小花猫 2026-11-1 9:05:07
在吗
这件有货吗
cntaobao花店:小美2026-11-1 9:05:11
亲: 在的
"""
ARROWS = """小花猫 --> 花店:小美 2026-11-1 9:05:07
在吗
这件有货吗
花店:小美 --> 小花猫 2026-11-1 9:05:11
亲: 在的
"""
TWO_LINES = """小花猫
2026-11-1 9:05:07
在吗
这件有货吗
花店:小美
2026-11-1 9:05:11
亲: 在的
"""
PAGE = """2026-11-01 星期日
09:05:07
在吗
这件有货吗
已读
小花猫
09:05:11
亲: 在的
花店:小美
"""


@pytest.mark.parametrize(
    ("text", "encoding", "served"),
    [
        (OLD, "gb18030", "花店:小美"),
        (CLIPBOARD.replace("\n", "\r\n"), "utf-8", None),
        (ARROWS, "gb18030", "花店:小美"),
        (TWO_LINES, "utf-8-sig", None),
        (PAGE, "utf-8", None),
    ],
    ids=["old client", "clipboard", "arrows", "two lines", "web page"],
)
def test_qianniu_transcripts(text, encoding, served, desk, tmp_path):
    path = tmp_path / "聊天.txt"
    path.write_bytes(text.encode(encoding))
    record = taken(desk, path, "qianniu_chats")
    assert (record.shops, record.read, record.used) == (["花店"], 2, 2)
    assert desk.query(MESSAGES) == [("小花猫", served, *TALK[0][2:]), TALK[1]]


def test_an_agents_line_whose_buyer_is_not_known_is_set_aside(desk, tmp_path):
    text = CLIPBOARD + "另一个 2026-11-1 9:06:00\n你好\n"
    record = taken(desk, text_file(tmp_path / "c.txt", text), "qianniu_chats")
    assert record.reasons == {"no 客户名": 1}
    assert [row[0] for row in desk.query(MESSAGES)] == ["小花猫", "另一个"]


SHEET = names("客户名,消息序号,发送时间,发送内容,发送账号,账号类型")


def test_qianniu_sheets_a_customer_each(desk, tmp_path):
    noise = ["由 服务助手 转交给 花店:小丽", "小花猫 撤回了一条消息", "请在客户端查看原始聊天记录，网页版无法展示"]
    rows = [
        ["小花猫", 1, "2026-11-01 09:05:07", "在吗\n这件有货吗", "小花猫", "买家"],
        ["小花猫", 2, "2026-11-01 09:05:11", "亲: 在的", "cntaobao花店:小美", "客服"],
        *[["小花猫", 3 + n, f"2026-11-01 09:06:0{n}", text, "花店:小美", "客服"] for n, text in enumerate(noise)],
        ["小花猫", 6, "2026-11-01 09:07:00", "自动回复", "花店:店小蜜", "客服"],
        ["小花猫", 7, "2026-11-01 09:08:00", "?", "路人", ""],
    ]
    other = [["白鹭", 1, "2026-11-01 10:00:00", "你好", "白鹭", "买家"]]
    report = desk.take(
        workbook(tmp_path / "q.xlsx", 小花猫=[SHEET, *rows], 白鹭=[SHEET, *other], 说明=[["说明"]]), shop="花店"
    )
    first, second = report.files
    assert first.reasons == {"发送账号 is neither the buyer nor an account of the shop": 1}
    assert "not recognised and passed over: 说明" in first.notes
    assert "1 hand-overs to another agent" in first.notes
    assert (second.name, second.used) == ("q.xlsx [白鹭]", 1)
    found = desk.query(MESSAGES)
    assert found[:2] == TALK
    assert [row[2] for row in found[2:]] == ["system", "system", "system", "bot", "buyer"]


def chat(user, *lines):
    said = [{"date": "2026-11-01", "time": at, "sender": by, "text": text, "imgUrl": ""} for at, by, text in lines]
    return {"user": user, "exportTime": "2026/11/2 上午9:00:00", "count": len(said), "chats": said}


def test_qianniu_script_json_in_a_zip(desk, tmp_path):
    one = chat("小花猫", ("09:05:07", "小花猫", "在吗\n这件有货吗"), ("09:05:11", "花店:小美", "亲: 在的"))
    path = tmp_path / "千牛聊天记录_2026-11-2.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("小花猫.json", json.dumps(one, ensure_ascii=False))
        archive.writestr(
            "白_鹭.json", json.dumps(chat("白/鹭", ("10:00:00", "白/鹭", "你好"), ("10:00:04", "花店:小丽", "好")))
        )
        archive.writestr("坏.json", '{"user": ')
        archive.writestr("picture.png", b"\x89PNG")
    report = desk.take(path)
    assert [(r.layout, r.used) for r in report.files] == [("qianniu_chats", 2)] * 2
    assert report.files[0].name == "千牛聊天记录_2026-11-2.zip [小花猫.json chats]"
    [note] = [n for n in report.files[0].notes if n.startswith("not recognised")]
    assert "坏.json (the JSON is damaged or incomplete (near line 1); export it again)" in note
    assert "picture.png (not a data file)" in note
    assert desk.query(MESSAGES)[:2] == TALK
    assert [row[0] for row in desk.query(MESSAGES)[2:]] == ["白/鹭", "白/鹭"]


def test_the_same_message_in_two_exports_counts_once(desk, tmp_path):
    desk.take(text_file(tmp_path / "a.txt", PAGE), text_file(tmp_path / "b.txt", PAGE + "09:06:00\n好的\n小花猫\n"))
    assert len(desk.query(MESSAGES)) == 3


# -- other systems -------------------------------------------------------------------------------------------


def test_dongdong_capture(desk, tmp_path):
    def message(mid, speaker, other, text, **more):
        return {"mid": mid, "from": speaker, "to": other, "body": {"type": "text", "content": text}, **more}

    waiter, customer = {"app": "im.waiter", "pin": "花店小美"}, {"app": "im.customer", "pin": "jd_花"}
    talk = [
        message("1", customer, waiter, "在吗", datetime="2026-11-01 09:05:07", timestamp=1793495107000),
        message("2", waiter, customer, "在的", timestamp=1793495111250),
        message("3", {"app": "im.other", "pin": "?"}, waiter, "?", timestamp=1793495112000),
    ]
    record = taken(desk, document(tmp_path / "dd.json", {"venderId": 7, "messages": talk}), "dongdong_chats", "京东店")
    assert record.reasons == {"from.app is neither waiter nor customer": 1}
    assert desk.query(MESSAGES) == [
        ("jd_花", "花店小美", "buyer", "01 09:05:07", "在吗"),
        ("jd_花", "花店小美", "agent", "01 09:05:11", "在的"),
    ]


def test_chatwoot_messages(desk, tmp_path):
    header = names(
        "id,content,content_type,message_type,private,status,created_at,user_id,contact_id,conversation_id,inbox_id"
    )
    rows = [
        ["1", "hello", "text", "0", "false", "0", "2026-11-01 01:05:07", "", "c9", "77", "1"],
        ["2", "Welcome!", "text", "3", "false", "0", "2026-11-01 01:05:08", "", "", "77", "1"],
        ["3", "look at this", "text", "1", "true", "0", "2026-11-01 01:05:09", "5", "", "77", "1"],
        ["4", "hi\nthere", "text", "1", "false", "0", "2026-11-01 01:05:11", "5", "", "77", "1"],
        ["5", "resolved", "text", "2", "false", "0", "2026-11-01 01:06:00", "", "", "77", "1"],
        ["6", "lost", "text", "1", "false", "3", "2026-11-01 01:06:01", "5", "", "77", "1"],
        ["7", "?", "text", "9", "false", "0", "2026-11-01 01:06:02", "5", "", "77", "1"],
        ["8", "who?", "text", "1", "false", "0", "2026-11-01 01:07:00", "5", "", "78", "1"],
    ]
    record = taken(desk, text_file(tmp_path / "m.csv", [header, *rows]), "chatwoot_messages", "shop")
    assert record.reasons == {"message_type is none of 0 to 3": 1}
    assert desk.query(MESSAGES) == [
        ("c9", None, "buyer", "01 09:05:07", "hello"),
        ("c9", None, "bot", "01 09:05:08", "Welcome!"),
        ("c9", "5", "note", "01 09:05:09", "look at this"),
        ("c9", "5", "agent", "01 09:05:11", "hi\nthere"),
        ("c9", None, "system", "01 09:06:00", "resolved"),
        ("c9", None, "system", "01 09:06:01", "lost"),
        ("conversation:78", "5", "agent", "01 09:07:00", "who?"),
    ]


def test_zendesk_comments_with_the_authors_role(desk, tmp_path):
    header = names("id,created,public,ticket_id,user_id,body,role")
    rows = [
        ["1", "2026-11-01 01:05:07", "true", "9", "u1", "hello", "end-user"],
        ["2", "2026-11-01 01:05:08", "false", "9", "a1", "psst", "agent"],
        ["3", "2026-11-01T01:05:11Z", "true", "9", "a1", "hi", "admin"],
    ]
    taken(desk, text_file(tmp_path / "z.csv", [header, *rows]), "zendesk_comments", "shop")
    assert desk.query(MESSAGES) == [
        ("u1", None, "buyer", "01 09:05:07", "hello"),
        ("u1", "a1", "note", "01 09:05:08", "psst"),
        ("u1", "a1", "agent", "01 09:05:11", "hi"),
    ]


def test_zendesk_tickets_a_json_document_a_line(desk, tmp_path):
    def ticket(number, requester, *comments):
        said = [
            {"id": number * 10 + n, "author_id": a, "public": True, "created_at": t, "body": b}
            for n, (a, t, b) in enumerate(comments)
        ]
        return {
            "id": number,
            "requester": {"id": requester, "name": "Ann", "email": "a@b.c"},
            "tags": [],
            "comments": said,
        }

    tickets = [
        ticket(9, 501, (501, "2026-11-01T01:05:07Z", "hello"), (7, "2026-11-01T01:05:11Z", "hi")),
        ticket(10, 502, (502, "2026-11-01T02:00:00Z", "help")),
    ]
    path = tmp_path / "tickets.json"
    path.write_text("\n".join(map(json.dumps, tickets)))
    report = desk.take(path, shop="shop")
    assert [(r.layout, r.used) for r in report.files] == [("zendesk_comments", 3)]
    assert [row[:3] for row in desk.query(MESSAGES)] == [
        ("501", None, "buyer"),
        ("501", "7", "agent"),
        ("502", None, "buyer"),
    ]


def test_zendesk_comments_that_do_not_say_who_is_an_agent_are_not_guessed(desk, tmp_path):
    path = text_file(
        tmp_path / "z.csv", "id,created,public,ticket_id,user_id,body\n1,2026-11-01 01:05:07,true,9,u1,hello\n"
    )
    report = desk.take(path, shop="shop")
    assert report.status == 2
    assert "lacks role or requester_id" in report.files[0].error


def test_intercom_conversations(desk, tmp_path):
    def part(number, kind, author, at, body):
        return {"id": str(number), "part_type": kind, "body": body, "created_at": at, "author": author}

    ann, bob = {"type": "user", "id": "u1"}, {"type": "admin", "id": "a1"}
    parts = [
        part(1, "assignment", bob, 1793495108, None),
        part(2, "note", bob, 1793495109, "psst"),
        part(3, "comment", bob, 1793495111, "hi"),
        part(4, "close", bob, 1793495200, None),
        part(5, "comment", {"type": "martian", "id": "m"}, 1793495300, "?"),
    ]
    conversation = {
        "id": "77",
        "created_at": 1793495107,
        "source": {"id": "s", "body": "hello", "author": ann},
        "conversation_parts": {"conversation_parts": parts},
    }
    report = desk.take(document(tmp_path / "i.json", {"conversations": [conversation]}), shop="shop")
    [record] = report.files
    assert (record.read, record.reasons) == (5, {"author_type is none of user, lead, contact, admin, bot": 1})
    assert desk.query(MESSAGES) == [
        ("u1", None, "buyer", "01 09:05:07", "hello"),
        ("u1", "a1", "system", "01 09:05:08", None),
        ("u1", "a1", "note", "01 09:05:09", "psst"),
        ("u1", "a1", "agent", "01 09:05:11", "hi"),
        ("u1", "a1", "system", "01 09:06:40", None),
    ]


def test_the_numbers_of_two_systems_are_not_the_same_message(desk, tmp_path):
    chatwoot = "id,content,message_type,private,status,created_at,user_id,contact_id,conversation_id\n"
    zendesk = "id,created,public,ticket_id,user_id,body,role\n"
    one = text_file(tmp_path / "c.csv", chatwoot + "1,hello,0,f,0,2026-11-01 01:05:07,,c9,77\n")
    two = text_file(tmp_path / "z.csv", zendesk + "1,2026-11-01 01:05:07,true,9,u1,hi,end-user\n")
    desk.take(one, two, shop="shop")
    assert [row[4] for row in desk.query(MESSAGES)] == ["hello", "hi"]


def test_intercom_parts_as_a_table(desk, tmp_path):
    header = names("id,conversation_id,author_id,author_type,part_type,created_at,body")
    rows = [
        ["1", "77", "u1", "user", "comment", "2026-11-01 01:05:07", "hello"],
        ["2", "77", "a1", "admin", "comment", "2026-11-01 01:05:11", "hi"],
    ]
    record = taken(desk, text_file(tmp_path / "p.csv", [header, *rows]), "intercom_parts", "shop")
    assert any("the first message of each conversation" in note for note in record.notes)
    assert [row[:3] for row in desk.query(MESSAGES)] == [("u1", None, "buyer"), ("u1", "a1", "agent")]


def test_livechat_archives(desk, tmp_path):
    def event(number, author, text, **more):
        return {"id": f"e{number}", "type": "message", "author_id": author, "text": text, "visibility": "all",
                "created_at": f"2026-11-01T01:05:{number:02}.250000Z", **more}  # fmt: skip

    users = [{"id": "c1", "type": "customer", "name": "Ann"}, {"id": "amy@shop.com", "type": "agent", "name": "Amy"}]
    events = [
        event(7, "c1", "hello"),
        event(8, "amy@shop.com", "psst", visibility="agents"),
        event(9, "", "Amy joined", type="system_message"),
        event(11, "amy@shop.com", "hi"),
        event(12, "nobody@shop.com", "?"),
    ]
    archive = {"chats": [{"id": "C", "users": users, "thread": {"id": "T", "events": events}}], "found_chats": 1}
    report = desk.take(document(tmp_path / "l.json", archive), shop="shop")
    [record] = report.files
    assert record.reasons == {"the author is not among the chat's users": 1}
    assert desk.query(MESSAGES) == [
        ("c1", None, "buyer", "01 09:05:07", "hello"),
        ("c1", "amy@shop.com", "note", "01 09:05:08", "psst"),
        ("c1", None, "system", "01 09:05:09", "Amy joined"),
        ("c1", "amy@shop.com", "agent", "01 09:05:11", "hi"),
    ]


# -- sessions, counted per agent and day ---------------------------------------------------------------------

NINE = 1793495107000  # 2026-11-01 09:05:07 in Beijing, ms


QIYU = {
    "staffId": 5,
    "realName": "王小美",
    "nickName": "小美",
    "userName": "李某某",
    "startTime": NINE,
    "endTime": NINE + 600_000,
    "staffFirstReplyTime": NINE + 4000,
    "firstReplyCost": 4000,
    "avgRespDuration": 10_000,
    "staffMessageCount": 6,
    "userMessageCount": 4,
    "roundNumber": 3,
    "evaluation": 100,
}


def qiyu(number, user="u1", valid=1, **more):
    return {"id": number, "userId": user, "isValid": valid, **QIYU, **more}


def test_qiyu_sessions(desk, tmp_path):
    sessions = [
        qiyu(1),
        qiyu(2),
        qiyu(3, "u2", evaluation=75, staffFirstReplyTime=0, firstReplyCost=0, staffMessageCount=0, roundNumber=0),
        qiyu(4, "u3", valid=0),
        qiyu(5, "u3", nickName="", realName="", staffId=0),
        qiyu(6, "u4", endTime=NINE - 1000),
    ]
    record = taken(desk, document(tmp_path / "q.json", {"code": 200, "session": sessions}), "qiyu_sessions", "店")
    assert record.reasons == {"the session ends before it starts": 1}
    assert "2 sessions were taken by no person or are not valid: not received" in record.notes
    assert {fact: value for (_, fact), value in desk.facts().items()} == {
        "received_buyers": 2,
        "received_chats": 2,
        "sessions": 3,
        "answered_buyers": 1,
        "buyer_messages": 12,
        "agent_messages": 12,
        "first_wait_seconds": 8,
        "chats_first_answered": 2,
        "response_wait_seconds": 60,
        "answered_rounds": 6,
        "reception_seconds": 1800,
        "ratings": 3,
        "rating_score": 14,
    }
    assert desk.query("SELECT DISTINCT agent_id, day::VARCHAR FROM agent_daily") == [("小美", "2026-11-01")]


def test_easemob_sessions_are_in_utc(desk, tmp_path):
    def session(number, state="Terminal"):
        return {
            "serviceSessionId": f"s{number}",
            "agentUserId": "a1",
            "agentUserNiceName": "小美",
            "visitorUser": {"userId": f"v{number % 2}", "nicename": "李某某"},
            "startDateTime": "2026-10-31T17:00:00.000Z",
            "stopDateTime": "2026-10-31T17:10:00.000Z",
            "originType": ["app"],
            "state": state,
        }

    path = document(tmp_path / "e.json", {"entities": [session(1), session(2), session(3), session(4, "Processing")]})
    record = taken(desk, path, "easemob_sessions", "店")
    assert "1 sessions are not final or were taken by nobody: not counted" in record.notes
    assert desk.query("SELECT fact, value, day::VARCHAR FROM agent_daily ORDER BY 1") == [
        ("received_buyers", 2.0, "2026-11-01"),
        ("received_chats", 2.0, "2026-11-01"),
        ("reception_seconds", 1800.0, "2026-11-01"),
        ("sessions", 3.0, "2026-11-01"),
    ]


def test_udesk_sessions(desk, tmp_path):
    def part(number, customer, agent="小美"):
        times = {"created_at": "2026-11-01 09:05:07", "closed_at": "2026-11-01 09:06:07"}
        who = {"customer_id": customer, "customer_name": "李某某", "agent_id": 3, "agent_nick_name": agent}
        return {"session_id": 1, "sub_session_id": number, **who, **times}

    items = [part(1, 8), part(2, 8, "小丽"), part(3, 9), part(3, 9)]
    record = taken(desk, document(tmp_path / "u.json", {"status": 0, "item": items}), "udesk_sessions", "店")
    assert record.reasons == {"same row again": 1}
    facts = desk.facts()
    assert (facts["小美", "received_buyers"], facts["小丽", "received_buyers"]) == (2, 1)
    assert (facts["小美", "sessions"], facts["小美", "reception_seconds"]) == (2, 120)


def test_xiaohongshu_trend(desk, tmp_path):
    days = [
        {"dtm": "20261101", "caseCnt": 12, "replyCaseCnt": 10, "avgRplDur": 1.5, "firstReplyIn45sCaseRatio": 0.8,
         "replyIn3minCaseRatio": 0.9, "evaluateCaseCnt": 4, "inquiryPayGmv": 400.5},
        {"dtm": "20261102", "caseCnt": 5, "replyCaseCnt": 9, "avgRplDur": 1},
    ]  # fmt: skip
    content = {"data": {"sellerCSOverall": {"caseCnt": 17}, "sellerCSTrend": days}}
    record = taken(desk, document(tmp_path / "x.json", content), "xiaohongshu_agents", "店")
    assert record.reasons == {"replyCaseCnt is more than caseCnt": 1}
    assert any("stand under (unassigned)" in note for note in record.notes)
    facts = {fact: value for (_, fact), value in desk.facts().items()}
    assert facts == {
        "sessions": 12,
        "response_wait_seconds": 900,
        "answered_rounds": 10,
        "printed:xiaohongshu_within_3min_rate": 0.9,
        "sales": 400.5,
        "ratings": 4,
    }


def test_customers_names_are_kept_nowhere(desk, tmp_path):
    desk.take(document(tmp_path / "q.json", {"session": [qiyu(1), qiyu(2, isValid="?")]}), shop="店")
    stored = b"".join(f.read_bytes() for f in (desk.folder / "store").rglob("*") if f.is_file())
    assert "李某某".encode() not in stored
    assert len(desk.rejected()) == 1
