"""The methods of forum topics: rights, service messages, closed topics, the general topic."""

from __future__ import annotations

import pytest
from telegram import Bot, Message
from telegram.error import BadRequest

from sandbox.client import ControlError, SandboxClient
from sandbox.shapes import ChatRecord, UserRecord
from sandbox.testing import RunningSandbox

NAMES = (
    *("forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened"),
    *("general_forum_topic_hidden", "general_forum_topic_unhidden"),
)


@pytest.fixture
async def forum(people: SandboxClient, user: UserRecord) -> ChatRecord:
    """A forum in which the bot has every right; its member 1 is the person."""
    return await people.create_group("创城群", members=[user.id], topics=["日报"], bot="administrator")


async def _heard(bot: Bot) -> list[tuple[str, int | None]]:
    """The service messages of topics that came, with their threads."""
    updates = await bot.get_updates()
    await bot.get_updates(offset=updates[-1].update_id + 1)
    messages = [u.message for u in updates if isinstance(u.message, Message)]
    return [(name, m.message_thread_id) for m in messages for name in NAMES if getattr(m, name, None)]


async def test_the_life_of_a_topic(people: SandboxClient, bot: Bot, forum: ChatRecord) -> None:
    topic = await bot.create_forum_topic(forum.id, " 案卷 ", icon_color=16766590, icon_custom_emoji_id="5")
    thread = topic.message_thread_id
    assert (topic.name, topic.icon_color, topic.icon_custom_emoji_id) == ("案卷", 16766590, "5")
    sent = await bot.send_message(forum.id, "在此", message_thread_id=thread)
    assert (sent.message_thread_id, sent.is_topic_message) == (thread, True)
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.forum_topic_created is not None
    assert await bot.edit_forum_topic(forum.id, thread, name="督办案卷")
    assert await bot.edit_forum_topic(forum.id, thread, icon_custom_emoji_id="")
    assert await bot.edit_forum_topic(forum.id, thread)
    assert await bot.close_forum_topic(forum.id, thread)
    assert await bot.reopen_forum_topic(forum.id, thread)
    heard = await _heard(bot)
    assert [name for name, where in heard if where == thread] == [
        *("forum_topic_created", "forum_topic_edited", "forum_topic_edited"),
        *("forum_topic_closed", "forum_topic_reopened"),
    ]
    assert (await people.chat(forum.id)).topics["督办案卷"] == thread
    assert await bot.delete_forum_topic(forum.id, thread)
    assert [m.thread_id for m in await people.messages(forum.id) if m.thread_id == thread] == []
    for method in (bot.delete_forum_topic, bot.close_forum_topic):
        with pytest.raises(BadRequest, match="Topic_id_invalid"):
            await method(forum.id, thread)


async def test_nothing_new_is_refused(bot: Bot, forum: ChatRecord) -> None:
    thread = forum.topics["日报"]
    await bot.close_forum_topic(forum.id, thread)
    await bot.hide_general_forum_topic(forum.id)
    calls = [
        bot.close_forum_topic(forum.id, thread),
        bot.edit_forum_topic(forum.id, thread, name="日报"),
        bot.edit_general_forum_topic(forum.id, "General"),
        bot.hide_general_forum_topic(forum.id),
        bot.close_general_forum_topic(forum.id),
    ]
    for call in calls:
        with pytest.raises(BadRequest, match="Topic_not_modified"):
            await call


async def test_the_general_topic(
    people: SandboxClient, bot: Bot, user: UserRecord, forum: ChatRecord
) -> None:
    await _heard(bot)
    await bot.edit_general_forum_topic(forum.id, "综合")
    await bot.hide_general_forum_topic(forum.id)
    with pytest.raises(ControlError, match="is closed for user"):
        await people.send_text(forum.id, await _member(people, forum, user), "还能说吗")
    await bot.unhide_general_forum_topic(forum.id)
    await bot.reopen_general_forum_topic(forum.id)
    await bot.close_general_forum_topic(forum.id)
    assert await _heard(bot) == [
        ("forum_topic_edited", None),
        ("general_forum_topic_hidden", None),
        ("general_forum_topic_unhidden", None),
        ("forum_topic_reopened", None),
        ("forum_topic_closed", None),
    ]
    await bot.send_message(forum.id, "管理员可以")
    await people.add_bot(forum.id, user.id, "administrator", without=["can_manage_topics"])
    with pytest.raises(BadRequest, match="Topic_closed"):
        await bot.send_message(forum.id, "不再可以")
    await people.reopen_topic(forum.id, user.id, 1)
    await bot.send_message(forum.id, "又可以")


async def _member(people: SandboxClient, forum: ChatRecord, user: UserRecord) -> int:
    other = await people.create_user("环卫处联络员")
    await people.set_member(forum.id, other.id, by=user.id)
    return other.id


async def test_the_bot_keeps_its_own_topic(
    people: SandboxClient, bot: Bot, user: UserRecord, forum: ChatRecord
) -> None:
    """Without the right it changes only what it opened, and deletes nothing without another right."""
    own = (await bot.create_forum_topic(forum.id, "案卷")).message_thread_id
    lacks = ["can_manage_topics", "can_delete_messages", "can_pin_messages"]
    await people.add_bot(forum.id, user.id, "administrator", without=lacks)
    assert (await bot.get_chat_member(forum.id, bot.id)).to_dict()["can_manage_topics"] is False
    assert await bot.close_forum_topic(forum.id, own)
    assert await bot.send_message(forum.id, "自己的话题", message_thread_id=own)
    assert await bot.edit_forum_topic(forum.id, own, name="督办")
    theirs = forum.topics["日报"]
    with pytest.raises(BadRequest, match="Not enough rights to edit the topic"):
        await bot.edit_forum_topic(forum.id, theirs, name="早报")
    with pytest.raises(BadRequest, match="Not enough rights to close or open the topic"):
        await bot.hide_general_forum_topic(forum.id)
    with pytest.raises(BadRequest, match="Not enough rights to create a topic"):
        await bot.create_forum_topic(forum.id, "再开一个")
    with pytest.raises(BadRequest, match="Not enough rights to delete the topic"):
        await bot.delete_forum_topic(forum.id, own)
    with pytest.raises(BadRequest, match="Not enough rights to manage pinned messages"):
        await bot.unpin_all_forum_topic_messages(forum.id, own)


async def test_pins_of_one_topic(people: SandboxClient, bot: Bot, forum: ChatRecord) -> None:
    thread = forum.topics["日报"]
    there = await bot.send_message(forum.id, "日报", message_thread_id=thread)
    general = await bot.send_message(forum.id, "通知")
    for sent in (there, general):
        await bot.pin_chat_message(forum.id, sent.message_id)
    assert await bot.unpin_all_forum_topic_messages(forum.id, thread)
    assert (await people.chat(forum.id)).pinned == [general.message_id]
    assert await bot.unpin_all_general_forum_topic_messages(forum.id)
    assert (await people.chat(forum.id)).pinned == []
    with pytest.raises(BadRequest, match="Topic_id_invalid"):
        await bot.unpin_all_forum_topic_messages(forum.id, 999)


async def test_people_manage_topics(
    people: SandboxClient, bot: Bot, user: UserRecord, forum: ChatRecord
) -> None:
    await _heard(bot)
    thread = await people.create_topic(forum.id, user.id, "案卷")
    await people.edit_topic(forum.id, user.id, thread, "督办")
    await people.close_topic(forum.id, user.id, thread)
    await people.reopen_topic(forum.id, user.id, thread)
    assert [name for name, _ in await _heard(bot)] == list(NAMES[:4])
    with pytest.raises(ControlError, match="has this name and icon already"):
        await people.edit_topic(forum.id, user.id, thread, "督办")
    with pytest.raises(ControlError, match="no topic 999"):
        await people.close_topic(forum.id, user.id, 999)
    assert await bot.get_forum_topic_icon_stickers() == ()
    shown = await people.transcript(chats=[forum.id])
    assert "修改了话题：督办" in shown
    assert "重新开放了话题" in shown


async def test_topics_of_other_chats(
    telegram: RunningSandbox, people: SandboxClient, bot: Bot, user: UserRecord
) -> None:
    group = await people.create_group("工作群", members=[user.id], bot="administrator")
    for call in (bot.create_forum_topic(group.id, "x"), bot.close_general_forum_topic(user.id)):
        with pytest.raises(BadRequest, match="The chat is not a forum"):
            await call
    assert telegram.world.chat(group.id).topics == {}
