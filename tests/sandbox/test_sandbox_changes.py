"""What changed since a revision, and a world that remembers only so much."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MenuButtonDefault,
)
from telegram import ReactionTypeEmoji as Emoji

from sandbox import people, speaking, topics
from sandbox.client import SandboxClient
from sandbox.errors import WorldError
from sandbox.model import Chat
from sandbox.shapes import UserRecord
from sandbox.testing import RunningSandbox, running
from sandbox.world import World
from tests.sandbox.conftest import make_bot

BUTTONS = InlineKeyboardMarkup([[InlineKeyboardButton("签收", callback_data="ack:1")]])


def _forum(world: World) -> tuple[Chat, int, int]:
    """A forum, its creator, and the number of the creator's message there."""
    user = people.create_user(world, "联络员").id
    forum = people.create_group(world, "创城群", members=[user], topics=["日报"], bot="administrator")
    return forum, user, speaking.say(world, forum.id, user, {"text": "在"}).message_id


def test_every_change_is_seen() -> None:
    world = World()
    forum, user, sent = _forum(world)
    other = people.create_user(world, "别人").id
    revision, chats = world.changed_since(0)
    assert chats == {user, forum.id, other}
    assert world.changed_since(revision) == (revision, set())
    acts: list[Callable[[], object]] = [
        lambda: speaking.say(world, forum.id, user, {"text": "又在"}),
        lambda: speaking.edit(world, forum.id, user, sent, "改了"),
        lambda: speaking.react(world, forum.id, user, sent, "👍"),
        lambda: speaking.delete(world, forum.id, user, sent),
        lambda: people.set_status(world, forum, other, "member", by=user),
        lambda: people.set_status(world, forum, other, "administrator", by=user),
        lambda: people.set_anonymous(world, forum, user, True),
        lambda: topics.close_topic(world, forum, user, 1),
        lambda: topics.delete_topic(world, forum, next(iter(forum.topics))),
    ]
    for act in acts:
        act()
        later, chats = world.changed_since(revision)
        assert (later > revision, chats) == (True, {forum.id})
        assert world.revision_of(forum.id) == later
        revision = later
    people.set_blocked(world, other, True)
    people.deactivate(world, user)
    assert world.changed_since(revision)[1] == {other, user, forum.id}


async def test_what_the_bot_does_is_seen(
    telegram: RunningSandbox, people: SandboxClient, bot: Bot, user: UserRecord
) -> None:
    world, here = telegram.world, user.id
    sent = await bot.send_message(here, "任务", reply_markup=BUTTONS)
    query = (await people.press(here, here, sent.message_id, "签收")).query
    assert query is not None
    acts: list[Awaitable[object]] = [
        bot.send_message(here, "又"),
        bot.edit_message_text("改", here, sent.message_id),
        bot.answer_callback_query(query.id, "好"),
        bot.set_message_reaction(here, sent.message_id, Emoji("👌")),
        bot.pin_chat_message(here, sent.message_id),
        bot.unpin_chat_message(here, sent.message_id),
        bot.unpin_all_chat_messages(here),
        bot.set_chat_menu_button(here, MenuButtonDefault()),
        bot.delete_message(here, sent.message_id),
    ]
    for act in acts:
        revision, _ = world.changed_since(0)
        await act
        assert world.changed_since(revision)[1] == {here}


def test_a_world_remembers_as_much_as_it_is_told() -> None:
    world = World(remember=10)
    user = people.create_user(world, "联络员").id
    for number in range(100):
        speaking.say(world, user, user, {"text": f"第 {number} 条"})
    chat = world.chat(user)
    assert 10 <= len(chat.events) < 20
    assert chat.events[-1].message_id == 100
    assert len(chat.messages) == 100
    with pytest.raises(WorldError, match="at least one"):
        World(remember=0)


async def test_the_log_of_calls_goes_on(ticks: Callable[[], float]) -> None:
    async with running(World(monotonic=ticks, remember=5)) as telegram, make_bot(telegram) as bot:
        user = await telegram.client.create_user("联络员")
        await telegram.client.start(user.id)
        before = telegram.world.calls.last
        sent = await bot.send_message(user.id, "任务")
        for number in range(30):
            markup = InlineKeyboardMarkup([[InlineKeyboardButton(f"{number}", callback_data="x")]])
            await bot.edit_message_reply_markup(user.id, sent.message_id, reply_markup=markup)
            await telegram.client.press(user.id, user.id, sent.message_id, 0)
        found = await telegram.client.calls()
        assert 5 <= len(found) < 10
        assert [call.number for call in found] == [before + 31 - n for n in reversed(range(len(found)))]
        assert [c.number for c in await telegram.client.calls(after=before + 29)] == [
            before + 30,
            before + 31,
        ]
        assert [c.number for c in await telegram.client.calls(after=before + 40)] == []
        after = telegram.world.calls.last
        await bot.send_message(user.id, "又")
        assert (await telegram.client.wait_for_call("sendMessage", after=after)).number == after + 1
        message = telegram.world.message(user.id, sent.message_id)
        assert len(message.past_markups) == 20
        assert len(await telegram.client.callback_answers()) == 5


async def test_a_new_menu_is_seen_by_its_chats(telegram: RunningSandbox, bot: Bot, user: UserRecord) -> None:
    world = telegram.world
    other = people.create_user(world, "别人").id
    commands = [BotCommand("tasks", "任务")]
    revision, _ = world.changed_since(0)
    await bot.set_my_commands(commands, scope=BotCommandScopeChat(user.id))
    revision, chats = world.changed_since(revision)
    assert chats == {user.id}
    await bot.set_my_commands(commands)
    revision, chats = world.changed_since(revision)
    assert chats >= {user.id, other}
    await bot.delete_my_commands(scope=BotCommandScopeChat(user.id))
    assert world.changed_since(revision)[1] == {user.id}
