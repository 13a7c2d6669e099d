"""The control API itself: the clock, waiting, errors, the documentation, the transcript."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters

import sandbox
from sandbox.client import ControlError, NothingCameError, SandboxClient
from sandbox.control import ACTIONS
from sandbox.methods import METHODS
from sandbox.shapes import UserRecord
from sandbox.testing import RunningSandbox, running
from sandbox.transcript import escape
from sandbox.world import World
from tests.sandbox.conftest import NO_TLS, START

PAGE = Path(sandbox.__file__).parents[1] / "docs" / "sandbox.md"


async def test_the_clock_is_moved_by_hand(telegram: RunningSandbox, people: SandboxClient) -> None:
    async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as http:
        answer = (await http.get(f"{telegram.control_url}/clock")).json()
    assert answer == {"now": "2026-12-18T01:00:00+00:00", "simulated": True}
    assert await people.now() == START
    assert await people.advance_clock(90) == START + timedelta(seconds=90)
    evening = datetime.fromisoformat("2026-12-18T18:00:00+08:00")
    assert await people.set_clock(evening) == START.replace(hour=10)
    with pytest.raises(ControlError, match="does not go back without force"):
        await people.set_clock(START)
    assert await people.set_clock(START, force=True) == START
    with pytest.raises(ControlError, match="needs an offset"):
        await people.act("set_clock", now="2026-12-18T18:00:00")
    with pytest.raises(ControlError, match="zero or more"):
        await people.advance_clock(-1)


async def test_messages_are_dated_by_the_clock(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    await people.advance_clock(3600)
    sent = await bot.send_message(user.id, "整点")
    theirs = await people.send_text(user.id, user.id, "好")
    assert (sent.date, theirs.time) == (START + timedelta(hours=1), START + timedelta(hours=1))


async def test_waiting_for_the_clock(people: SandboxClient) -> None:
    waiting = asyncio.create_task(people.act("clock", after=START.isoformat(), timeout=5))
    await people.wait_until_polled()
    assert not waiting.done()
    await people.advance_clock(1)
    assert (await waiting)["now"] == "2026-12-18T01:00:01+00:00"


async def test_the_systems_clock_runs_until_it_is_set() -> None:
    async with running(World()) as server:
        before = datetime.now(UTC)
        assert before <= await server.client.now() <= datetime.now(UTC)
        await server.client.set_clock(START, force=True)
        assert await server.client.now() == START


async def test_waiting_for_a_message(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    waiting = asyncio.create_task(people.wait_for(user.id, contains=["回执", "0001"], timeout=30))
    await bot.send_message(user.id, "回执")
    await bot.send_message(user.id, "回执 0001")
    found = await waiting
    assert found.text == "回执 0001"
    assert (await people.wait_for(user.id, contains="回执")).text == "回执"
    assert (await people.wait_for(user.id, found.message_id - 1)).text == "回执 0001"
    assert (await people.wait_for(user.id, sender="people")).text == "/start"
    instead = r"kind photo: nothing within 0\.0 s\ninstead there was:\n/start\n回执"
    with pytest.raises(NothingCameError, match=instead):
        await people.wait_for(user.id, kind="photo", timeout=0.0)


async def test_waiting_until_everything_is_polled(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    with pytest.raises(NothingCameError, match="1 updates to be acknowledged"):
        await people.wait_until_polled(timeout=0.0)
    waiting = asyncio.create_task(people.wait_until_polled(timeout=30))
    last = (await bot.get_updates())[-1].update_id
    await bot.get_updates(offset=last + 1)
    await waiting


async def test_what_cannot_happen_is_said(
    telegram: RunningSandbox, people: SandboxClient, user: UserRecord
) -> None:
    cases: list[tuple[str, dict[str, Any], str]] = [
        ("send_text", {"chat": 1, "user": user.id, "text": "x"}, "no chat 1"),
        ("send_text", {"chat": user.id, "user": 1, "text": "x"}, "no user 1"),
        ("send_text", {"chat": user.id, "user": user.id, "text": " "}, "an empty text"),
        ("send_text", {"chat": user.id, "user": user.id, "text": "x", "reply_to": 9}, "no message 9"),
        ("send_text", {"chat": user.id, "user": user.id, "text": "x", "thread": 9}, "no topic 9"),
        ("send_text", {"chat": user.id}, "missing a required argument"),
        ("send_photo", {"chat": user.id, "user": user.id, "data": "!"}, "data must be base64"),
        ("send_other", {"chat": user.id, "user": user.id, "kind": "smell"}, "unknown kind 'smell'"),
        ("create_user", {"first_name": "x", "id": user.id}, "exists already"),
        ("create_group", {"title": "x", "kind": "group", "topics": ["a"]}, "only a supergroup has topics"),
        ("migrate", {"chat": user.id, "by": user.id}, "no group that can be upgraded"),
        ("transcript", {"zone": "Moon/Base"}, "unknown time zone"),
        ("transcript", {"language": "fr"}, "no labels in 'fr'"),
        ("wait_for_answer", {"query": "7"}, "no callback query 7"),
    ]
    for action, arguments, reason in cases:
        with pytest.raises(ControlError, match=re.escape(reason)):
            await people.act(action, **arguments)
    async with httpx.AsyncClient(base_url=telegram.control_url, trust_env=False, verify=NO_TLS) as http:
        assert (await http.post("/dance")).status_code == 404
        assert (await http.get("/send_text")).status_code == 404
        assert (await http.post("/pending", content="{")).json() == {"error": "the body must be JSON"}
        assert (await http.post("/pending", json=[])).json() == {"error": "the body must be a JSON object"}
        got = await http.get("/messages", params={"chat": user.id, "sender": "people"})
    assert [m["text"] for m in got.json()] == ["/start"]


async def test_who_and_what_is_there(people: SandboxClient, user: UserRecord) -> None:
    assert user.id > 2**32
    group = await people.create_group("工作群", members=[user.id], topics=["日报"])
    assert [chat.title for chat in await people.chats()] == ["城管局联络员", "工作群"]
    assert group.members == {user.id: "creator", 123456: "member"}
    assert list(group.topics) == ["日报"]
    assert [u["first_name"] for u in await people.act("users")] == ["创城通", "Group", "城管局联络员"]


def test_every_action_and_method_is_documented() -> None:
    text = PAGE.read_text(encoding="utf-8")
    bot_api, control_api = (
        text.split(f"\n## {name}\n")[1].split("\n## ")[0] for name in ("Bot API", "Control API")
    )
    rows = re.findall(r"^\| ([a-z_, ]+) \|", control_api, re.MULTILINE)
    named = {name for row in rows for name in row.split(", ")} - {"action"}
    assert named == set(ACTIONS)
    methods = re.findall(r"^\| \w+ \| (.+) \|$", bot_api, re.MULTILINE)
    listed = {re.sub(r"\W.*", "", name).lower() for row in methods for name in row.split(", ")}
    assert listed == set(METHODS)
    assert all(action.__doc__ for action in ACTIONS.values())


async def _a_day(people: SandboxClient, bot: Bot) -> None:
    user = await people.create_user("城管局联络员")
    office = await people.create_user("创城办")
    await people.start(user.id, "invitation")
    markup = InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton("签收", callback_data="a"),
                InlineKeyboardButton("报进展", callback_data="r"),
            ]
        ]
    )
    card = await bot.send_message(user.id, "清理*违规*广告牌匾\n时限：12月20日", reply_markup=markup)
    press = await people.press(user.id, user.id, card.message_id, "签收")
    assert press.query is not None
    await bot.answer_callback_query(press.query.id, "已签收")
    await people.advance_clock(300)
    await bot.edit_message_text("已签收：清理违规广告牌匾", user.id, card.message_id)
    photo = await people.send_photo(user.id, user.id, caption="清理576处", reply_to=card.message_id)
    await bot.send_message(user.id, "回执 0001", reply_parameters=ReplyParameters(photo.message_id))
    group = await people.create_group("创城工作群", members=[office.id], topics=["日报"])
    await people.advance_clock(9 * 3600)
    await bot.send_message(group.id, "今日统计", message_thread_id=group.topics["日报"])
    await bot.send_document(group.id, b"x", filename="日报.xlsx")
    mistake = await people.send_text(group.id, office.id, "发错了")
    await people.delete_message(group.id, office.id, mistake.message_id)
    await people.advance_clock(86400)
    await people.block(user.id)


ESCAPED = [
    ("1. 一", "1\\. 一"),
    ("- 二", "\\- 二"),
    ("#3", "\\#3"),
    ("a*b`c<d[e", "a\\*b\\`c\\<d\\[e"),
    ("2.5", "2.5"),
]


@pytest.mark.parametrize(("text", "shown"), ESCAPED)
def test_markdown_reads_nothing_into_texts(text: str, shown: str) -> None:
    assert escape(text) == shown


TRANSCRIPT = """\
# 聊天记录

## 城管局联络员（私聊）

### 2026-12-18

**09:00 城管局联络员**

> /start invitation\x20\x20

**09:00 创城通**

> 清理\\*违规\\*广告牌匾\x20\x20
> 时限：12月20日\x20\x20
> ［签收］［报进展］\x20\x20

*09:00 城管局联络员 按下 ［签收］*

*09:00 城管局联络员 看到提示：已签收*

*09:05 创城通 修改了 09:00 的消息*

> 已签收：清理违规广告牌匾\x20\x20

**09:05 城管局联络员**

> ↪ 回复 创城通 09:00：已签收：清理违规广告牌匾\x20\x20
> [照片]\x20\x20
> 清理576处\x20\x20

**09:05 创城通**

> ↪ 回复 城管局联络员 09:05：清理576处\x20\x20
> 回执 0001\x20\x20

### 2026-12-19

*18:05 城管局联络员 停用了机器人*

## 创城工作群（群聊）

### 2026-12-18

*09:05 创城办 加入群聊：创城通*

*09:05 创城办 新建话题：日报*

**18:05 创城通**（话题 日报）

> 今日统计\x20\x20

**18:05 创城通**

> [文件 日报.xlsx]\x20\x20

**18:05 创城办**

> 发错了\x20\x20

*18:05 创城办 删除了 18:05 的消息*
"""


async def test_the_transcript_reads_like_a_day(people: SandboxClient, bot: Bot) -> None:
    await _a_day(people, bot)
    assert await people.transcript() == TRANSCRIPT


async def test_the_transcript_in_english_and_elsewhere(people: SandboxClient, bot: Bot) -> None:
    await _a_day(people, bot)
    chats = {chat.title: chat.id for chat in await people.chats()}
    private, group = chats["城管局联络员"], chats["创城工作群"]
    english = await people.transcript(zone="Europe/Berlin", language="en", chats=[group])
    head = ["# Transcript", "## 创城工作群 (group)", "### 2026-12-18", "*02:05 创城办 joined: 创城通*"]
    assert english.split("\n\n")[:4] == head
    assert "[file 日报.xlsx]" in english
    assert "私聊" not in english
    both = await people.transcript(chats=[group, private])
    assert both.index("城管局联络员（私聊）") < both.index("创城工作群（群聊）")


async def test_no_page_of_a_browser_acts_as_people(telegram: RunningSandbox) -> None:
    """A script of any site can send plain text to a loopback address; its browser names the site."""
    async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as http:
        for origin in ("https://evil.example.org", "null", "http://127.0.0.1:8765"):
            url = f"{telegram.control_url}/create_user"
            answer = await http.post(url, content='{"first_name": "谁"}', headers={"Origin": origin})
            assert answer.status_code == 403
    assert len(telegram.world.users) == 2
