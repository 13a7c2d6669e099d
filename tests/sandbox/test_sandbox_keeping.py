"""A kept world is the same after a restart, and a damaged one is refused with one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import people, speaking, topics
from sandbox.clock import SandboxClock
from sandbox.errors import ApiError, WorldError
from sandbox.keeping import load, pack, save
from sandbox.media import generate_png
from sandbox.methods import METHODS, CallContext
from sandbox.methods.callbacks import MAX_AGE
from sandbox.model import Chat
from sandbox.params import Params, Upload
from sandbox.testing import running
from sandbox.world import World
from tests.sandbox.conftest import START, make_bot

WORDS = st.text(min_size=1, max_size=12)
PICTURE = generate_png(width=400, height=9)
BUTTONS = {"inline_keyboard": [[{"text": "签收", "callback_data": "ack:1"}]]}


def described(world: World) -> dict[str, Any]:
    """All that a kept world must have, in the order in which it has it."""
    now = world.clock.now()
    answerable = [query for query in world.callbacks.values() if now - query.asked_at <= MAX_AGE]
    names = ("token", "remember", "max_upload", "date_ahead", "last_number", "last_revision", "bot")
    return {name: getattr(world, name) for name in names} | {
        "clock": (world.clock.simulated, now),
        "changes": (world.changes.revision, world.changes.in_order()),
        "users": list(world.users.items()),
        "chats": list(world.chats.items()),
        "commands": list(world.commands.items()),
        "menu_button": world.menu_button,
        "callbacks": answerable,
        "updates": (world.updates.next_id, world.updates.allowed, world.updates.webhook),
        "pending": world.updates.pending(),
        "files": (world.files.count, world.files.all(), world.files.media_groups()),
        "limits": world.limits.settings,
    }


class Life:
    """A world in which random things happen: `step` does one of them, chosen by a number."""

    def __init__(self) -> None:
        self.world = World(clock=SandboxClock(START))
        self.user = people.create_user(self.world, "联络员", last_name="同志").id
        self.forum = people.create_group(
            self.world, "创城群", members=[self.user], topics=["日报"], bot="administrator"
        )
        speaking.say(self.world, self.user, self.user, {"text": "/start"})

    def call(self, method: str, files: dict[str, Upload] | None = None, **parameters: Any) -> None:
        """A call of the bot; what Telegram refuses changes nothing."""
        with suppress(ApiError):
            METHODS[method.lower()](CallContext(self.world, Params(parameters, files or {}), method))

    def step(self, kind: int, number: int, words: str) -> None:
        chat = self.forum if number % 2 else self.world.chat(self.user)
        message = 1 + number % max(1, chat.last_message_id)
        acts = (*self._of_people(chat, message, words), *self._of_the_bot(chat, message, words))
        with suppress(WorldError):  # a message that is gone, a topic that is closed
            acts[kind % len(acts)]()

    def _of_people(self, chat: Chat, message: int, words: str) -> list[Callable[[], object]]:
        world, user = self.world, self.user
        thread = next(iter(self.forum.topics), None)
        return [
            lambda: speaking.say(world, chat.id, user, speaking.text_content(words), reply_to=message),
            lambda: speaking.say(world, chat.id, user, speaking.photo_content(world, PICTURE, words)),
            lambda: speaking.say(world, chat.id, user, speaking.other_content(world, "voice", None, None)),
            lambda: speaking.edit(world, chat.id, user, message, words),
            lambda: speaking.delete(world, chat.id, user, message),
            lambda: speaking.react(world, chat.id, user, message, "👍"),
            lambda: speaking.press(world, chat.id, user, message, words, force=True),
            lambda: topics.create_topic(world, self.forum, user, words),
            lambda: topics.close_topic(world, self.forum, user, thread or 1),
            lambda: topics.hide_general(world, self.forum, user),
            lambda: topics.delete_topic(world, self.forum, thread or 0),
            lambda: people.set_status(
                world, self.forum, world.bot.id, "administrator", by=user, without=["can_pin_messages"]
            ),
            lambda: people.deactivate(world, people.create_user(world, words).id),
            lambda: people.migrate(world, people.create_group(world, words, kind="group"), user),
            lambda: world.clock.advance(100),
        ]

    def _of_the_bot(self, chat: Chat, message: int, words: str) -> list[Callable[[], object]]:
        here: dict[str, Any] = {"chat_id": chat.id, "message_id": message}
        upload = {"document": Upload("台账.csv", words.encode("utf-8", "surrogatepass"), None)}
        picture = {"photo": Upload("图.png", PICTURE, "image/png")}
        new = {"type": "photo", "media": "attach://photo", "caption": words}
        return [
            lambda: self.call("sendMessage", chat_id=chat.id, text=f"<b>{words}</b>", parse_mode="HTML"),
            lambda: self.call("sendMessage", chat_id=chat.id, text=words, reply_markup=BUTTONS),
            lambda: self.call("sendDocument", upload, chat_id=chat.id, caption=words),
            lambda: self.call("sendLocation", chat_id=chat.id, latitude=31.2, longitude=121.4),
            lambda: self.call("editMessageText", **here, text=words),
            lambda: self.call("sendPhoto", picture, chat_id=chat.id, caption=words),
            lambda: self.call("editMessageMedia", picture, **here, media=new),
            lambda: self.call("setMessageReaction", **here, reaction=[{"type": "emoji", "emoji": "👌"}]),
            lambda: self.call("pinChatMessage", **here),
            lambda: self.call("answerCallbackQuery", callback_query_id=next(iter(self.world.callbacks), "")),
            lambda: self.call("setMyCommands", commands=[{"command": "tasks", "description": words}]),
            lambda: self.call("setChatMenuButton", chat_id=chat.id, menu_button={"type": "default"}),
            lambda: self.world.updates.acknowledge(self.world.updates.next_id - 3),
            lambda: self.world.updates.allow(["message"] if message % 2 else []),
        ]


@given(st.lists(st.tuples(st.integers(0, 28), st.integers(0, 50), WORDS), max_size=40))
@settings(max_examples=40)
def test_a_random_world_is_the_same_after_a_restart(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, str]]
) -> None:
    folder = tmp_path_factory.mktemp("world")
    life = Life()
    for step in steps:
        life.step(*step)
    save(life.world, folder)
    again = load(folder)
    assert described(again) == described(life.world)
    for step in steps:  # and it goes on as the other does
        life.step(*step)
    other = Life()
    other.world, other.user, other.forum = again, life.user, again.chat(life.forum.id)
    for step in steps:
        other.step(*step)
    assert described(other.world) == described(life.world)


async def test_a_bot_goes_on_with_a_kept_world(tmp_path: Path) -> None:
    life = Life()
    life.call("sendMessage", chat_id=life.user, text="任务", reply_markup=BUTTONS)
    life.world.updates.add_raw({"message": {"text": "half a pair: \ud83d"}})
    _, old = speaking.press(life.world, life.user, life.user, 2, 0)
    life.world.clock.advance(timedelta(minutes=16).total_seconds())
    _, fresh = speaking.press(life.world, life.user, life.user, 2, 0)
    assert old is not None
    assert fresh is not None
    save(life.world, tmp_path)
    async with running(load(tmp_path)) as telegram, make_bot(telegram) as bot:
        assert telegram.world.updates.pending() == life.world.updates.pending()
        assert await bot.answer_callback_query(fresh.id, "好的")
        assert [q.id for q in await telegram.client.callback_answers()] == [fresh.id]
        assert await bot.edit_message_text("已签收", life.user, 2)
        shown = await telegram.client.transcript()
        assert shown.index("任务") < shown.index("已签收")


def _contents(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_ino for path in folder.iterdir()}


def _life_with_many_chats() -> Life:
    life = Life()
    for number in range(70):
        user = people.create_user(life.world, f"联络员{number}").id
        speaking.say(life.world, user, user, speaking.text_content("在"))
    photo = speaking.photo_content(life.world, generate_png(width=9, height=9), "清理后")
    speaking.say(life.world, life.user, life.user, photo)
    return life


def test_what_has_not_changed_is_not_written_again(tmp_path: Path) -> None:
    life = _life_with_many_chats()
    save(life.world, tmp_path)
    before = _contents(tmp_path)
    save(life.world, tmp_path)
    assert _contents(tmp_path) == before
    speaking.say(life.world, life.user, life.user, speaking.text_content("又一条"))
    save(life.world, tmp_path)
    after = _contents(tmp_path)
    written = {name.split("-")[0] for name, inode in after.items() if before.get(name) != inode}
    assert written == {"chats", "world.json"}
    assert len(after) == len(before)
    assert described(load(tmp_path)) == described(life.world)


def test_a_saving_that_is_cut_short_leaves_the_world_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = _life_with_many_chats()
    save(life.world, tmp_path)
    before = described(load(tmp_path))
    people.deactivate(life.world, life.user)
    put = Path.replace

    def full(path: Path, target: Path) -> Path:
        if target.name == "world.json":
            raise OSError("no space left on device")
        return put(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        with pytest.raises(OSError, match="no space left"):
            save(life.world, tmp_path)
    assert described(load(tmp_path)) == before
    save(life.world, tmp_path)
    assert described(load(tmp_path)) == described(life.world)
    assert [name for name in _contents(tmp_path) if name.endswith(".new")] == []


def _one(folder: Path, pattern: str) -> Path:
    return next(iter(sorted(folder.glob(pattern))))


def _edit_head(folder: Path, **changed: Any) -> None:
    head = folder / "world.json"
    head.write_text(json.dumps(json.loads(head.read_text("utf-8")) | changed), "utf-8")


DAMAGES: list[tuple[Callable[[Path], object], str]] = [
    (lambda f: (f / "world.json").unlink(), "there is no world in"),
    (lambda f: (f / "world.json").write_bytes(b"\xff{"), "holds no JSON"),
    (lambda f: (f / "world.json").write_text("[" * 100_000, "utf-8"), "holds no JSON"),
    (lambda f: (f / "world.json").write_text('{"name": "else"}', "utf-8"), "is no kept world of the sandbox"),
    (lambda f: _edit_head(f, version=2), "is of version 2; this sandbox reads version 1"),
    (lambda f: _edit_head(f, users=None), "is damaged"),
    (lambda f: _edit_head(f, chats=["../../secret"]), r"is damaged: it names '\.\./\.\./secret'"),
    (lambda f: _edit_head(f, clock="soon"), "is damaged"),
    (lambda f: _one(f, "chats-*").unlink(), "is missing"),
    (lambda f: _one(f, "chats-*").write_bytes(b"[]"), "has been changed"),
    (lambda f: _one(f, "bytes-*").write_bytes(b""), "has been changed"),
]


@pytest.mark.parametrize(("damage", "words"), DAMAGES)
def test_a_damaged_world_is_refused(tmp_path: Path, damage: Callable[[Path], object], words: str) -> None:
    save(_life_with_many_chats().world, tmp_path)
    damage(tmp_path)
    with pytest.raises(WorldError, match=words) as refused:
        load(tmp_path)
    assert "\n" not in str(refused.value)


def test_nothing_else_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "world.json").write_text('{"name": "else"}', "utf-8")
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    with pytest.raises(WorldError, match="is no kept world"):
        save(World(), tmp_path)
    (tmp_path / "world.json").unlink()
    pack(World()).write(tmp_path)
    assert (tmp_path / "notes.txt").read_text("utf-8") == "mine"
