"""Groups: privacy mode, topics, members, pins, commands."""

from __future__ import annotations

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeChat,
    MenuButtonCommands,
    MenuButtonDefault,
    Message,
)
from telegram.error import BadRequest, Forbidden

from sandbox.client import ControlError, SandboxClient
from sandbox.shapes import UserRecord


async def _messages(bot: Bot) -> list[Message]:
    updates = await bot.get_updates()
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1, limit=1)
    return [update.effective_message for update in updates if isinstance(update.effective_message, Message)]


async def test_privacy_mode(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    group = await people.create_group("工作群", members=[user.id])
    own = await bot.send_message(group.id, "今日统计")
    await _messages(bot)
    theirs = await people.send_text(group.id, user.id, "大家辛苦了")
    await people.send_text(group.id, user.id, "同意", reply_to=theirs.message_id)
    await people.send_text(group.id, user.id, "/tasks@other_bot")
    await people.send_photo(group.id, user.id, caption="现场")
    assert await _messages(bot) == []
    await people.send_text(group.id, user.id, "/tasks")
    await people.send_text(group.id, user.id, "/tasks@Chuangcheng_Bot 全部")
    await people.send_text(group.id, user.id, "请 @chuangcheng_bot 统计")
    await people.send_text(group.id, user.id, "已办", reply_to=own.message_id)
    await people.send_photo(group.id, user.id, caption="@chuangcheng_bot 现场")
    seen = await _messages(bot)
    assert [m.text or m.caption for m in seen] == [
        "/tasks",
        "/tasks@Chuangcheng_Bot 全部",
        "请 @chuangcheng_bot 统计",
        "已办",
        "@chuangcheng_bot 现场",
    ]
    assert seen[3].reply_to_message is not None
    assert seen[3].reply_to_message.text == "今日统计"


async def test_an_administrator_sees_everything(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    group = await people.create_group("工作群", members=[user.id])
    await people.add_bot(group.id, user.id, "administrator")
    await people.send_text(group.id, user.id, "大家辛苦了")
    updates = await bot.get_updates()
    changes = [u.my_chat_member for u in updates if u.my_chat_member]
    assert [c.new_chat_member.status for c in changes] == ["member", "administrator"]
    assert updates[-1].message is not None
    assert updates[-1].message.text == "大家辛苦了"


async def test_members_come_and_go(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    group = await people.create_group("工作群", members=[user.id])
    newcomer = await people.create_user("环卫处联络员")
    await people.set_member(group.id, newcomer.id, by=user.id)
    await people.set_member(group.id, newcomer.id, "left")
    services = [m for m in await _messages(bot) if m.text is None]
    assert [[u.id for u in m.new_chat_members] for m in services] == [[bot.id], [newcomer.id], []]
    assert services[-1].left_chat_member is not None
    assert services[-1].left_chat_member.id == newcomer.id
    await people.set_member(group.id, newcomer.id, "restricted", by=user.id)
    assert (await bot.get_chat_member(group.id, newcomer.id)).status == "restricted"
    await people.set_member(group.id, newcomer.id, "kicked", by=user.id)
    assert (await bot.get_chat_member(group.id, newcomer.id)).status == "kicked"
    with pytest.raises(ControlError, match="is not a member"):
        await people.send_text(group.id, newcomer.id, "还能说话吗")


async def test_looking_at_a_group(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    admin = await people.create_user("创城办")
    group = await people.create_group("工作群", members=[user.id], admins=[admin.id])
    chat = await bot.get_chat(group.id)
    assert (chat.title, chat.type, chat.is_forum) == ("工作群", "supergroup", None)
    assert await bot.get_chat_member_count(group.id) == 3
    admins = await bot.get_chat_administrators(group.id)
    assert [(a.user.id, a.status) for a in admins] == [(user.id, "creator"), (admin.id, "administrator")]
    assert (await bot.get_chat_member(group.id, bot.id)).status == "member"
    stranger = await people.create_user("路人")
    assert (await bot.get_chat_member(group.id, stranger.id)).status == "left"
    with pytest.raises(BadRequest, match="Participant_id_invalid"):
        await bot.get_chat_member(group.id, 77)
    with pytest.raises(BadRequest, match="There are no administrators in the private chat"):
        await bot.get_chat_administrators(user.id)
    await people.block(user.id)
    private = await bot.get_chat(user.id)
    assert (private.first_name, private.type) == ("城管局联络员", "private")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.get_chat(stranger.id)


async def test_leaving(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    group = await people.create_group("工作群", members=[user.id])
    assert await bot.leave_chat(group.id)
    with pytest.raises(Forbidden, match="bot is not a member of the supergroup chat"):
        await bot.send_message(group.id, "再见")
    assert (await people.chat(group.id)).members[bot.id] == "left"


async def test_topics(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    forum = await people.create_group("创城工作群", members=[user.id], topics=["日报", "案卷"])
    thread = forum.topics["日报"]
    sent = await bot.send_message(forum.id, "今日统计", message_thread_id=thread)
    assert (sent.message_thread_id, sent.is_topic_message) == (thread, True)
    general = await bot.send_message(forum.id, "大家好")
    assert (general.message_thread_id, general.is_topic_message) == (None, None)
    for unknown in (1, 999):
        with pytest.raises(BadRequest, match="Message thread not found"):
            await bot.send_message(forum.id, "?", message_thread_id=unknown)
    await people.send_text(forum.id, user.id, "/tasks", thread=forum.topics["案卷"])
    last = (await _messages(bot))[-1]
    assert last.message_thread_id == forum.topics["案卷"]
    assert last.reply_to_message is not None
    assert last.reply_to_message.forum_topic_created is not None
    assert last.reply_to_message.forum_topic_created.name == "案卷"
    answer = await bot.send_message(forum.id, "在此", reply_to_message_id=last.message_id)
    assert answer.message_thread_id == forum.topics["案卷"]

    await people.close_topic(forum.id, user.id, thread)
    with pytest.raises(BadRequest, match="Topic_closed"):
        await bot.send_message(forum.id, "?", message_thread_id=thread)
    await people.delete_topic(forum.id, thread)
    with pytest.raises(BadRequest, match="Message thread not found"):
        await bot.send_message(forum.id, "?", message_thread_id=thread)


async def test_replies_without_topics_have_a_thread_that_is_none(
    people: SandboxClient, bot: Bot, user: UserRecord
) -> None:
    group = await people.create_group("工作群", members=[user.id])
    tally = await bot.send_message(group.id, "今日统计")
    await people.send_text(group.id, user.id, "收到", reply_to=tally.message_id)
    reply = (await _messages(bot))[-1]
    assert (reply.message_thread_id, reply.is_topic_message) == (tally.message_id, None)
    with pytest.raises(BadRequest, match="Message thread not found"):
        await bot.send_message(group.id, "好", message_thread_id=reply.message_thread_id)


async def test_anonymous_administrators(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    member = await people.create_user("环卫处联络员")
    group = await people.create_group("工作群", members=[user.id, member.id])
    await people.set_anonymous(group.id, user.id)
    await people.send_text(group.id, user.id, "/tally")
    seen = (await _messages(bot))[-1]
    assert seen.from_user is not None
    assert (seen.from_user.id, seen.from_user.username) == (1087968824, "GroupAnonymousBot")
    assert seen.sender_chat is not None
    assert seen.sender_chat.id == group.id
    with pytest.raises(ControlError, match="no administrator"):
        await people.send_text(group.id, member.id, "/tally", anonymous=True)


async def test_pins(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    group = await people.create_group("工作群", members=[user.id])
    board = await bot.send_message(group.id, "看板")
    with pytest.raises(BadRequest, match="Not enough rights to manage pinned messages in the chat"):
        await bot.pin_chat_message(group.id, board.message_id)
    await people.add_bot(group.id, user.id, "administrator")
    assert await bot.pin_chat_message(group.id, board.message_id, disable_notification=True)
    assert (await people.chat(group.id)).pinned == [board.message_id]
    pinned = (await bot.get_chat(group.id)).pinned_message
    assert pinned is not None
    assert pinned.message_id == board.message_id
    service = (await people.messages(group.id))[-1]
    assert (service.kind, service.content["pinned_message"]["message_id"]) == ("service", board.message_id)
    assert await bot.unpin_chat_message(group.id)
    assert (await people.chat(group.id)).pinned == []
    with pytest.raises(BadRequest, match="Message to unpin not found"):
        await bot.unpin_chat_message(group.id, board.message_id)
    with pytest.raises(BadRequest, match="Message to pin not found"):
        await bot.pin_chat_message(group.id, 999)
    await bot.pin_chat_message(group.id, board.message_id)
    await bot.delete_message(group.id, board.message_id)
    assert (await people.chat(group.id)).pinned == []


async def test_commands_by_scope_and_language(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    await bot.set_my_commands([BotCommand("tasks", "我的任务")])
    await bot.set_my_commands([BotCommand("tasks", "My tasks")], language_code="en")
    await bot.set_my_commands([BotCommand("bind", "绑定")], scope=BotCommandScopeAllGroupChats())
    assert [c.description for c in await bot.get_my_commands()] == ["我的任务"]
    assert [c.description for c in await bot.get_my_commands(language_code="en")] == ["My tasks"]
    assert [c.command for c in await bot.get_my_commands(BotCommandScopeAllGroupChats())] == ["bind"]
    assert await bot.get_my_commands(BotCommandScopeChat(user.id)) == ()
    await bot.delete_my_commands(language_code="en")
    assert await bot.get_my_commands(language_code="en") == ()
    with pytest.raises(BadRequest, match="Bot_command_invalid"):
        await bot.set_my_commands([("任务", "中文不行")])
    listed = (await people.bot())["commands"]
    assert [(c["scope"], c["language_code"]) for c in listed] == [
        ('{"type": "default"}', ""),
        ('{"type": "all_group_chats"}', ""),
    ]


async def test_menu_button(bot: Bot, user: UserRecord) -> None:
    assert await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
    assert await bot.set_chat_menu_button(user.id, MenuButtonDefault())
    assert (await bot.get_chat_menu_button()).type == "commands"
    assert (await bot.get_chat_menu_button(user.id)).type == "default"
