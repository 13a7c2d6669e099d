"""The page of the sandbox stays true: its bot of ten lines runs, and every error that it lists is caused."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

import sandbox
from sandbox.client import SandboxClient
from sandbox.media import MAX_PHOTO, MAX_UPLOAD, generate_png
from sandbox.shapes import ChatRecord, UserRecord
from sandbox.testing import RunningSandbox
from tests.sandbox.conftest import NO_TLS

ROOT: Final = Path(sandbox.__file__).parents[1]
PAGE: Final = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")


# -- the bot of ten lines ------------------------------------------------------------------------------


@asynccontextmanager
async def _python(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    pipe = asyncio.subprocess.PIPE
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdin=pipe, stdout=pipe, cwd=ROOT, env=environment
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_the_bot_of_ten_lines(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(import json\n.*?)```", PAGE, re.DOTALL)
    assert len([line for line in code.splitlines() if line]) <= 10
    (tmp_path / "echo.py").write_text(code, encoding="utf-8")
    async with _python("-m", "sandbox") as served, _python(str(tmp_path / "echo.py")) as bot:
        assert served.stdout is not None
        assert bot.stdin is not None
        line = await served.stdout.readline()
        bot.stdin.write(line)
        async with SandboxClient(json.loads(line)["control_url"]) as people:
            user = await people.create_user("小王")
            assert f"the id, here {user.id}:" in PAGE
            await people.send_text(user.id, user.id, "hello")
            assert (await people.wait_for(user.id)).text == "You said: hello"


# -- the errors ----------------------------------------------------------------------------------------


class Scene:
    """A person, a forum in which the bot manages topics, and what the bot is told."""

    def __init__(self, http: httpx.AsyncClient, telegram: RunningSandbox, forum: ChatRecord) -> None:
        self.http, self.people, self.forum = http, telegram.client, forum
        self.base, self.token = telegram.base_url, telegram.token
        self.user = next(iter(forum.members))

    async def call(self, method: str, chat: int | None = None, **parameters: Any) -> Any:
        """The answer to a call of the bot; `chat` is the person's by default, bytes are uploaded."""
        parameters = {"chat_id": self.user if chat is None else chat} | parameters
        files = {name: value for name, value in parameters.items() if isinstance(value, bytes)}
        data = {name: value for name, value in parameters.items() if name not in files}
        return (await self.http.post(f"{self.base}{self.token}/{method}", data=data, files=files)).json()

    async def told(self, method: str, chat: int | None = None, **parameters: Any) -> str:
        """The words with which a call is refused."""
        return str((await self.call(method, chat, **parameters)).get("description", "nothing"))

    async def sent(self, method: str = "sendMessage", **parameters: Any) -> int:
        content = parameters or {"text": "在"}
        return int((await self.call(method, **content))["result"]["message_id"])

    async def photo(self) -> str:
        return str((await self.people.send_photo(self.user, self.user)).file_id)

    async def another_user(self, *, started: bool = True) -> int:
        other = await self.people.create_user("环卫处联络员")
        if started:
            await self.people.start(other.id)
        return other.id

    async def group(self, status: str = "member", **more: Any) -> int:
        group = await self.people.create_group("工作群", members=[self.user], **more)
        if status != "member":
            await self.people.add_bot(group.id, self.user, status)  # type: ignore[arg-type]  # any status
        return group.id


@pytest.fixture
async def scene(telegram: RunningSandbox, people: SandboxClient, user: UserRecord) -> AsyncIterator[Scene]:
    forum = await people.create_group("创城群", members=[user.id], topics=["日报"], bot="administrator")
    async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as http:
        yield Scene(http, telegram, forum)


async def _chats(scene: Scene) -> AsyncIterator[str]:
    people = scene.people
    say: dict[str, Any] = {"text": "在"}
    yield await scene.told("sendMessage", **say, chat_id="")
    yield await scene.told("sendMessage", 42, **say)
    yield await scene.told("sendMessage", await scene.another_user(started=False), **say)
    blocking, leaving = await scene.another_user(), await scene.another_user()
    await people.block(blocking)
    yield await scene.told("sendMessage", blocking, **say)
    await people.deactivate(leaving)
    yield await scene.told("sendMessage", leaving, **say)
    old = await scene.group(kind="group")
    await people.migrate(old, scene.user)
    yield await scene.told("sendMessage", old, **say)
    yield await scene.told("sendMessage", await scene.group(bot="none"), **say)
    for kind in ("group", "supergroup"):
        group = await scene.group(kind=kind)
        await people.remove_bot(group, scene.user)
        yield await scene.told("sendMessage", group, **say)
    restricted = await scene.group("restricted")
    yield await scene.told("sendMessage", restricted, **say)
    yield await scene.told("sendVoice", restricted, voice=await _voice(scene))
    yield await scene.told("sendLocation", restricted, latitude=31, longitude=121)
    channel = await scene.group(kind="channel")
    await people.add_bot(channel, scene.user, "administrator", without=["can_post_messages"])
    yield await scene.told("sendMessage", channel, **say)


async def _voice(scene: Scene) -> str:
    sent = await scene.people.send_other(scene.user, scene.user, "voice")
    return str(sent.file_id)


async def _texts(scene: Scene) -> AsyncIterator[str]:
    own, photo = await scene.sent(), await scene.photo()
    yield await scene.told("sendMessage", text=" ")
    yield await scene.told("sendMessage", text="字" * 4097)
    yield await scene.told("editMessageText", message_id=own, text="字" * 4097)
    yield await scene.told("sendPhoto", photo=photo, caption="字" * 1025)
    captioned = await scene.sent("sendPhoto", photo=photo)
    yield await scene.told("editMessageCaption", message_id=captioned, caption="字" * 1025)
    yield await scene.told("sendMessage", text="<b>未完", parse_mode="HTML")
    yield await scene.told("sendMessage", text="*未完*", parse_mode="MarkdownV2")
    yield await scene.told("sendMessage", text="在", entities="[1]")


async def _messages(scene: Scene) -> AsyncIterator[str]:
    own, photo = await scene.sent(), await scene.photo()
    photo_id = (await scene.people.messages(scene.user))[-1].message_id
    captioned = await scene.sent("sendPhoto", photo=photo)
    yield await scene.told("editMessageText", message_id=own, text="在")
    yield await scene.told("editMessageText", message_id=999, text="在")
    yield await scene.told("editMessageText", message_id=1, text="在")
    yield await scene.told("editMessageText", message_id=captioned, text="在")
    yield await scene.told("editMessageCaption", message_id=own, caption="在")
    yield await scene.told("editMessageText", text="在")
    yield await scene.told("sendMessage", text="在", reply_parameters='{"message_id": 999}')
    yield await scene.told("deleteMessage", message_id=999)
    group = await scene.group()
    theirs = await scene.people.send_text(group, scene.user, "在")
    yield await scene.told("deleteMessage", group, message_id=theirs.message_id)
    yield await scene.told("copyMessage", from_chat_id=scene.user, message_id=999)
    yield await scene.told("forwardMessage", from_chat_id=scene.user, message_id=999)
    yield await scene.told("pinChatMessage", group, message_id=theirs.message_id)
    yield await scene.told("pinChatMessage", message_id=999)
    yield await scene.told("unpinChatMessage", message_id=photo_id)
    await scene.people.advance_clock(49 * 3600)
    yield await scene.told("deleteMessage", message_id=own)


async def _media(scene: Scene) -> AsyncIterator[str]:
    photo, own = await scene.photo(), await scene.sent()
    new = json.dumps({"type": "photo", "media": photo})
    yield await scene.told("editMessageMedia", message_id=own)
    yield await scene.told("editMessageMedia", message_id=own, media="{")
    yield await scene.told("editMessageMedia", message_id=own, media='{"type": "photo"}')
    yield await scene.told("editMessageMedia", message_id=1, media=new)
    document = await scene.people.send_document(scene.user, scene.user)
    papers = json.dumps([{"type": "document", "media": document.file_id}] * 2)
    album = (await scene.call("sendMediaGroup", media=papers))["result"]
    yield await scene.told("editMessageMedia", message_id=album[0]["message_id"], media=new)


async def _buttons(scene: Scene) -> AsyncIterator[str]:
    for data, count in (("", 1), ("x", 101)):
        keyboard = {"inline_keyboard": [[{"text": "按", "callback_data": data}]] * count}
        yield await scene.told("sendMessage", text="在", reply_markup=json.dumps(keyboard))
    yield await scene.told("answerCallbackQuery", callback_query_id="1")


async def _files(scene: Scene) -> AsyncIterator[str]:
    photo = await scene.photo()
    yield await scene.told("sendPhoto", photo="no such file")
    yield await scene.told("sendVoice", voice=photo)
    yield await scene.told("sendDocument")
    yield await scene.told("sendPhoto", photo="https://example.org/a.png")
    uploads = (b"", b"no picture", generate_png(width=2100, height=100), b"x" * (MAX_PHOTO + 1))
    for data in uploads:
        yield await scene.told("sendPhoto", photo=data)
    big = await scene.people.send_document(scene.user, scene.user, size=21 * 1024 * 1024)
    yield await scene.told("getFile", file_id=big.file_id)
    yield await scene.told("getFile", file_id="nothing")
    await scene.people.set_max_upload(10_000)
    yield await scene.told("sendPhoto", photo=b"x" * 20_000)
    await scene.people.set_max_upload(MAX_UPLOAD)


async def _places(scene: Scene) -> AsyncIterator[str]:
    here: dict[str, Any] = {"latitude": 31.2, "longitude": 121.4}
    live = here | {"live_period": 60}
    yield await scene.told("sendLocation", longitude=121)
    yield await scene.told("sendLocation", **here | {"latitude": 91})
    yield await scene.told("sendLocation", **live | {"longitude": 181})
    yield await scene.told("sendLocation", **live | {"live_period": 59})
    yield await scene.told("sendLocation", **live | {"heading": 361})
    yield await scene.told("sendLocation", **live | {"proximity_alert_radius": 100_001})
    yield await scene.told("sendVenue", **here | {"latitude": -91}, title="广场", address="大道")
    yield await scene.told("sendContact", first_name="小王")


async def _topics(scene: Scene) -> AsyncIterator[str]:
    people, forum, thread = scene.people, scene.forum.id, scene.forum.topics["日报"]
    yield await scene.told("createForumTopic", name="案卷")
    yield await scene.told("createForumTopic", forum, name=" ")
    yield await scene.told("createForumTopic", forum, name="案卷", icon_color=-1)
    yield await scene.told("closeForumTopic", forum)
    yield await scene.told("closeForumTopic", forum, message_thread_id=999)
    yield await scene.told("reopenForumTopic", forum, message_thread_id=thread)
    yield await scene.told("unpinAllForumTopicMessages", message_thread_id=thread)
    await people.add_bot(forum, scene.user, "member")
    yield await scene.told("createForumTopic", forum, name="案卷")
    yield await scene.told("editForumTopic", forum, name="案卷", message_thread_id=thread)
    yield await scene.told("closeForumTopic", forum, message_thread_id=thread)
    yield await scene.told("deleteForumTopic", forum, message_thread_id=thread)
    yield await scene.told("sendMessage", forum, text="在", message_thread_id=999)
    await people.close_topic(forum, scene.user, thread)
    yield await scene.told("sendMessage", forum, text="在", message_thread_id=thread)


async def _polling(scene: Scene) -> AsyncIterator[str]:
    waiting: dict[str, Any] = {"offset": 10**12, "timeout": 50}
    for take_over in ("getUpdates", "setWebhook"):
        older = asyncio.create_task(scene.told("getUpdates", **waiting))
        number = len(await scene.people.calls())
        await scene.people.wait_for_call("getUpdates", after=number, answered=False)
        hook: dict[str, Any] = {"url": "https://example.org/hook"}
        parameters = waiting if take_over == "getUpdates" else hook
        newer = asyncio.create_task(scene.told(take_over, **parameters))
        yield await older
        newer.cancel()
        await asyncio.gather(newer, return_exceptions=True)
    yield await scene.told("getUpdates")


async def _gate(scene: Scene) -> AsyncIterator[str]:
    yield await scene.told("sendNothing")
    scene.token, right = "1:wrong", scene.token
    yield await scene.told("getMe")
    scene.token = right
    await scene.people.set_limits(enabled=True)
    for _ in range(4):
        answer = await scene.told("sendMessage", text="在")
    yield answer


# The last two stop polling and sending, so they come last.
PARTS: Final = (_chats, _texts, _messages, _media, _buttons, _files, _places, _topics, _polling, _gate)


def _row_of(words: str, rows: set[str]) -> str | None:
    """The row that has these words, in which … and N stand for what changes."""
    for row in rows:
        pattern = re.sub(r"\bN\b", r"\\d+", re.escape(row).replace("…", ".+"))
        if re.fullmatch(pattern, words):
            return row
    return None


async def test_every_error_on_the_page_is_caused_and_no_other(scene: Scene) -> None:
    table = PAGE.split("## Errors")[1].split("## Control API")[0]
    rows = set(re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE))
    assert len(rows) > 60
    told = [(part.__name__, words) for part in PARTS async for words in part(scene)]
    assert [one for one in told if _row_of(one[1], rows) is None] == []
    assert rows - {_row_of(words, rows) for _, words in told} == set()
